#!/usr/bin/env bash
# polars 2.1.0, pandas 3.1.1, pyarrow 26.0.1, DuckDB 2.0.1: a key that is there twice in one object
# of JSON Lines means its first value, its last, or an error.
#
# Guess: the last one counts, as for Python's json and for JavaScript.
# Seen:  polars takes the first, in read_ndjson, scan_ndjson and json_decode; pandas and Python's
#        json take the last; pyarrow and DuckDB raise. All three are allowed by RFC 8259, section 4.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet polars==2.1.0 pandas==3.1.1 pyarrow==26.0.1 duckdb==2.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import json

import duckdb
import pandas as pd
import polars as pl
import pyarrow.json

LINE = '{"label":"first","text":"a","label":"last"}'
with open("rows.jsonl", "w") as file:
    file.write((LINE + "\n") * 2)
as_struct = pl.Struct({"label": pl.String})
readers = {
    "json": lambda: json.loads(LINE)["label"],
    "polars.read_ndjson": lambda: pl.read_ndjson("rows.jsonl")["label"][0],
    "polars.scan_ndjson": lambda: pl.scan_ndjson("rows.jsonl").collect()["label"][0],
    "polars json_decode": lambda: pl.Series([LINE]).str.json_decode(as_struct)[0]["label"],
    "pandas": lambda: pd.read_json("rows.jsonl", lines=True)["label"][0],
    "pyarrow": lambda: pyarrow.json.read_json("rows.jsonl")["label"][0].as_py(),
    "duckdb": lambda: duckdb.sql("select label from 'rows.jsonl'").fetchall()[0][0],
}
seen = {}
for name, read in readers.items():
    try:
        seen[name] = read()
    except Exception as error:
        seen[name] = type(error).__name__
    print(f"{name}: {seen[name]}")
assert list(seen.values()) == [
    "last", "first", "first", "first", "last", "ArrowInvalid", "InvalidInputException",
], "not as described"
PYTHON
