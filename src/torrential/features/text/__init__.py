"""Text: settings, analyzers, and texts to hashed rows."""
