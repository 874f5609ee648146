#!/usr/bin/env bash
# pyarrow 26.0.1, polars 2.1.0, DuckDB 2.0.1, pandas 3.1.1: which labels of a CSV file are numbers.
#
# Guess: 01 and 1 become one number everywhere or nowhere, +1 and -1 are integers, and 0x10, yes and
#        no are text.
# Seen:  each of the four has rules of its own, and no spelling but -1 means the same to all. 0x10
#        is 16 to pyarrow and DuckDB. +1 makes a column of float64 in pyarrow, of int64 in pandas,
#        and of text in polars and DuckDB. DuckDB alone keeps 01 as text, and makes booleans of yes,
#        no, t and f. Cells with a space are numbers except to polars.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.1 pandas==3.1.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb
import pandas as pd
import polars as pl
import pyarrow.csv

expected = {
    ("-1", "1"): ([-1, 1], [-1, 1], [-1, 1], [-1, 1]),
    ("01", "1"): ([1, 1], [1, 1], ["01", "1"], [1, 1]),
    ("+1", "-1"): ([1.0, -1.0], ["+1", "-1"], ["+1", "-1"], [1, -1]),
    (" 1", "1 "): ([1, 1], [" 1", "1 "], [1, 1], [1, 1]),
    ("0x10", "16"): ([16, 16], ["0x10", "16"], [16, 16], ["0x10", "16"]),
    ("yes", "no"): (["yes", "no"], ["yes", "no"], [True, False], ["yes", "no"]),
    ("t", "f"): (["t", "f"], ["t", "f"], [True, False], ["t", "f"]),
}
for labels, wanted in expected.items():
    with open("rows.csv", "w") as file:
        file.write("label,text\n" + "".join(f"{label},a\n" for label in labels))
    seen = (
        pyarrow.csv.read_csv("rows.csv")["label"].to_pylist(),
        pl.read_csv("rows.csv")["label"].to_list(),
        [row[0] for row in duckdb.sql("select label from read_csv('rows.csv')").fetchall()],
        pd.read_csv("rows.csv")["label"].tolist(),
    )
    print(labels, "pyarrow {}, polars {}, duckdb {}, pandas {}".format(*seen))
    assert repr(seen) == repr(wanted), "not as described"
PYTHON
