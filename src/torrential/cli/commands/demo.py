"""``torrential demo``: the source code of the installed packages, from files to predictions."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from torrential.cli import options
from torrential.cli.output import check_open, finish, say
from torrential.cli.show import print_json, progress_level, size

if TYPE_CHECKING:
    from torrential.cli.sources import Sources

N_SHOWN = 8
"""Unseen pieces whose prediction is shown."""

Keep = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Folder to keep data set, model and predictions in.",
        show_default=False,
    ),
]
Packages = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Folder with the Python packages. Default: those next to torrential.",
        show_default=False,
    ),
]
StandardLibrary = Annotated[
    bool, typer.Option("--standard-library", help="Include the packages of the standard library.")
]


def demo(
    keep: Keep = None,
    packages: Packages = None,
    standard_library: StandardLibrary = False,
    n_jobs: options.Jobs = -1,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Predict which installed Python package some code is from.

    Builds a data set of pieces of source code, 20 lines each, trains, evaluates on files that were
    not seen in training, and shows some predictions. Nothing is downloaded.
    """
    from torrential.cli.sources import find_sources, package_folders

    check_open()
    start = time.perf_counter()
    steps = _Steps(n_jobs, progress_level(quiet, verbose), talks=not (json or quiet))
    folders = [packages] if packages else package_folders(standard_library=standard_library)
    sources = find_sources(folders)
    with _folder(keep) as folder:
        facts: dict[str, Any] = {
            "data": steps.build(sources, folder),
            "training": steps.train(folder),
            "evaluation": steps.evaluate(folder),
            "predictions": steps.predict(folder),
        }
    steps.say(f"\nThe demo took {time.perf_counter() - start:.0f} s.\n{_next(keep)}")
    if json:
        print_json(facts)
    elif quiet:
        say(f"Accuracy {facts['evaluation']['accuracy']:.2%}.")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="torrential-demo-") as folder:
        yield Path(folder)


@dataclass(frozen=True, slots=True)
class _Steps:
    """The steps of the demo; each returns its facts, and prints them for people."""

    n_jobs: int
    progress: int
    talks: bool

    def say(self, text: str) -> None:
        if self.talks:
            say(text)
            finish()

    def build(self, sources: "Sources", folder: Path) -> dict[str, Any]:
        from torrential.cli.sources import LINES, write_sources

        self._title("Data set")
        n_train = write_sources(sources.train, folder / "train.parquet")
        n_test = write_sources(sources.test, folder / "test.parquet")
        n_bytes = sum(file.path.stat().st_size for file in sources.train + sources.test)
        self.say(
            f"{n_train + n_test:,} pieces of {LINES} lines from the source code of "
            f"{len(sources.packages)} Python packages: {size(n_bytes)} of text.\n"
            f"{n_train:,} pieces to learn from; {n_test:,} to be tested on, from "
            f"{len(sources.test):,} other files."
        )
        return {
            "packages": sources.packages,
            "n_bytes": n_bytes,
            "n_train": n_train,
            "n_test": n_test,
        }

    def train(self, folder: Path) -> dict[str, Any]:
        from torrential import TextClassifier, read
        from torrential.cli.commands.train import print_training, training_facts
        from torrential.kernels.compiling import working_time

        self._title("Training")
        dataset = read(folder / "train.parquet", text="text", target="package")
        model = TextClassifier(preset="fast", n_jobs=self.n_jobs, verbose=self.progress)
        start = working_time()
        model.fit(dataset)
        seconds = working_time() - start
        path = folder / "packages.model"
        model.save(path)
        if self.talks:
            print_training(model, seconds, str(path))
        return training_facts(model, seconds, str(path), None)

    def evaluate(self, folder: Path) -> dict[str, Any]:
        from torrential import read
        from torrential.cli.estimators.saved import load_estimator
        from torrential.cli.report import print_report

        self._title("Evaluation on the files that were not seen")
        dataset = read(folder / "test.parquet", text="text", target="package")
        model = load_estimator(folder / "packages.model")
        model.set_params(n_jobs=self.n_jobs, verbose=self.progress)
        report = model.evaluate(dataset)
        if self.talks:
            print_report(report, n_classes=10)
        return report.to_dict()

    def predict(self, folder: Path) -> list[dict[str, Any]]:
        from torrential import read
        from torrential.cli.estimators.saved import load_estimator

        self._title("Prediction of some of them")
        model = load_estimator(folder / "packages.model")
        dataset = read(folder / "test.parquet", text="text")
        path = folder / "predictions.parquet"
        model.set_params(n_jobs=self.n_jobs, verbose=self.progress)
        model.predict_to(dataset, path)
        examples = _examples(path)
        if self.talks:
            _print_examples(examples)
        return examples

    def _title(self, text: str) -> None:
        self.say(f"\n{text}\n{'-' * len(text)}")


def _examples(path: Path) -> list[dict[str, Any]]:
    """Pick some pieces; return how each begins, its package, and the predicted package."""
    from pyarrow import parquet

    columns = ["text", "package", "label", "probability"]
    table = parquet.read_table(path, columns=columns)
    places = [(2 * i + 1) * table.num_rows // (2 * N_SHOWN) for i in range(N_SHOWN)]
    rows: list[dict[str, Any]] = table.take(places).to_pylist()
    return [row | {"text": _first_line(row["text"])} for row in rows]


def _print_examples(examples: list[dict[str, Any]]) -> None:
    from torrential.cli.tables import print_table

    print_table(
        ["begins with", "is from", "predicted", "probability"],
        [
            [row["text"], row["package"], row["label"], f"{row['probability']:.0%}"]
            for row in examples
        ],
    )


def _first_line(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= 40 else f"{line[:37]}..."


def _next(keep: Path | None) -> str:
    if keep is not None:
        return f"Next: torrential inspect {keep / 'packages.model'}"
    return "Next: torrential train YOUR.parquet --text COLUMN --target COLUMN -o your.model"
