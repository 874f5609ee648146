#!/usr/bin/env bash
# DuckDB 2.0.1: one cell that begins with # can take rows and texts out of a whole CSV file.
#
# Guess: CSV has no comments, so unless comment='#' is given, # is a character like others.
# Seen:  read_csv finds that the first column would be integers if the line "#3,c" were a comment.
#        So it is one, and # is a comment everywhere: the row is gone, "b #2" is cut to "b ", and
#        "#d" is NULL. There is no message. With comment='' all is read, and the first column is
#        text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb

with open("rows.csv", "w") as file:
    file.write("ticket,text\n1,a\n2,b #2\n#3,c\n4,#d\n5,e\n")
sniffed = duckdb.sql("select * from read_csv('rows.csv')").fetchall()
told = duckdb.sql("select * from read_csv('rows.csv', comment='')").fetchall()
print("by itself:  ", sniffed)
print("comment='': ", told)
assert sniffed == [(1, "a"), (2, "b "), (4, None), (5, "e")], "not as described"
assert told == [("1", "a"), ("2", "b #2"), ("#3", "c"), ("4", "#d"), ("5", "e")], "not as described"
PYTHON
