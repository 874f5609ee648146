"""Engine: the passes over data, where the stages and execution meet."""
