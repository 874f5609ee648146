"""Memory of weights: blocks of tiles, their rows, and tables of places."""
