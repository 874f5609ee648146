"""Measure how good probabilities are: by each calibration, and those of the peers.

    python benchmarks/bench_probabilities.py SET... [--peers-python .venv-peers/bin/python]

Each SET is a folder with train*.parquet and test*.parquet: of texts (text and label), or a table
(label and inputs), for which there are no peers. torrential learns the training rows once, with its
defaults, and each calibration is fitted to the sample that it keeps; nothing is chosen by test
rows. The peers learn the same lower-cased tokens and pairs of them: Vowpal Wabbit with the logistic
loss in 5 passes, fastText with softmax in 5 and in 25 epochs. All figures are of the test rows:
accuracy, log loss, Brier score and expected calibration error, as `evaluate` has them. A second
table has the precision that thresholds reach which are chosen for one.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import torrential as tor
from common import HERE, arguments_of_sets, print_table, training_files, write_json
from prepare import Classes, tokens_line, vowpal_line
from torrential.evaluation.classification import ClassificationMetrics
from torrential.linear.calibration import METHODS, Calibration

NAMES = {
    **{method: f"torrential, {method}" for method in METHODS},
    None: "torrential, none",
}
PRECISIONS = 0.9, 0.95, 0.99
LARGEST = 100_000_000
"""Bytes of training text up to which fastText learns 25 epochs, too."""

HEADER = ["set", "contender", "accuracy", "log loss", "Brier score", "ECE"]


def rows_of(dataset: tor.Dataset) -> Iterator[tuple[list[str], list[Any]]]:
    """Yield texts and labels of batches."""
    for partition in dataset.partitions():
        for batch in partition.batches():
            yield batch.columns.column(0).to_pylist(), batch.target.to_pylist()


def labels_of(dataset: tor.Dataset) -> list[Any]:
    """Return all labels of a dataset."""
    return [
        label
        for partition in dataset.partitions()
        for batch in partition.batches()
        for label in batch.target.to_pylist()
    ]


def figures(classes: list[Any], true: list[Any], found: np.ndarray) -> dict[str, float]:
    """Return the figures of probabilities, whose largest is of the predicted label."""
    metrics, codes = ClassificationMetrics(classes), {each: n for n, each in enumerate(classes)}
    found = found.astype(np.float64)
    metrics.update(np.array([codes.get(each, -1) for each in true]), found.argmax(axis=1), found)
    report = metrics.report()
    return {
        "accuracy": 100 * report.accuracy,
        "log loss": report.log_loss,
        "Brier score": report.brier_score,
        "ECE": 100 * report.calibration_error,
    }


def our_probabilities(model: Any, test: tor.Dataset) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the probabilities of each calibration, fitted to the model's sample."""
    learned = model.model_
    arrays, header = learned.calibration.state()
    for method, name in NAMES.items():
        calibration = Calibration.from_state(arrays, header)
        calibration.method = method
        if method is None or not (method != "default" or learned.is_calibrated):
            calibration.map = Calibration(None).map
        else:
            calibration.fit()
        learned.calibration = calibration
        chosen = f" ({calibration.map.method})" if method in ("auto", "default") else ""
        yield name + chosen, model.predict_proba(test)
    learned.calibration = Calibration.from_state(arrays, header)


def peers(
    train: tor.Dataset, test: tor.Dataset, classes: list[Any], python: Path, n_jobs: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the probabilities of Vowpal Wabbit and fastText."""
    numbered = Classes(list(range(len(classes))))
    codes = {each: n for n, each in enumerate(classes)}
    with tempfile.TemporaryDirectory() as scratch:
        folder, n_bytes = Path(scratch), 0
        for name, dataset in (("train", train), ("test", test)):
            with (folder / f"{name}.vw").open("w") as vw, (folder / f"{name}.txt").open("w") as txt:
                for texts, labels in rows_of(dataset):
                    for text, label in zip(texts, labels, strict=True):
                        n_bytes += len(text or "")
                        code = codes.get(label, 0)
                        vw.write(vowpal_line(numbered, code, text or ""))
                        txt.write(tokens_line(numbered, code, text or ""))
        epochs = (5, 25) if n_bytes <= LARGEST else (5,)
        runs = [("Vowpal Wabbit, 5 passes", "vw", "vw", ["--passes", 5])]
        runs += [
            (f"fastText, {n} epochs", "fasttext", "txt", ["--epoch", n, "--threads", n_jobs])
            for n in epochs
        ]
        for name, peer, suffix, options in runs:
            words = [peer, folder / f"train.{suffix}", folder / f"test.{suffix}"]
            words += [folder / "found.npy", "--n-classes", len(classes), *options]
            program = [python, HERE / "programs" / "probabilities_of_peers.py", *words]
            subprocess.run(list(map(str, program)), check=True)
            yield name, np.load(folder / "found.npy")


def thresholds(model: Any, test: tor.Dataset, true: list[Any]) -> Iterator[list[Any]]:
    """Yield what thresholds reach on test rows that are chosen for a precision."""
    for precision in PRECISIONS:
        report = model.choose_thresholds(min_precision=precision)
        if not report.thresholds:
            yield [precision, None, None, None]
            continue
        found = model.predict(test, threshold="chosen")
        kept = np.array([label is not None for label in found])
        right = np.array([label == each for label, each in zip(found, true, strict=True)])
        reached = right[kept].mean() if kept.any() else np.nan
        yield [precision, report.precision, reached, kept.mean()]


def of_set(folder: Path, args: argparse.Namespace) -> tuple[dict[str, Any], list[list[Any]]]:
    """Return the figures of all contenders, and of thresholds."""
    files = training_files(folder), sorted(folder.glob("test*.parquet"))
    is_text = args.text in tor.read(files[0], target=args.label).schema.names
    options = {"text": args.text} if is_text else {}
    train, test = (tor.read(each, target=args.label, **options) for each in files)
    estimator = tor.TextClassifier if is_text else tor.TableClassifier
    model = estimator(n_jobs=args.n_jobs).fit(train)
    classes, true = model.classes_.tolist(), labels_of(test)
    found = {name: figures(classes, true, each) for name, each in our_probabilities(model, test)}
    if args.peers_python and is_text:
        for name, each in peers(train, test, classes, args.peers_python, args.n_jobs):
            found[name] = figures(classes, true, each)
    return found, list(thresholds(model, test, true))


def main() -> None:
    parser = arguments_of_sets(__doc__, what="figures")
    parser.add_argument("--peers-python", type=Path, help="python with the peers")
    args = parser.parse_args()
    rows, reached, results = [], [], {}
    for folder in args.folders:
        print(folder.name, file=sys.stderr)
        found, chosen = of_set(folder, args)
        results[folder.name] = {"probabilities": found, "thresholds": chosen}
        for name, each in found.items():
            shown = [f"{each['accuracy']:.2f}", *(f"{each[k]:.4f}" for k in HEADER[3:5])]
            rows.append([folder.name, name, *shown, f"{each['ECE']:.2f}"])
        for precision, *shares in chosen:
            shown = ["-" if each is None else f"{100 * each:.2f}" for each in shares]
            reached.append([folder.name, f"{100 * precision:.0f}", *shown])
        write_json(args.json, results)
    print_table("Probabilities of test rows (accuracy and ECE in %)", HEADER, rows)
    header = ["set", "precision asked for", "in training", "on test rows", "rows with a label"]
    print_table("Thresholds chosen for a precision, in %", header, reached)


if __name__ == "__main__":
    main()
