#!/usr/bin/env bash
# polars 2.1.0: read_ndjson drops keys that are not in the first 100 lines.
#
# Guess: a key that is first there in line 101 is a column with nulls before it, as in line 100, or
#        the error that a value of another type in line 101 is.
# Seen:  the column is not there: no error, no warning, in read_ndjson and scan_ndjson alike. So the
#        label of rows whose first hundred have none is lost. infer_schema_length=None reads it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet polars==2.1.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import polars as pl

seen = {}
for line in 100, 101:
    for name, late in ("key", '{"n":1,"label":"x"}'), ("type", '{"n":"x"}'):
        with open("rows.jsonl", "w") as file:
            file.write('{"n":1}\n' * (line - 1) + late + "\n")
        for read in pl.read_ndjson, lambda path: pl.scan_ndjson(path).collect():
            try:
                result = read("rows.jsonl").columns
            except Exception as error:
                result = type(error).__name__
            seen.setdefault((name, line), []).append(result)
        if (name, line) == ("key", 101):
            whole = pl.read_ndjson("rows.jsonl", infer_schema_length=None).columns
for (name, line), result in seen.items():
    print(f"new {name} in line {line}: {result}")
print(f"infer_schema_length=None: {whole}")
assert whole == ["n", "label"], "not as described"
assert seen["key", 100] == [["n", "label"]] * 2, "not as described"
assert seen["key", 101] == [["n"]] * 2, "not as described"
assert seen["type", 101] == ["ComputeError"] * 2, "not as described"
PYTHON
