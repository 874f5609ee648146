"""What a report measures besides the metrics of evaluate, for each kind of target."""
