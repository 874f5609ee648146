"""Models of fastText, for prediction."""
