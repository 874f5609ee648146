"""Tools: advice, collision curves, and memory of calls."""
