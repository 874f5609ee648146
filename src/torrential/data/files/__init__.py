"""Files: found, opened, decoded, and recognized by what they hold."""
