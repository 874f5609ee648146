"""``torrential demo``: the source code of the installed packages, from files to predictions."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from torrential.cli import options
from torrential.cli.show import progress_level, size

if TYPE_CHECKING:
    from torrential.cli.sources import Sources

N_SHOWN = 8
"""Unseen pieces whose prediction is shown."""

Keep = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="Keep data set, model and predictions there.", show_default=False
    ),
]
Packages = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Folder with the Python packages.",
        show_default="those installed beside torrential",
    ),
]
StandardLibrary = Annotated[
    bool, typer.Option("--standard-library", help="Take the standard library's packages too.")
]


def demo(
    keep: Keep = None,
    packages: Packages = None,
    standard_library: StandardLibrary = False,
    n_jobs: options.Jobs = -1,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Tell from 20 lines of source code which installed Python package they are from.

    Builds a data set of the packages, trains, evaluates on files that were not seen in training,
    and shows some predictions. Nothing is downloaded.
    """
    from torrential.cli.sources import find_sources, package_folders

    start = time.perf_counter()
    folders = [packages] if packages else package_folders(standard_library=standard_library)
    sources = find_sources(folders)
    with _folder(keep) as folder:
        _build(sources, folder)
        _train(folder, n_jobs, progress_level(quiet, verbose))
        _evaluate(folder, n_jobs)
        _predict(folder, n_jobs)
        print(f"\nAll of it took {time.perf_counter() - start:.0f} s.")
        _suggest(keep)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="torrential-demo-") as folder:
        yield Path(folder)


def _build(sources: "Sources", folder: Path) -> None:
    from torrential.cli.sources import LINES, write_sources

    _title("Data set")
    n_train = write_sources(sources.train, folder / "train.parquet")
    n_test = write_sources(sources.test, folder / "test.parquet")
    print(
        f"{n_train + n_test:,} pieces of {LINES} lines from the source code of "
        f"{len(sources.packages)} Python packages: "
        f"{size(sum(file.path.stat().st_size for file in sources.train + sources.test))} of text.\n"
        f"{n_train:,} pieces to learn from; {n_test:,} to be tested on, from "
        f"{len(sources.test):,} files of their own."
    )


def _train(folder: Path, n_jobs: int, progress: int) -> None:
    from torrential.cli.train import print_training
    from torrential.data import read
    from torrential.estimators.text_classifier import TextClassifier

    _title("Training")
    dataset = read(folder / "train.parquet", text="text", target="package")
    model = TextClassifier(n_jobs=n_jobs, verbose=progress)
    start = time.perf_counter()
    model.fit(dataset)
    seconds = time.perf_counter() - start
    model.save(folder / "packages.model")
    print_training(model, seconds, str(folder / "packages.model"), None)


def _evaluate(folder: Path, n_jobs: int) -> None:
    from torrential.cli.report import print_report
    from torrential.data import read
    from torrential.engine.evaluate import evaluate
    from torrential.estimators.saving import load
    from torrential.execution import count_jobs

    _title("Evaluation on the files that were not seen")
    dataset = read(folder / "test.parquet", text="text", target="package")
    model = load(folder / "packages.model")
    print_report(evaluate(model.model_, dataset, count_jobs(n_jobs)), n_classes=10)


def _predict(folder: Path, n_jobs: int) -> None:
    from torrential.data import read
    from torrential.engine.predict_file import predict_file
    from torrential.estimators.saving import load
    from torrential.execution import count_jobs

    _title("Prediction of some of them")
    model = load(folder / "packages.model")
    dataset = read(folder / "test.parquet", text="text")
    path = folder / "predictions.parquet"
    predict_file(model.model_, dataset, path, n_jobs=count_jobs(n_jobs))
    _print_examples(path)


def _print_examples(path: Path) -> None:
    """Print the first line of some pieces, the package they are from, and the one predicted."""
    from pyarrow import parquet

    from torrential.cli.tables import print_table

    columns = ["text", "package", "label", "probability"]
    table = parquet.read_table(path, columns=columns)
    places = [(2 * i + 1) * table.num_rows // (2 * N_SHOWN) for i in range(N_SHOWN)]
    rows = table.take(places).to_pylist()
    print_table(
        ["begins with", "is from", "predicted", "probability"],
        [
            [_first_line(row["text"]), row["package"], row["label"], f"{row['probability']:.0%}"]
            for row in rows
        ],
    )


def _first_line(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= 40 else f"{line[:37]}..."


def _suggest(keep: Path | None) -> None:
    if keep is not None:
        print(f"Next: torrential inspect {keep / 'packages.model'}")
    else:
        print("Next: torrential train YOUR.parquet --text COLUMN --target COLUMN -o your.model")


def _title(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}", flush=True)
