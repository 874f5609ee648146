"""Compare regression, levels and classes on ordinal ratings of texts.

    python benchmarks/bench_ratings.py SET [--test] [--peers-python PYTHON]

SET is a folder with train*.parquet and test*.parquet (text and rating). A fifth of the training
rows is held out by a hash of their texts, and each contender is measured on it at several settings.
``--test`` then learns all training rows with the setting of the least mean absolute error there,
and measures on the test rows.

``TextRegressor`` predicts numbers, or levels by learned cut-points (``levels=``); the accuracy of
numbers is that of the nearest level. ``TextClassifier`` learns the ratings as classes: its label,
and the mean and the median of the ratings by their probabilities. ``Ridge`` is scikit-learn's on
TF-IDF of words and pairs, in memory. Vowpal Wabbit has the squared error, on words and pairs.
"""

import argparse
import json
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from scipy.stats import spearmanr
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

import torrential as tor
from common import HERE, print_table, write_json
from prepare import tokens

N_JOBS = 2


@dataclass(frozen=True)
class Rows:
    """Texts with their ratings."""

    texts: list[str]
    ratings: Any

    def only(self, mask: Any) -> "Rows":
        """Return some of the rows."""
        chosen = np.flatnonzero(mask)
        return Rows([self.texts[place] for place in chosen], self.ratings[chosen])


Predictions = dict[str, Any]
"""Predictions of the test rows by the name of what is predicted."""


def read(folder: Path, part: str) -> Rows:
    """Return the rows of some files."""
    tables = [pq.read_table(path, columns=["text", "rating"]) for path in folder.glob(part)]
    texts = [text for table in tables for text in table["text"].to_pylist()]
    return Rows(texts, np.concatenate([table["rating"].to_numpy() for table in tables]))


def with_numbers(train: Rows, test: Rows, **settings: Any) -> Predictions:
    """Predict numbers."""
    model = tor.TextRegressor(n_jobs=N_JOBS, **settings).fit(train.texts, train.ratings)
    return {"numbers": model.predict(test.texts)}


def with_levels(train: Rows, test: Rows, **settings: Any) -> Predictions:
    """Predict levels."""
    levels = np.unique(train.ratings).tolist()
    model = tor.TextRegressor(n_jobs=N_JOBS, levels=levels, **settings)
    return {"levels": model.fit(train.texts, train.ratings).predict(test.texts)}


def with_classes(train: Rows, test: Rows, **settings: Any) -> Predictions:
    """Predict classes, and the mean and the median rating by their probabilities."""
    model = tor.TextClassifier(n_jobs=N_JOBS, **settings).fit(train.texts, train.ratings)
    probabilities, classes = model.predict_proba(test.texts), model.classes_
    medians = classes[(np.cumsum(probabilities, axis=1) < 0.5).sum(axis=1)]
    found = {"mean of classes": probabilities @ classes, "median of classes": medians}
    return {"classes": model.predict(test.texts), **found}


def with_ridge(train: Rows, test: Rows, **settings: Any) -> Predictions:
    """Predict numbers from TF-IDF in memory."""
    terms = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    model = make_pipeline(terms, Ridge(solver="sparse_cg", **settings))
    return {"numbers": model.fit(train.texts, train.ratings).predict(test.texts)}


def with_vowpal(train: Rows, test: Rows, *, passes: int, rate: float, python: Path) -> Predictions:
    """Predict numbers with Vowpal Wabbit, in a process of its own."""
    rows = {
        "train": [f"{y} | {tokens(text)}" for text, y in zip(train.texts, train.ratings)],
        "test": [f"| {tokens(text)}" for text in test.texts],
        "least": int(train.ratings.min()),
        "largest": int(train.ratings.max()),
    }
    command = [str(python), str(HERE / "programs" / "with_vw_numbers.py"), str(passes), str(rate)]
    done = subprocess.run(
        command, input=json.dumps(rows), capture_output=True, text=True, check=True
    )
    return {"numbers": np.array(json.loads(done.stdout))}


CONTENDERS: dict[str, tuple[Callable[..., Predictions], list[dict[str, Any]]]] = {
    "TextRegressor": (with_numbers, [{}, {"loss": "huber", "epsilon": 2.0}, {"C": 3.0}]),
    "TextRegressor, levels": (with_levels, [{}, {"loss": "huber", "epsilon": 2.0}, {"C": 3.0}]),
    "TextClassifier": (with_classes, [{}, {"loss": "log_loss"}]),
    "Ridge": (with_ridge, [{"alpha": alpha} for alpha in (0.03, 0.1, 0.3, 1.0)]),
}
VOWPAL = [{"passes": n, "rate": rate} for n in (1, 5) for rate in (2.0, 8.0, 32.0)]


def figures(predicted: Any, ratings: Any) -> dict[str, float]:
    """Return Spearman's correlation, the mean absolute error and the accuracy."""
    levels = np.unique(ratings)
    nearest = levels[np.abs(np.asarray(predicted, float)[:, None] - levels).argmin(axis=1)]
    return {
        "spearman": float(spearmanr(ratings, predicted).statistic),
        "mean_absolute_error": float(np.abs(ratings - predicted).mean()),
        "accuracy": float((nearest == ratings).mean()),
    }


def measured(predict: Callable[..., Predictions], train: Rows, test: Rows, how: Any) -> Any:
    """Return the seconds of training and prediction, and the figures of each prediction."""
    start = time.perf_counter()
    found = predict(train, test, **how)
    seconds = time.perf_counter() - start
    return seconds, {name: figures(each, test.ratings) for name, each in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", help="measure this contender alone")
    parser.add_argument("--peers-python", type=Path, help="also measure Vowpal Wabbit")
    parser.add_argument("--test", action="store_true", help="then measure on the test rows")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    args = parser.parse_args()
    contenders = dict(CONTENDERS)
    if args.peers_python:
        settings = [{**each, "python": args.peers_python} for each in VOWPAL]
        contenders["Vowpal Wabbit"] = (with_vowpal, settings)
    if args.only:
        contenders = {args.only: contenders[args.only]}
    rows = read(args.folder, "train*.parquet")
    held_out = np.array([zlib.crc32(text.encode()) % 5 == 0 for text in rows.texts])
    train, other, best = rows.only(~held_out), rows.only(held_out), {}
    results: dict[str, Any] = {"held_out": [], "test": []}
    for name, (predict, settings) in contenders.items():
        for how in settings:
            seconds, found = measured(predict, train, other, how)
            add(results["held_out"], name, how, seconds, found)
            error = next(iter(found.values()))["mean_absolute_error"]
            if error < best.get(name, (np.inf, how))[0]:
                best[name] = error, how
    show(f"Held-out rows: {len(other.texts):,} of {len(rows.texts):,}", results["held_out"])
    if args.test:
        test = read(args.folder, "test*.parquet")
        for name, (_, how) in best.items():
            seconds, found = measured(contenders[name][0], rows, test, how)
            add(results["test"], name, how, seconds, found)
        show(f"Test rows: {len(test.texts):,}", results["test"])
    write_json(args.json, results)


def add(results: list[Any], name: str, how: Any, seconds: float, found: Any) -> None:
    """Add the results of one setting."""
    shown = ", ".join(f"{key}={value}" for key, value in how.items() if key != "python")
    for kind, values in found.items():
        row = {"contender": name, "predicts": kind, "setting": shown, "seconds": seconds}
        results.append({**row, **values})
        print(results[-1], file=sys.stderr)


def show(title: str, results: list[Any]) -> None:
    """Print results as a table."""
    header = ["contender", "predicts", "setting", "Spearman", "MAE", "accuracy", "seconds"]
    lines = [
        [
            *(each[name] for name in ("contender", "predicts", "setting")),
            f"{each['spearman']:.4f}",
            f"{each['mean_absolute_error']:.3f}",
            f"{each['accuracy']:.2%}",
            f"{each['seconds']:.1f}",
        ]
        for each in results
    ]
    print_table(title, header, lines)


if __name__ == "__main__":
    main()
