#!/usr/bin/env bash
# DuckDB 2.0.1: read_csv and read_json round the numbers that they did not expect.
#
# Guess: if the first rows are integers and a later one is 1.5, its type becomes DOUBLE, or it is
#        the conversion error that a later "x" is.
# Seen:  the type is that of the first 20,480 rows, and later fractions are rounded to it without a
#        word: 1.5 becomes 2, and 0.4 becomes 0, in CSV and JSON Lines alike. 2.5 is 2 from JSON
#        Lines, and 3 from CSV. With sample_size=-1 they are kept. So a target that is 0 or 1 at
#        first and continuous later is learnt as other numbers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb

N_ROWS, LATE = 30_000, ("1.5", "0.4", "2.5")
with open("rows.csv", "w") as file:
    file.write("y,text\n" + "1,a\n" * N_ROWS + "".join(f"{value},b\n" for value in LATE))
with open("rows.jsonl", "w") as file:
    file.write('{"y":1}\n' * N_ROWS + "".join(f'{{"y":{value}}}\n' for value in LATE))
seen = {}
for call in (
    "read_csv('rows.csv')",
    "read_json('rows.jsonl')",
    "read_csv('rows.csv', sample_size=-1)",
    "read_json('rows.jsonl', sample_size=-1)",
):
    relation = duckdb.sql(f"select y from {call}")
    seen[call] = str(relation.types[0]), [row[0] for row in relation.fetchall()[-3:]]
    print(call, *seen[call])
assert list(seen.values()) == [
    ("BIGINT", [2, 0, 3]),
    ("BIGINT", [2, 0, 2]),
    ("DOUBLE", [1.5, 0.4, 2.5]),
    ("DOUBLE", [1.5, 0.4, 2.5]),
], "not as described"
PYTHON
