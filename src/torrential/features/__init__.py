"""Features: from texts to hashed sparse rows."""
