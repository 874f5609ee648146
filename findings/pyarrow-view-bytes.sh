#!/usr/bin/env bash
# pyarrow 23.0.1: nbytes of an array of string views is an error.
#
# Guess: nbytes is known for every array, as for strings; it is a sum over buffers.
# Seen:  a string_view and a binary_view array raise ArrowTypeError for nbytes, and so does a record
#        batch or table with such a column, while get_total_buffer_size() answers. pyarrow 24.0.0
#        answers both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/look.py" <<'PYTHON'
import sys

import pyarrow as pa


def size(data):
    try:
        return data.nbytes > 0
    except pa.ArrowTypeError:
        return "ArrowTypeError"


texts = ["a text that is longer than twelve bytes"] * 3
views = pa.array(texts, pa.string_view())
seen = [
    size(pa.array(texts)),
    size(views),
    size(pa.array([b"bytes"], pa.binary_view())),
    size(pa.table({"text": views})),
    views.get_total_buffer_size() > 0,
]
print(pa.__version__, seen)
wrong = "ArrowTypeError" if sys.argv[1] == "error" else True
sys.exit(0 if seen == [True, wrong, wrong, wrong, True] else 1)
PYTHON
for pair in 23.0.1:error 24.0.0:answer; do
    "${PYTHON:-python3}" -m venv --clear "$folder/venv"
    "$folder/venv/bin/pip" install --quiet "pyarrow==${pair%:*}"
    "$folder/venv/bin/python" "$folder/look.py" "${pair#*:}"
done
