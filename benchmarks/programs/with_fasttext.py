"""fastText: its supervised mode, one epoch of words alone unless options say otherwise.

with_fasttext.py train DATA.txt --test TEST.txt [--save MODEL] [--dim 10] [--threads 2]
    [--epoch 1] [--lr 0.1] [--ngram 1] [--minn 0] [--maxn 0]

Trained through its Python package, whose C++ code reads the file: the command line would write
all word vectors as text as well, which takes longer than the training. Prediction is measured
with the command line itself (``fasttext predict``).
"""

import argparse
from pathlib import Path

import fasttext
from measure import Report, main, measured, scores


def scored(model: "fasttext.FastText._FastText", test: Path) -> Report:
    """Compare the predictions of the lines with their first labels."""
    with test.open(encoding="utf-8") as lines:
        labels, texts = zip(*(line.rstrip("\n").partition(" ")[::2] for line in lines))
    # The package's own predict fails with NumPy 2; the compiled function below it does not.
    predicted, _ = model.f.multilinePredict([f"{text}\n" for text in texts], 1, 0.0, "strict")
    return scores([answer[0] if answer else None for answer in predicted], labels)


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    with measured(report):
        model = fasttext.train_supervised(
            str(args.data),
            dim=args.dim,
            epoch=args.epoch,
            lr=args.lr,
            wordNgrams=args.ngram,
            minn=args.minn,
            maxn=args.maxn,
            thread=args.threads,
            verbose=0,
        )
    if args.test:
        report |= scored(model, args.test)
    if args.save:
        model.save_model(str(args.save))
    return report


if __name__ == "__main__":
    main(__doc__, train, dim=10, threads=2, epoch=1, lr=0.1, ngram=1, minn=0, maxn=0)
