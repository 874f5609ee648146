"""Time passes with a cache of hashed rows: the first, which writes it, and the others.

    python benchmarks/bench_cache.py FOLDER --peers-python .venv-peers/bin/python [--cli-only]

FOLDER was written by prepare.py. The script times passes 1, 2 and 3 of a training, and of hashing
alone, which is all that a cache can save. The peer is Vowpal Wabbit's ``--cache_file``, which keeps
parsed examples, on the file that was prepared for it; its passes are the differences between runs
of 1, 2 and 3 passes. The size of the cache is compared with that of the same rows as zstd Parquet.
``--cli-only`` times ``torrential train`` as whole processes without a cache, with a new cache and
with a full cache instead, for files that are too large for the other measurements.
"""

import argparse
import tempfile
from pathlib import Path

from common import (
    TORRENTIAL,
    Run,
    alternate,
    arguments,
    facts,
    median,
    print_table,
    program,
    run,
    write_json,
)

TRAIN, TRAIN_CACHED, HASH, HASH_CACHED = "train", "train, cache", "hash", "hash, cache"
OURS = {TRAIN: 0, TRAIN_CACHED: 1, HASH: 2, HASH_CACHED: 3}
PASSES = (1, 2, 3)


def race(args: argparse.Namespace) -> dict[str, list[Run]]:
    """Run all in turn."""
    data = args.folder / "train.parquet"
    contenders = {
        name: program(
            "cache", "train", data, "--how", how, "--n-jobs", args.n_jobs, "--max-n", args.max_n
        )
        for name, how in OURS.items()
    }
    if args.peers_python is not None:
        n_classes = ["--n-classes", facts(args.folder)["n_classes"]]
        vw = args.folder / "train.vw"
        for n in PASSES:
            contenders[f"vw {n}"] = program(
                "vw", "train", vw, *n_classes, "--passes", n, python=args.peers_python
            )
    return alternate({name: lambda c=c: run(c) for name, c in contenders.items()}, args.repeats)


def of_vw(runs: dict[str, list[Run]]) -> list[list[float]]:
    """Return the seconds of each pass, by run."""
    totals = [[each.seconds for each in runs[f"vw {n}"]] for n in PASSES]
    return [
        [first, second - first, third - second]
        for first, second, third in zip(*totals, strict=True)
    ]


def in_passes(folder: Path, args: argparse.Namespace) -> dict[str, list[Run]]:
    """Time the passes, and print the table."""
    runs = race(args)
    rows = []
    for name in OURS:
        each = [[one.report[f"pass_{n}"] for n in PASSES] for one in runs[name]]
        rows.append(_row(f"torrential, {name}", each, runs[name][-1].report["hit_ratio"]))
    if args.peers_python is not None:
        rows.append(_row("Vowpal Wabbit, --cache_file", of_vw(runs), None))
    header = ["", "pass 1", "pass 2", "pass 3", "pass 2, min-max", "pass 1 / pass 2", "hit ratio"]
    print_table(f"Passes: {folder.name}", header, rows)
    no_cache = median(runs[HASH], lambda one: one.report["pass_2"])
    cached = median(runs[HASH_CACHED], lambda one: one.report["pass_2"])
    print(f"\nHashing again / reading the cache: {no_cache / cached:.1f}x")
    source = (folder / "train.parquet").stat().st_size / 1e6
    size = runs[HASH_CACHED][-1].report["cache_mb"]
    print(f"Cache {size:.1f} MB, source as zstd Parquet {source:.1f} MB: {size / source:.2f}x")
    return runs


def _row(name: str, each: list[list[float]], hit_ratio: float | None) -> list[object]:
    middle = [sorted(one[n] for one in each)[len(each) // 2] for n in range(len(PASSES))]
    second = [one[1] for one in each]
    spread = f"{min(second):.3f}-{max(second):.3f}"
    return [name, *middle, spread, f"{middle[0] / middle[1]:.1f}x", hit_ratio]


def on_the_command_line(folder: Path, args: argparse.Namespace) -> dict[str, list[Run]]:
    """Time whole trainings, and print the table."""
    data = folder / "train.parquet"
    words = [TORRENTIAL, "train", data, "--text", "text", "--target", "label", "-q"]
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        words += ["-o", Path(temporary, "model"), "--n-jobs", str(args.n_jobs)]

        def cold() -> Run:
            with tempfile.TemporaryDirectory(dir=folder) as cache:
                return run([*words, "--cache-dir", cache])

        full = [*words, "--cache-dir", Path(temporary, "cache")]
        run(full)
        size = sum(each.stat().st_size for each in Path(temporary, "cache").glob("*.records"))
        contenders = {"no cache": lambda: run(words), "cold": cold, "warm": lambda: run(full)}
        runs = alternate(contenders, args.repeats)
    plain = median(runs["no cache"])
    rows = [
        [
            name,
            median(each),
            f"{min(r.seconds for r in each):.2f}-{max(r.seconds for r in each):.2f}",
            median(each, lambda one: one.cpu),
            median(each, lambda one: one.peak_rss_mb),
            f"{plain / median(each):.2f}x",
        ]
        for name, each in runs.items()
    ]
    header = ["torrential train", "seconds", "min-max", "cpu s", "peak MiB", "no cache / it"]
    print_table(f"Whole trainings: {folder.name}", header, rows)
    source = data.stat().st_size / 1e6
    print(f"\nCache {size / 1e6:.0f} MB, source as zstd Parquet {source:.0f} MB")
    return runs


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("folder", type=Path, help="what prepare.py wrote")
    parser.add_argument("--peers-python", type=Path)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--max-n", type=int, default=1, help="2 for bigrams too, of ours")
    parser.add_argument("--cli-only", action="store_true")
    args = parser.parse_args()
    work = on_the_command_line if args.cli_only else in_passes
    write_json(args.json, work(args.folder, args))


if __name__ == "__main__":
    main()
