"""Training: serial, in parts, and averaged."""
