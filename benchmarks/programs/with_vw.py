"""Vowpal Wabbit: its own C++ driver reads the file prepared for it; Python only starts it.

with_vw.py train DATA.vw --test TEST.vw --n-classes K [--save MODEL]
with_vw.py predict MODEL DATA.vw

One pass, logistic loss, 2**20 weights; one-against-all for more than two classes, whose files
number the classes from 1. With two classes the files have -1 and 1. --passes N writes a cache in
the first of N passes, and reads it in the others; --ngram N learns N-grams of words and shorter.
"""

import argparse
import tempfile
from pathlib import Path

import vowpalwabbit
from measure import Report, main, measured, scores


def drive(*options: object) -> None:
    """Run the driver over the file that the options name."""
    vowpalwabbit.Workspace(arg_list=["--quiet", *map(str, options)]).finish()


def predicted(model: Path, data: Path, report: Report) -> list[float]:
    """Predict a file, add the cost to the report, and return the predictions."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "predictions")
        with measured(report):
            drive("-t", "-i", model, "-d", data, "-p", output)
        with output.open() as lines:
            return [float(line.split()[0]) for line in lines]


def scored(model: Path, test: Path, n_classes: int) -> Report:
    """Compare the predictions of the test file's rows with their classes."""
    with test.open() as lines:
        labels = [int(line.split(maxsplit=1)[0]) for line in lines]
    values = predicted(model, test, {})
    return scores(values if n_classes > 2 else [1 if v > 0 else -1 for v in values], labels)


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    several = ["--oaa", args.n_classes] if args.n_classes > 2 else []
    options = ["--loss_function", "logistic", "-b", args.bits, *several]
    with tempfile.TemporaryDirectory(dir=args.data.parent) as folder:
        model = args.save or Path(folder, "model")
        if args.ngram > 1:
            options += ["--ngram", args.ngram]
        if args.passes:
            cache = ["--cache_file", Path(folder, "cache"), "--passes", args.passes]
            options += [*cache, "--holdout_off"]
        with measured(report):
            drive("-d", args.data, "-f", model, *options)
        if args.test:
            report |= scored(model, args.test, args.n_classes)
    return report


def predict(args: argparse.Namespace) -> Report:
    report: Report = {}
    report["n_rows"] = len(predicted(args.model, args.data, report))
    return report


if __name__ == "__main__":
    main(__doc__, train, predict, n_classes=2, bits=20, passes=0, ngram=1)
