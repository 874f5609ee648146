#!/usr/bin/env bash
# pyarrow 26.0.1: the field of a struct that is null.
#
# Guess: StructArray.field, StructArray.flatten, pyarrow.compute.struct_field and ChunkedArray.flatten
#        give the same values of a field.
# Seen:  StructArray.field leaves out that the struct is null: where it is, the field has whatever
#        lies there, 0 and "" of an array that pyarrow made itself. The others have null. A column of
#        numbers gets zeros that no row has.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import pyarrow as pa
import pyarrow.compute as pc

fields = [("n", pa.int64()), ("s", pa.string())]
rows = pa.array([{"n": 1, "s": "a"}, None, {"n": 3, "s": "c"}], pa.struct(fields))
for place, (name, nothing, full) in enumerate([("n", 0, [1, 3]), ("s", "", ["a", "c"])]):
    seen = {
        "field": rows.field(name).to_pylist(),
        "flatten": rows.flatten()[place].to_pylist(),
        "struct_field": pc.struct_field(rows, name).to_pylist(),
        "chunked": pa.chunked_array([rows]).flatten()[place].to_pylist(),
    }
    print(name, seen)
    assert seen.pop("field") == [full[0], nothing, full[1]]
    assert all(values == [full[0], None, full[1]] for values in seen.values())
PYTHON
