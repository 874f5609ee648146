"""Estimators of tables: columns of any type, and their crosses."""
