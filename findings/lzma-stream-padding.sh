#!/usr/bin/env bash
# Python 3.11's lzma and pandas 3.1.1: behind the padding of an xz file the rows are lost.
#
# Guess: zeros between the streams of an xz file, "stream padding" in its specification and passed
#        over by xz itself, are passed over; or they are an error.
# Seen:  lzma.open, lzma.LZMAFile and pandas.read_csv end at the padding as at the end of the file,
#        without an error: two rows of four. Without padding between the streams they read all four.
#        The same zeros between the members of a gzip file are passed over by gzip.open.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pandas==3.1.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import gzip
import lzma

import pandas as pd

first, second = b"label,text\n1,one\n2,two\n", b"3,three\n4,four\n"
seen = {}
for n_zeros in 0, 4, 512:
    with open("rows.csv.xz", "wb") as file:
        file.write(lzma.compress(first) + bytes(n_zeros) + lzma.compress(second))
    with open("rows.csv.gz", "wb") as file:
        file.write(gzip.compress(first) + bytes(n_zeros) + gzip.compress(second))
    with lzma.open("rows.csv.xz") as xz, gzip.open("rows.csv.gz") as gz:
        seen[n_zeros] = (
            len(xz.readlines()) - 1,
            len(pd.read_csv("rows.csv.xz")),
            len(gz.readlines()) - 1,
        )
for n_zeros, (by_lzma, by_pandas, by_gzip) in seen.items():
    print(f"{n_zeros} zeros: rows by lzma {by_lzma}, by pandas {by_pandas}; by gzip {by_gzip}")
assert seen == {0: (4, 4, 4), 4: (2, 2, 4), 512: (2, 2, 4)}, "not as described"
PYTHON
