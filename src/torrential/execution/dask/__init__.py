"""Dask: calls on the workers of a cluster."""
