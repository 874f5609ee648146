"""Columns: chosen, checked, brought to their types, and passed on."""
