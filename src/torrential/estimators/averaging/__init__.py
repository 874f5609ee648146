"""Parameter averaging: one model per part of the data, averaged after each round."""
