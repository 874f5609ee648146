"""Making reports from what a pass has found, for each kind of target."""
