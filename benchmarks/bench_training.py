"""Time ``TextClassifier.fit``, and score its model on held-out text.

    python benchmarks/bench_training.py FOLDER --peers-python .venv-peers/bin/python

FOLDER was written by prepare.py. One pass on two cores, from Parquet and from a text file of
tokens, against Vowpal Wabbit (the same tokens in its own format, ``-b 20``, logistic, ``--oaa``
for more than two classes), fastText (the same tokens, 1 epoch, dim 10, 2 threads) and
scikit-learn's out-of-core loop (the same Parquet file). Each run is a separate process.
"seconds" is the time from opening the file to the trained model, without interpreter start and
imports; "process s" includes these, and scoring the held-out text. There is no warm-up run: the
median of three ignores a first run with cold caches.
"""

from pathlib import Path

from common import (
    Command,
    alternate,
    arguments,
    facts,
    program,
    report_race,
    run,
)

OURS = ["torrential Parquet", "torrential text"]


def commands(folder: Path, peers_python: Path, n_jobs: int) -> dict[str, Command]:
    """Return the contenders' commands by name."""

    def train(name: str, suffix: str, *options: object, python: Path | None = None) -> Command:
        data, test = folder / f"train.{suffix}", folder / f"test.{suffix}"
        chosen = {} if python is None else {"python": python}
        return program(name, "train", data, "--test", test, *options, **chosen)

    n_classes = facts(folder)["n_classes"]
    ours = ["--n-jobs", n_jobs]
    return {
        OURS[0]: train("torrential", "parquet", *ours),
        OURS[1]: train("torrential", "tokens.txt", *ours),
        "Vowpal Wabbit": train("vw", "vw", "--n-classes", n_classes, python=peers_python),
        "fastText": train("fasttext", "tokens.txt", "--threads", n_jobs, python=peers_python),
        "scikit-learn": train("sklearn", "parquet", python=peers_python),
    }


def main() -> None:
    parser = arguments(__doc__, peers=True)
    parser.add_argument("folder", type=Path, help="what prepare.py wrote")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--only", nargs="+", help="names of contenders, to run these alone")
    args = parser.parse_args()
    chosen = commands(args.folder, args.peers_python, args.n_jobs)
    if args.only:
        chosen = {name: chosen[name] for name in args.only}
    runs = alternate(
        {name: lambda c=command: run(c) for name, command in chosen.items()}, args.repeats
    )
    ours = [name for name in OURS if name in runs]
    text_bytes = facts(args.folder)["train"]["text_bytes"]
    report_race("Training", args, runs, text_bytes, ours)


if __name__ == "__main__":
    main()
