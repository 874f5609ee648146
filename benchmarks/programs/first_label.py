"""Print the label of a Parquet file's first row.

first_label.py FILE.parquet
"""

import sys

import pyarrow.parquet as pq

if __name__ == "__main__":
    print(next(pq.ParquetFile(sys.argv[1]).iter_batches(1, columns=["label"]))["label"][0].as_py())
