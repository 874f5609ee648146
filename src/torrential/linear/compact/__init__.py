"""Linear models that keep the heaviest weights only, for small files: they score and explain."""
