#!/usr/bin/env bash
# pyspark 4.3.0: StructType(schema.fields) is no copy: fields that are added to it are added to the
# first schema, too, but only to a part of it.
#
# Guess: StructType(rows.schema.fields).add("label", "string"), as a schema for mapInArrow, leaves
#        the schema of the rows as it is.
# Seen:  both have the same list. The first schema then has the new field in its length, its text
#        and by name, but not in names and fieldNames(). The schema of a DataFrame is kept by it, so
#        its columns, and mapInArrow, then ask for a column that is not there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyspark==4.3.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from pyspark.sql.types import StructType

rows = StructType().add("id", "long")
output = StructType(rows.fields).add("label", "string")
print("fields of the first schema:", len(rows), rows.simpleString())
print("its names:", rows.names, rows.fieldNames())
print("by name:", rows["label"])
assert output.names == ["id", "label"], "not as described"
assert rows.simpleString() == "struct<id:bigint,label:string>", "not as described"
assert len(rows) == 2 and rows.names == rows.fieldNames() == ["id"], "not as described"

copied = StructType().add("id", "long")
StructType(list(copied.fields)).add("label", "string")
assert len(copied) == 1, "not as described"
print("with list(schema.fields):", copied.simpleString())
PYTHON
