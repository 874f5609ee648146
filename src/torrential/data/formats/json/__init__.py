"""JSON Lines: objects, and their values as they are written."""
