"""File formats: each is three functions and a row of a table."""
