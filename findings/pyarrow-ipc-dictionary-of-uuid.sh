#!/usr/bin/env bash
# pyarrow 26.0.1: it writes Arrow IPC files that it cannot open.
#
# Guess: what pa.ipc.new_file takes without an error, pa.ipc.open_file of the same version reads.
# Seen:  a dictionary whose values have an extension type (UUIDs here, and JSON) is a valid array,
#        and is written. The name of the extension then stands on the field, whose storage is the
#        dictionary, not on its values, and the file is "Invalid storage type for UuidType". Nothing
#        of the file can be read, its other columns neither. Streams are no different.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyarrow==26.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import io

import pyarrow as pa

uuids = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"a" * 16], pa.binary(16)))
documents = pa.ExtensionArray.from_storage(pa.json_(pa.string()), pa.array(["1"]))
seen = []
for values in uuids, documents:
    column = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.uint8()), values)
    table = pa.table({"x": column, "other": ["a", "b"]})
    table.validate(full=True)
    for new, reopen in (pa.ipc.new_file, pa.ipc.open_file), (pa.ipc.new_stream, pa.ipc.open_stream):
        sink = io.BytesIO()
        with new(sink, table.schema) as writer:
            writer.write_table(table)
        try:
            reopen(sink.getvalue())
        except pa.ArrowInvalid as error:
            seen.append(str(error))
            print(error)
assert len(seen) == 4 and all("Invalid storage type" in text for text in seen), "not as described"
PYTHON
