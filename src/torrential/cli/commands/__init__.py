"""Commands: each parses its words, calls the library, and prints."""
