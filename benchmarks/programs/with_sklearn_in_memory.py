"""scikit-learn with all rows in memory: vectorizers of text, and a linear model on their matrix.

with_sklearn_in_memory.py train DATA.parquet --test TEST.parquet --recipe pairs [--max-iter N]

"hashing" is HashingVectorizer and SGDClassifier with all their defaults. The others are LinearSVC
on TfidfVectorizer(sublinear_tf=True) of "words", of words and "pairs", and of the "union" of these
with n-grams of 2 to 5 characters within words. --max-iter can end LinearSVC before it converges.
"""

import argparse
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from measure import Report, main, measured, scores
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.svm import LinearSVC

PAIRS = {"ngram_range": (1, 2)}
CHARACTERS = {"analyzer": "char_wb", "ngram_range": (2, 5)}


def tfidf(**params: Any) -> TfidfVectorizer:
    """Return the vectorizer with the logarithm of counts."""
    return TfidfVectorizer(sublinear_tf=True, **params)


def features(recipe: str) -> Any:
    """Return what turns texts into a matrix."""
    match recipe:
        case "hashing":
            return HashingVectorizer()
        case "words":
            return tfidf()
        case "pairs":
            return tfidf(**PAIRS)
        case "union":
            return FeatureUnion([("words", tfidf(**PAIRS)), ("chars", tfidf(**CHARACTERS))])
    raise SystemExit(f"--recipe {recipe} is not hashing, words, pairs or union")


def read(path: Path) -> tuple[list[str], np.ndarray]:
    """Read the texts and labels of a Parquet file."""
    table = pq.read_table(path, columns=["text", "label"])
    return table["text"].to_pylist(), table["label"].to_numpy()


def train(args: argparse.Namespace) -> Report:
    report: Report = {}
    warnings.simplefilter("ignore", ConvergenceWarning)
    learner = SGDClassifier if args.recipe == "hashing" else LinearSVC
    with measured(report):
        texts, labels = read(args.data)
        model = make_pipeline(features(args.recipe), learner(max_iter=args.max_iter))
        model.fit(texts, labels)
    if args.test:
        texts, labels = read(args.test)
        report |= scores(model.predict(texts).tolist(), labels.tolist())
    return report


if __name__ == "__main__":
    main(__doc__, train, recipe="pairs", max_iter=1000)
