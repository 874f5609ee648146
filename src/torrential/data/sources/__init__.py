"""Sources of partitions: files, tables, streams and objects of other libraries."""
