"""Views of a dataset: other rows of it, or its rows in another order."""
