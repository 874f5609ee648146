"""One fit or a cross-validation: torrential, scikit-learn, scikit-learn on a matrix hashed once.

with_cross_validation.py train DATA [--test TEST] [--n-jobs 2] [--folds 5] [--how 0]

--how is 0: torrential's fit, then a score of the same rows; 1: its cross_validate; 2: its fits and
scores one after the other, on the same folds; 3: scikit-learn's cross_validate of a pipeline; 4:
the same on a matrix that was hashed once, into memory.
"""

import argparse
from pathlib import Path

import numpy as np
from measure import Report, main, measured

import torrential as tor

FIT, ONE_PASS, SEPARATE, PIPELINE, MATRIX = range(5)


def read(path: Path) -> tor.Dataset:
    return tor.read(path, text="text", target="label")


def with_torrential(data: Path, how: int, folds: int, n_jobs: int) -> float:
    """Return the mean accuracy over the folds; of a fit alone nothing."""
    model = tor.TextClassifier(n_jobs=n_jobs)
    if how == FIT:
        model.fit(read(data))
        return float("nan")
    if how == ONE_PASS:
        return float(tor.cross_validate(model, read(data), cv=folds)["test_score"].mean())
    pairs = read(data).folds(folds)
    return float(np.mean([model.fit(train).score(test) for train, test in pairs]))


def with_sklearn(data: Path, how: int, folds: int, n_jobs: int) -> float:
    """Return the mean accuracy over the folds."""
    import pyarrow.parquet as pq
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.model_selection import cross_validate
    from sklearn.pipeline import make_pipeline

    table = pq.read_table(data, columns=["text", "label"])
    texts, labels = table["text"].to_pylist(), table["label"].to_numpy()
    model = SGDClassifier(random_state=0)
    if how == PIPELINE:
        result = cross_validate(
            make_pipeline(HashingVectorizer(), model), texts, labels, cv=folds, n_jobs=n_jobs
        )
    else:
        matrix = HashingVectorizer().transform(texts)
        result = cross_validate(model, matrix, labels, cv=folds, n_jobs=n_jobs)
    return float(result["test_score"].mean())


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    few = ["un café", "a good film", "ein Buch", "no film"] * 8
    tor.cross_validate(tor.TextClassifier(), few, [0, 1, 2, 3] * 8, cv=2)  # loads the kernels
    run = with_torrential if args.how <= SEPARATE else with_sklearn
    with measured(report):
        report["accuracy"] = run(args.data, args.how, args.folds, args.n_jobs)
    return report


if __name__ == "__main__":
    main(__doc__, train, n_jobs=2, folds=5, how=FIT)
