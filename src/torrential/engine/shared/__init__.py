"""Shared passes: many models learn from one stream of rows."""
