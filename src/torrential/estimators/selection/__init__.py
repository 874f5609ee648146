"""Selection: cross-validation, searches, and their tables."""
