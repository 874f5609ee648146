"""Measure how peak memory grows with the models of a search, compared with its estimate.

    python benchmarks/bench_search_memory.py FOLDER [FOLDER ...]

Each FOLDER was written by prepare.py. Searches of 1, 4, 12 and 24 learners (fewer for many classes)
on five folds run in separate processes. The table shows how much the peak exceeds that of one
learner, and the growth of the estimate by which a search decides how many candidates learn in one
pass.
"""

from pathlib import Path

from common import alternate, arguments, median, print_table, program, run, write_json

GROWING = 10
"""Option of the program for a search of this many learners."""


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("folders", type=Path, nargs="+", help="what prepare.py wrote")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--candidates", type=int, nargs="+", default=[1, 4, 12, 24])
    args = parser.parse_args()
    results = {}
    for folder in args.folders:
        commands = {
            f"{n * args.folds} models": program(
                "cross_validation", "train", folder / "train.parquet",
                "--how", GROWING, "--folds", args.folds, "--candidates", n,
            )
            for n in args.candidates
        }  # fmt: skip
        runs = alternate(
            {name: lambda c=command: run(c) for name, command in commands.items()}, args.repeats
        )
        first = next(iter(runs.values()))
        peak = median(first, lambda each: each.peak_rss_mb)
        estimate = first[-1].report["estimated_mb"]
        rows = [
            [
                name,
                median(each),
                median(each, lambda one: one.peak_rss_mb),
                median(each, lambda one: one.peak_rss_mb) - peak,
                each[-1].report["estimated_mb"] - estimate,
            ]
            for name, each in runs.items()
        ]
        header = ["", "seconds", "peak MiB", "growth", "growth estimated"]
        print_table(f"{folder.name}, {args.folds} folds", header, rows)
        results[folder.name] = runs
    write_json(args.json, {"search_memory": results})


if __name__ == "__main__":
    main()
