"""Reading: files and tables in memory as partitions of batches."""

from torrential.data.arrays import from_arrays
from torrential.data.dataset import Dataset
from torrential.data.read import read

__all__ = ["Dataset", "from_arrays", "read"]
