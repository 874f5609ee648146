"""JSON Lines: objects, and their values as tokens."""
