"""Time the prediction of a large file.

    python benchmarks/bench_prediction.py FOLDER --peers-python .venv-peers/bin/python

FOLDER was written by prepare.py. Each contender trains once on the folder's training set; then
the prediction of the folder's ``predict`` file is measured: torrential and scikit-learn from
Parquet, Vowpal Wabbit and ``fasttext predict`` from the tokens of the same text in their own
formats. The time includes loading the model and, for the command lines, starting the process.

``torrential predict`` writes all columns next to the predictions; further runs write the id of the
best tenth only, apply three models of equal features at once, and predict a folder of files.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from common import (
    PROGRAMS,
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

PREDICT = "torrential predict"
KEEP_TOP, THREE, FOLDER = (
    f"{PREDICT} {what}" for what in ("--keep-top 10%", "of three models", "of a folder")
)
OURS = ["torrential", PREDICT, KEEP_TOP, THREE, FOLDER]
N_FILES = 8


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
    others = [models / f"model-{number}" for number in (2, 3)]
    for other in others:
        shutil.copy(ours, other)
    top = ["--keep", first_label(parquet), "--keep-top", "10%"]
    options = ["-q", "--n-jobs", str(n_jobs), "-o", models / "out.parquet"]
    commands: dict[str, Command] = {
        OURS[0]: program("torrential", "predict", ours, parquet, "--n-jobs", n_jobs),
        PREDICT: [TORRENTIAL, "predict", ours, parquet, *options],
        KEEP_TOP: [TORRENTIAL, "predict", ours, parquet, *options, *top],
        THREE: [TORRENTIAL, "predict", ours, *others, parquet, *options],
        "fasttext predict": [fasttext, "predict", models / "fasttext", tokens],
        "Vowpal Wabbit": vw,
        "scikit-learn": sklearn,
    }
    runs: dict[str, Callable[[], Run]] = {
        name: lambda c=command: run(c) for name, command in commands.items()
    }
    return runs | {FOLDER: lambda: _of_folder(ours, parts(parquet, models / "in"), n_jobs)}


def first_label(path: Path) -> str:
    """Read a label in another process: this one stays small, as its memory counts in theirs."""
    command = [sys.executable, PROGRAMS / "first_label.py", path]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def parts(path: Path, folder: Path) -> Path:
    """Divide a file into several ones, by row groups, unless that was done."""
    import pyarrow.parquet as pq

    if not folder.exists():
        folder.mkdir()
        file = pq.ParquetFile(path)
        for number in range(N_FILES):
            with pq.ParquetWriter(folder / f"{number}.parquet", file.schema_arrow) as writer:
                for group in range(number, file.num_row_groups, N_FILES):
                    writer.write_table(file.read_row_group(group))
    return folder


def _of_folder(model: Path, folder: Path, n_jobs: int) -> Run:
    """Predict a folder to another one, which is new each time."""
    out = folder.with_name("out")
    shutil.rmtree(out, ignore_errors=True)
    options = ["-q", "--n-jobs", str(n_jobs), "-o", f"{out}/"]
    return run([TORRENTIAL, "predict", model, folder, *options])


def main() -> None:
    parser = arguments(__doc__, peers=True)
    parser.add_argument("folder", type=Path, help="what prepare.py wrote")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="contenders to time")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as models:
        chosen = contenders(args.folder, Path(models), args.peers_python, args.n_jobs)
        if args.only is not None:
            chosen = {name: chosen[name] for name in args.only}
        runs = alternate(chosen, args.repeats)
    text_bytes = facts(args.folder)["predict"]["text_bytes"]
    report_race("Prediction", args, runs, text_bytes, [name for name in OURS if name in runs])


if __name__ == "__main__":
    main()
