"""Progress: what a pass shows and records while it runs."""
