#!/usr/bin/env bash
# pyarrow 26.0.1: a field of a struct column, named by dots, read from one Parquet file in two ways.
#
# Guess: columns=["m.c"] means the same to ParquetFile.read and to pyarrow.parquet.read_table.
# Seen:  ParquetFile.read gives the column m, a struct of c alone; read_table gives a column that is
#        called c, and of ["m.c", "k.c"] two columns of that name. Beside a column whose own name is
#        "m.c", ParquetFile.read gives both, read_table that column alone. A field that is not there
#        is an error for read_table, and for ParquetFile.read a table of all rows and no columns.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyarrow==26.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import pyarrow as pa
import pyarrow.parquet as pq

structs = pa.array([{"b": 1, "c": "x"}, {"b": 2, "c": "y"}])
pq.write_table(pa.table({"m": structs, "k": structs}), "rows.parquet")
pq.write_table(pa.table({"m": structs, "m.c": ["own", "own"]}), "both.parquet")


def seen(path, names):
    def columns(table):
        return [f"{field.name}: {field.type}" for field in table.schema], table.num_rows

    whole = columns(pq.ParquetFile(path).read(columns=names))
    try:
        other = columns(pq.read_table(path, columns=names))
    except pa.ArrowInvalid as error:
        other = type(error).__name__
    print(path, names, "ParquetFile:", whole, "read_table:", other)
    return whole, other


pruned = "m: struct<c: string>"
assert seen("rows.parquet", ["m.c"]) == (([pruned], 2), (["c: string"], 2))
assert seen("rows.parquet", ["m.c", "k.c"])[1] == (["c: string", "c: string"], 2)
assert seen("both.parquet", ["m.c"]) == (([pruned, "m.c: string"], 2), (["m.c: string"], 2))
assert seen("rows.parquet", ["m.none"]) == (([], 2), "ArrowInvalid")
PYTHON
