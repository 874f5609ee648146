#!/usr/bin/env bash
# pandas 3.1.1: read_json makes numbers of JSON strings, and with chunksize of some of them only.
#
# Guess: "001" in quotes is a string in the file, so it is one in the frame.
# Seen:  it is 1: "001" and "1" are one label. A column of "inf", "1e3", " 7 " and "1_0" is inf,
#        1000, 7 and 10, while true and false stay booleans. The strings of a chunk are numbers if
#        all of that chunk can be, so the label "1" is 1 in one chunk and "1" in the next of the
#        same file. dtype=False keeps them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pandas==3.1.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import io
import json

import pandas as pd


def values(labels, **options):
    lines = "".join(json.dumps({"y": label}) + "\n" for label in labels)
    read = pd.read_json(io.StringIO(lines), lines=True, **options)
    return [chunk["y"].tolist() for chunk in read] if "chunksize" in options else read["y"].tolist()


seen = [
    values(["001", "1"]),
    values(["inf", "1e3", " 7 ", "1_0"]),
    values(["1", "2", "1", "x"], chunksize=2),
    values(["001", "1"], dtype=False),
]
print(*seen, sep="\n")
assert seen == [
    [1, 1],
    [float("inf"), 1000.0, 7.0, 10.0],
    [[1, 2], ["1", "x"]],
    ["001", "1"],
], "not as described"
PYTHON
