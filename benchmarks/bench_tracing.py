"""Time fits with and without a trace: tracing should cost at most 2 %.

    python benchmarks/bench_tracing.py FOLDER [--fits 15]

FOLDER was written by prepare.py. One process fits in turn with and without a trace; the table shows
medians, and the median of the ratios of consecutive fits. A second fit without a trace shows the
noise.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torrential as tor
from common import arguments, print_table, write_json


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("folder", type=Path, help="what prepare.py wrote")
    parser.add_argument("--fits", type=int, default=15)
    parser.add_argument("--n-jobs", type=int, default=2)
    args = parser.parse_args()
    dataset = tor.read(args.folder / "train.parquet", text="text", target="label")

    def seconds(trace: Path | None) -> float:
        start = time.perf_counter()
        tor.TextClassifier(preset="fast", n_jobs=args.n_jobs).fit(dataset, trace=trace)
        return time.perf_counter() - start

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.json")
        seconds(path)
        times: dict[str, list[float]] = {"no trace": [], "traced": [], "no trace, again": []}
        for number in range(args.fits):
            print(f"fit {number + 1} of {args.fits}", file=sys.stderr)
            for name, each in times.items():
                each.append(seconds(path if name == "traced" else None))
        spans = [e for e in json.loads(path.read_text())["traceEvents"] if e.get("ph") == "X"]
    plain = times["no trace"]
    rows = []
    for name, each in times.items():
        ratios = [one / other for one, other in zip(each, plain, strict=True)]
        spread = f"{min(each):.3f}-{max(each):.3f}"
        rows.append([name, statistics.median(each), spread, f"{statistics.median(ratios):.3f}x"])
    header = ["", "seconds", "min-max", "median of ratios"]
    print_table(f"Tracing: {args.folder.name}, {len(spans)} spans", header, rows)
    write_json(args.json, {"times": times, "n_spans": len(spans)})


if __name__ == "__main__":
    main()
