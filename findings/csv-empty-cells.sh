#!/usr/bin/env bash
# pyarrow 26.0.1, polars 2.1.0, DuckDB 2.0.1, pandas 3.1.1: an empty cell of a CSV file and an empty
# cell in quotes, in a column of text.
#
# Guess: the first is null and the second is "", as PostgreSQL writes them; or both are null.
# Seen:  polars alone tells them apart. pyarrow has "" for both, pandas and DuckDB have null for
#        both. Among integers the rules are others: both are null to pyarrow too, and to polars the
#        cell in quotes makes the whole column text, 7 and all. Texts that are NA, null or None are
#        nulls to pandas only, also in quotes; among integers pyarrow has null for NA and null.
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


def read(cells):
    with open("rows.csv", "w") as file:
        file.write("n,x\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells)))
    by_pandas = pd.read_csv("rows.csv")["x"]
    return {
        "pyarrow": pyarrow.csv.read_csv("rows.csv")["x"].to_pylist(),
        "polars": pl.read_csv("rows.csv")["x"].to_list(),
        "duckdb": [row[0] for row in duckdb.sql("select x from read_csv('rows.csv')").fetchall()],
        "pandas": [None if pd.isna(value) else value for value in by_pandas],
    }


seen = [read(["", '""', "word"]), read(["", '""', "7"]), read(["NA", '"null"', "None", "word"])]
for result in seen:
    print(result)
apart, none, empty = [None, "", "word"], [None, None, "word"], ["", "", "word"]
names, as_text = ("pyarrow", "polars", "duckdb", "pandas"), ["NA", "null", "None", "word"]
wanted = [
    dict(zip(names, (empty, apart, none, none))),
    dict(zip(names, ([None, None, 7], [None, "", "7"], [None, None, 7], [None, None, 7.0]))),
    dict(zip(names, (as_text, as_text, as_text, [None, None, None, "word"]))),
]
assert seen == wanted, "not as described"
by_arrow = read(["NA", "null", "7"])["pyarrow"]
print("pyarrow, integers:", by_arrow)
assert by_arrow == [None, None, 7], "not as described"
PYTHON
