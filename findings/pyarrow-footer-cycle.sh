#!/usr/bin/env bash
# pyarrow 26.0.1: what looked at the footer of a Parquet file stays in memory until the garbage
# collector runs, and it sees no reason to.
#
# Guess: m = pq.read_metadata(path); m.schema; del m frees the footer, as it does without m.schema.
# Seen:  m.schema is kept in m and refers back to m, a cycle. So does ParquetFile(path).schema;
#        schema_arrow, read_schema and read_table do not. The collector counts Python objects, not
#        the megabytes of C++ behind each, so the footers of many wide files pile up.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyarrow==26.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import gc
import io

import pyarrow as pa
import pyarrow.parquet as pq

sink = io.BytesIO()
pq.write_table(pa.table({"a": [1]}), sink)
data = sink.getvalue()
gc.disable()
seen = {}
for name, look in {
    "read_metadata": lambda file: pq.read_metadata(file).num_rows,
    "read_metadata(...).schema": lambda file: pq.read_metadata(file).schema.names,
    "ParquetFile(...).schema": lambda file: pq.ParquetFile(file).schema.names,
    "ParquetFile(...).schema_arrow": lambda file: pq.ParquetFile(file).schema_arrow.names,
    "read_schema": pq.read_schema,
    "read_table": pq.read_table,
}.items():
    gc.collect()
    for _ in range(5):
        look(io.BytesIO(data))
    kept = sum(type(item) is pq.FileMetaData for item in gc.get_objects())
    seen[name] = kept
    print(f"{name}, 5 times: {kept} footers still in memory")
gc.collect()
left = sum(type(item) is pq.FileMetaData for item in gc.get_objects())
print(f"after gc.collect(): {left}")
assert (list(seen.values()), left) == ([0, 5, 5, 0, 0, 0], 0), "not as described"
PYTHON
