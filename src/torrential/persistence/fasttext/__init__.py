"""Files of fastText's models: what is in them, checked against their sizes before it is used."""
