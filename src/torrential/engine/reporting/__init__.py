"""Reports of models: one pass over labeled rows, and all that a page shows of it."""
