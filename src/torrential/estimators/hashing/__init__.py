"""Hashing: vectorizers and IDF for matrices."""
