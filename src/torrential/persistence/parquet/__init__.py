"""Parquet files put together of whole columns."""
