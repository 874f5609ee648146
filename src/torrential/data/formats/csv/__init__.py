"""CSV and TSV: dialects, rows, cells and types."""
