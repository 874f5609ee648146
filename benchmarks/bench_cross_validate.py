"""Measure a cross-validation and a search in one pass, relative to one fit and scikit-learn.

    python benchmarks/bench_cross_validate.py FOLDER [FOLDER ...]

Each FOLDER was written by prepare.py. Every contender runs in a separate process on the folder's
``train.parquet``. The searches have 12 or 60 learners, and their accuracy is that of the best
learner. The choice of halving is cross-validated as in the full grid: the difference is its regret.
scikit-learn's scores are from other folds and another learner.
"""

from pathlib import Path

from common import Run, alternate, arguments, facts, median, print_table, program, run, write_json

ONE_FIT = "torrential, one fit"
CONTENDERS = {
    ONE_FIT: 0,
    "torrential, cross_validate": 1,
    "torrential, separate fits": 2,
    "torrential, search of 12": 5,
    "torrential, search of 60": 8,
    "torrential, halving of 60": 9,
    "scikit-learn, pipeline": 3,
    "scikit-learn, matrix hashed once": 4,
    "scikit-learn, pipeline, search of 12": 6,
    "scikit-learn, matrix, search of 12": 7,
}
"""What to run, and how the program calls it."""


def race(
    folder: Path, folds: int, n_jobs: int, repeats: int, *, peers: bool, large: bool
) -> dict[str, list[Run]]:
    """Run all contenders in turn."""
    data = folder / "train.parquet"
    commands = {
        name: program(
            "cross_validation", "train", data, "--how", how, "--folds", folds, "--n-jobs", n_jobs
        )
        for name, how in CONTENDERS.items()
        if (peers or name.startswith("torrential")) and (large or "60" not in name)
    }
    return alternate({name: lambda c=c: run(c) for name, c in commands.items()}, repeats)


def rows(runs: dict[str, list[Run]]) -> list[list[object]]:
    """Return the table: seconds, their spread, and their ratio to one fit."""
    one = median(runs[ONE_FIT])
    return [
        [
            name,
            median(each),
            f"{min(r.seconds for r in each):.2f}-{max(r.seconds for r in each):.2f}",
            median(each, lambda r: r.cpu_seconds),
            median(each, lambda r: r.peak_rss_mb),
            f"{median(each) / one:.2f}x",
            f"{each[-1].report['accuracy']:.4f}",
        ]
        for name, each in runs.items()
    ]


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("folders", type=Path, nargs="+", help="what prepare.py wrote")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--no-peers", action="store_true", help="torrential only")
    parser.add_argument("--no-large", action="store_true", help="no searches of 60 learners")
    args = parser.parse_args()
    header = ["", "seconds", "min-max", "cpu s", "peak MiB", "of one fit", "accuracy"]
    results = {}
    for folder in args.folders:
        peers, large = not args.no_peers, not args.no_large
        runs = race(folder, args.folds, args.n_jobs, args.repeats, peers=peers, large=large)
        megabytes = facts(folder)["train"]["text_bytes"] / 1e6
        title = f"{folder.name}, {megabytes:.0f} MB, {args.folds} folds, {args.n_jobs} threads"
        print_table(title, header, rows(runs))
        results[folder.name] = runs
    write_json(args.json, {"cross_validation": results})


if __name__ == "__main__":
    main()
