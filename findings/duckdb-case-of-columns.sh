#!/usr/bin/env bash
# DuckDB 2.0.1: select "A" returns the column a of a table that has a and A.
#
# Guess: names are matched without regard to case, so that is ambiguous: an error; or quotes, as in
#        standard SQL, make the case count, and it is the column A.
# Seen:  the second of two such columns is renamed to A_1 as the file or table is looked at, and "A"
#        is then another way to write a. The values of the wrong column come back, from Parquet, CSV
#        and JSON files, Arrow tables and pandas frames, with and without quotes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.1 pyarrow==26.0.1 pandas==3.1.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

arrow = pa.table({"a": ["small"], "A": ["large"]})
frame = arrow.to_pandas()
pq.write_table(arrow, "rows.parquet")
pyarrow.csv.write_csv(arrow, "rows.csv")
frame.to_json("rows.jsonl", orient="records", lines=True)
seen = {}
for source in "'rows.parquet'", "'rows.csv'", "'rows.jsonl'", "arrow", "frame":
    columns = [duckdb.sql(f"select {name} from {source}") for name in ('"A"', "A", "A_1")]
    seen[source] = [column.fetchall()[0][0] for column in columns]
    print(f'{source}: "A" is {seen[source][0]}, A is {seen[source][1]}, A_1 is {seen[source][2]}')
assert all(values == ["small", "small", "large"] for values in seen.values()), "not as described"
PYTHON
