"""Pipelines of scikit-learn that learn batch by batch."""
