"""Checkpoints: how far a training is, and when to write that down."""
