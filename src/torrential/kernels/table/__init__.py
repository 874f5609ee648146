"""Tables to hashed rows: cells to hashes, and hashes with their crosses to rows."""
