#!/usr/bin/env bash
# DuckDB 2.0.1: a CSV file of one column of texts loses its header and rows, down to all of them.
#
# Guess: the column that the header names, with all rows: none of the texts has a comma or a quote.
# Seen:  if each text has one semicolon (or |, or a tab), it becomes the delimiter, since the texts
#        have more columns so. The header does not fit then and is left out without a word; the
#        first text becomes the names of the columns. Of 52 texts the last of which has two
#        semicolons, no row is left: it is the header. With delim=',' all rows are there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb

files = {
    "one semicolon each": [f"text {i}; more" for i in range(5)],
    "one bar each": [f"text {i}| more" for i in range(5)],
    "the last has two": [f"text {i}; more" for i in range(50)] + ["none", "a; b; c"],
}
seen = {}
for name, texts in files.items():
    with open("rows.csv", "w") as file:
        file.write("text\n" + "\n".join(texts) + "\n")
    sniffed = duckdb.sql("select * from read_csv('rows.csv')")
    told = duckdb.sql("select * from read_csv('rows.csv', delim=',')")
    seen[name] = len(texts), sniffed.columns, len(sniffed.fetchall()), len(told.fetchall())
    print("{}: {} texts; columns {}, {} rows; with delim=',' {} rows".format(name, *seen[name]))
assert list(seen.values()) == [
    (5, ["text 0", "more"], 4, 5),
    (5, ["text 0", "more"], 4, 5),
    (52, ["a", "b", "c"], 0, 52),
], "not as described"
PYTHON
