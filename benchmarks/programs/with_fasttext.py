"""fastText: one epoch of its supervised mode.

with_fasttext.py train DATA.txt --test TEST.txt [--save MODEL] [--dim 10] [--threads 2]

Trained through its Python package, whose C++ code reads the file: the command line would write
all word vectors as text as well, which takes longer than the training. Prediction is measured
with the command line itself (``fasttext predict``).
"""

import argparse
from pathlib import Path

import fasttext
from measure import Report, main, measured


def accuracy(model: "fasttext.FastText._FastText", test: Path) -> float:
    """Return the share of the lines whose first label is predicted."""
    with test.open(encoding="utf-8") as lines:
        labels, texts = zip(*(line.rstrip("\n").partition(" ")[::2] for line in lines))
    # The package's own predict fails with NumPy 2; the compiled function below it does not.
    predicted, _ = model.f.multilinePredict([f"{text}\n" for text in texts], 1, 0.0, "strict")
    return sum(label in answer for label, answer in zip(labels, predicted)) / len(labels)


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    with measured(report):
        model = fasttext.train_supervised(
            str(args.data), dim=args.dim, epoch=1, thread=args.threads, verbose=0
        )
    if args.test:
        report["accuracy"] = accuracy(model, args.test)
    if args.save:
        model.save_model(str(args.save))
    return report


if __name__ == "__main__":
    main(__doc__, train, dim=10, threads=2)
