"""Batches: hashed on threads, kept in caches, and cut into windows."""
