"""Ensembles: bags, votes, parts and averages of models."""
