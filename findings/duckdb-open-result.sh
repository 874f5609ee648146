#!/usr/bin/env bash
# duckdb 2.0.1: a connection whose result is not read to its end refuses the next query.
#
# Guess: two relations of one connection can be read in turn, batch by batch, as two files can.
# Seen:  while a reader of the first relation has batches left, the reader of the second raises
#        ResourceInUseException ("connection has an open result"). The first one goes on unharmed,
#        and the second works once the first is read to its end. A cursor() of the connection can
#        be read meanwhile.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.1 pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import duckdb

connection = duckdb.connect()
QUERY = "select i from range(100000) t(i)"


def rows_of(source):
    """Return the rows of a query, or the error that it raises."""
    try:
        return sum(batch.num_rows for batch in source.sql(QUERY).to_arrow_reader(1000))
    except duckdb.Error as error:
        return type(error).__name__


first = connection.sql(QUERY).to_arrow_reader(1000)
begun = first.read_next_batch().num_rows
second, cursor = rows_of(connection), rows_of(connection.cursor())
rest = sum(batch.num_rows for batch in first)
seen = begun, second, cursor, rest, rows_of(connection)
print(seen)
sys.exit(0 if seen == (1000, "ResourceInUseException", 100000, 99000, 100000) else 1)
PYTHON
