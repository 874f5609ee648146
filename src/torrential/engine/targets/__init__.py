"""Targets: labels as codes and as values."""
