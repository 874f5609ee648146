"""Reading: files and tables in memory as partitions of batches."""

from torrential.data.dataset import Dataset
from torrential.data.read import from_arrays, read

__all__ = ["Dataset", "from_arrays", "read"]
