#!/usr/bin/env bash
# pyarrow 26.0.1: a long cell is copied for a dictionary and bounds that the file does not have in the end.
#
# Guess: a dictionary and min/max cost nothing where they do not help: a cell of 60 MB is written as
#        it is, and its bounds, which are too long, are left out of the footer.
# Seen:  the footer has no min and max, but writing one cell of 60 MB raises the peak memory by about
#        8 times its bytes; with use_dictionary=False and write_statistics=False by about 3 times.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyarrow==26.0.1
cat > "$folder/look.py" <<'PYTHON'
import json
import random
import resource
import sys

import pyarrow as pa
import pyarrow.parquet as pq

N_BYTES = 60_000_000
random.seed(0)
cell = random.randbytes(N_BYTES // 2).hex()
table = pa.table({"text": [cell]})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
pq.write_table(table, sys.argv[1], **json.loads(sys.argv[2]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
statistics = pq.ParquetFile(sys.argv[1]).metadata.row_group(0).column(0).statistics
print((peak - before) * 1024 / N_BYTES, statistics is not None and statistics.has_min_max)
PYTHON
seen() { "$folder/venv/bin/python" "$folder/look.py" "$folder/cell.parquet" "$1"; }
usual=$(seen '{}')
plain=$(seen '{"use_dictionary": false, "write_statistics": false}')
echo "usual: $usual; neither dictionary nor statistics: $plain"
"$folder/venv/bin/python" - "$usual" "$plain" <<'PYTHON'
import sys

(usual, bounds), (plain, _) = (word.split() for word in sys.argv[1:])
sys.exit(0 if bounds == "False" and float(usual) > 1.4 * float(plain) else 1)
PYTHON
