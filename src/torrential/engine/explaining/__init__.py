"""Explaining: the terms of a model and of one prediction, and advice about its features."""
