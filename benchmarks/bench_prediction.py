"""Time the prediction of a large file.

    python benchmarks/bench_prediction.py FOLDER --peers-python .venv-peers/bin/python

FOLDER was written by prepare.py. Each contender trains once on the folder's training set; then
the prediction of the folder's ``predict`` file is measured: torrential and scikit-learn from
Parquet, Vowpal Wabbit and ``fasttext predict`` from the tokens of the same text in their own
formats. The time includes loading the model and, for the two command lines, starting the process.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from common import (
    TORRENTIAL,
    Command,
    Run,
    alternate,
    arguments,
    facts,
    program,
    report_race,
    run,
)

OURS = ["torrential", "torrential predict"]


def contenders(
    folder: Path, models: Path, peers_python: Path, n_jobs: int
) -> dict[str, Callable[[], Run]]:
    """Train every contender's model, and return the commands that predict with it."""
    n_classes = facts(folder)["n_classes"]
    peers = {
        "sklearn": ("parquet", []),
        "vw": ("vw", ["--n-classes", n_classes]),
        "fasttext": ("tokens.txt", ["--threads", n_jobs]),
    }
    for name, (suffix, options) in peers.items():
        data = folder / f"train.{suffix}"
        run(program(name, "train", data, "--save", models / name, *options, python=peers_python))
    ours = models / "torrential"
    run(program("torrential", "train", folder / "train.parquet", "--save", ours))

    parquet, tokens = folder / "predict.parquet", folder / "predict.tokens.txt"
    fasttext = peers_python.with_name("fasttext")
    vw = program("vw", "predict", models / "vw", folder / "predict.vw", python=peers_python)
    sklearn = program("sklearn", "predict", models / "sklearn", parquet, python=peers_python)
    commands: dict[str, Command] = {
        OURS[0]: program("torrential", "predict", ours, parquet, "--n-jobs", n_jobs),
        OURS[1]: [TORRENTIAL, "predict", ours, parquet, "-o", models / "out.parquet", "-q"],
        "fasttext predict": [fasttext, "predict", models / "fasttext", tokens],
        "Vowpal Wabbit": vw,
        "scikit-learn": sklearn,
    }
    return {name: lambda c=command: run(c) for name, command in commands.items()}


def main() -> None:
    parser = arguments(__doc__, peers=True)
    parser.add_argument("folder", type=Path, help="what prepare.py wrote")
    parser.add_argument("--n-jobs", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as models:
        chosen = contenders(args.folder, Path(models), args.peers_python, args.n_jobs)
        runs = alternate(chosen, args.repeats)
    text_bytes = facts(args.folder)["predict"]["text_bytes"]
    report_race("Prediction", args, runs, text_bytes, OURS)


if __name__ == "__main__":
    main()
