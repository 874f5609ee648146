"""Adapters: scikit-learn's estimators as learners of the engine."""
