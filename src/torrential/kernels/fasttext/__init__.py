"""Prediction with fastText's models: dictionaries, words and their n-grams, rows, and labels."""
