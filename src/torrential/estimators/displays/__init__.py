"""Figures of estimators and predictions, with the conventions of scikit-learn's displays."""
