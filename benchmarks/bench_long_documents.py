"""Measure the memory of hashing one long document, in multiples of its bytes.

    python benchmarks/bench_long_documents.py TEXT [--mb 100]

TEXT is a file in UTF-8, such as the concatenated source of the installed packages. Each setting
hashes the same beginning of the file as one document, in a separate process, and prints the
difference between the peak memory and the memory before hashing, text included. Linux only.
"""

import sys
from pathlib import Path

from common import MEGABYTE, arguments, median, print_table, run, write_json

SETTINGS = {
    "words": ("word", 1, 1, False),
    "words, names of terms": ("word", 1, 1, True),
    "pairs": ("word", 1, 2, False),
    "char 2 to 4": ("char", 2, 4, False),
    "char 2 to 4, names of terms": ("char", 2, 4, True),
    "char_wb 2 to 4": ("char_wb", 2, 4, False),
}

HASH = """
import json, sys, time
from pathlib import Path
import pyarrow as pa
from torrential.features.text.hasher import hash_texts
from torrential.features.settings import HashSettings

def memory(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

path, n_bytes, analyzer, low, high, names = sys.argv[1:]
settings = HashSettings(analyzer=analyzer, ngram_range=(int(low), int(high)))
counted = names == "True"
hash_texts(pa.array(["a few words, é"]), settings, count_terms=counted)
with open(path, "rb") as file:
    text = pa.array([file.read(int(n_bytes))], pa.large_binary())
before = memory("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
start = time.process_time()
hash_texts(text, settings, count_terms=counted)
seconds = time.process_time() - start
print(json.dumps({"times": (memory("VmHWM") - before) / text.nbytes, "seconds": seconds}))
"""


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("text", type=Path)
    parser.add_argument("--mb", type=float, default=100.0)
    args = parser.parse_args()

    n_bytes = str(int(args.mb * MEGABYTE))
    runs = {
        name: [
            run([sys.executable, "-c", HASH, args.text, n_bytes, *map(str, setting)])
            for _ in range(args.repeats)
        ]
        for name, setting in SETTINGS.items()
    }
    rows = [
        [name, median(each, lambda one: one.report["times"]), median(each)]
        for name, each in runs.items()
    ]
    print_table(
        f"Memory of hashing one document of {args.mb:g} MB, in multiples of its bytes",
        ["", "times its bytes", "cpu s"],
        rows,
    )
    write_json(args.json, {"mb": args.mb, "runs": runs})


if __name__ == "__main__":
    main()
