"""The probabilities of the peers for the rows of a file, as an array of all classes.

probabilities_of_peers.py vw TRAIN.vw TEST.vw OUT.npy --n-classes K [--passes 5] [--ngram 2]
probabilities_of_peers.py fasttext TRAIN.txt TEST.txt OUT.npy --n-classes K [--epoch 25]

Files are those of prepare.py, with labels __label__0, __label__1, ... for fastText. Vowpal Wabbit
has the logistic loss: ``--link logistic`` for two classes, else ``--oaa K --probabilities``.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np


def of_vowpal(args: argparse.Namespace) -> np.ndarray:
    import vowpalwabbit

    with tempfile.TemporaryDirectory() as folder:
        model, output = Path(folder, "model"), Path(folder, "predictions")
        several = ["--oaa", args.n_classes, "--probabilities"]
        options = several if args.n_classes > 2 else ["--link", "logistic"]
        cache = ["--cache_file", Path(folder, "cache"), "--passes", args.passes, "--holdout_off"]
        learn = ["-d", args.train, "-f", model, "-b", args.bits, "--ngram", args.ngram, *cache]
        said_again = ["--probabilities"] if args.n_classes > 2 else []  # models forget it
        apply = ["-t", "-i", model, "-d", args.test, "-p", output, *said_again]
        for words in ([*learn, "--loss_function", "logistic", *options], apply):
            vowpalwabbit.Workspace(arg_list=["--quiet", *map(str, words)]).finish()
        lines = output.read_text().splitlines()
    if args.n_classes == 2:
        positive = np.array([float(line.split()[0]) for line in lines])
        return np.column_stack([1 - positive, positive])
    found = np.zeros((len(lines), args.n_classes))
    for row, line in enumerate(lines):
        for pair in line.split():
            number, _, probability = pair.partition(":")
            found[row, int(number) - 1] = float(probability)
    return found


def of_fasttext(args: argparse.Namespace) -> np.ndarray:
    import fasttext

    model = fasttext.train_supervised(
        str(args.train),
        dim=args.dim,
        epoch=args.epoch,
        lr=args.lr,
        wordNgrams=args.ngram,
        thread=args.threads,
        verbose=0,
    )
    with args.test.open(encoding="utf-8") as file:
        texts = [line.rstrip("\n").partition(" ")[2] + "\n" for line in file]
    # The package's own predict fails with NumPy 2; the compiled function below it does not.
    labels, probabilities = model.f.multilinePredict(texts, args.n_classes, 0.0, "strict")
    found = np.zeros((len(texts), args.n_classes))
    for row, (names, values) in enumerate(zip(labels, probabilities)):
        for name, value in zip(names, values):
            found[row, int(name.removeprefix("__label__"))] = value
    return found / found.sum(axis=1, keepdims=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=["vw", "fasttext"])
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--n-classes", type=int, required=True)
    parser.add_argument("--ngram", type=int, default=2)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--bits", type=int, default=24)
    parser.add_argument("--epoch", type=int, default=25)
    parser.add_argument("--lr", type=float, default=1.0)
    parser.add_argument("--dim", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    found = of_vowpal(args) if args.peer == "vw" else of_fasttext(args)
    np.save(args.output, found)


if __name__ == "__main__":
    main()
