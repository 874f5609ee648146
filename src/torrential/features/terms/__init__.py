"""Terms: counted, named, and found again by their columns."""
