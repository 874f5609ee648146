"""Show by held-out accuracy how terms should be weighted: counts, IDF, sublinear, naive Bayes.

    python benchmarks/bench_weighting.py SET... --json FILE [--weightings ...] [--losses ...] ...
    python benchmarks/bench_weighting.py SET... --json FILE --reference
    python benchmarks/bench_weighting.py SET... --json FILE --test --reference

Each SET is a folder with train*.parquet (text and label). As in bench_defaults.py a fifth of its
training rows is held out by hash, and each set is learned from single words and from words and
pairs of words: one case each. Counts are hashed once, weighted in memory and learned by
``SGDClassifier``, row by row in a new order in each pass, as ``TextClassifier`` does; accuracy is
measured after 1, 3 and 5 passes. ``--reference`` adds scikit-learn's ``TfidfVectorizer`` (words and
pairs, sublinear) with ``LinearSVC`` and ``LogisticRegression``. ``--test`` learns all training rows
and takes the accuracy on test*.parquet instead: only for what has been decided without it.

What FILE already has is not measured again, so that a grid can be widened step by step. Regret is
how many points of accuracy a setting is below the best one of its case, after as many passes.

A weighting is some of these words, joined by ``+``:

    count          the counts themselves (nothing: the default)
    binary         1 for each term that is there
    sublinear      1 + log(count)
    idf, idfP      times scikit-learn's smooth IDF, to the power P (idf0.5)
    running-idfN   the same, in the first pass of the frequencies up to and with each of N windows
    nb-max, nb-mean    times |log-count ratio| of naive Bayes: the largest, the mean over classes
    nb-maxB, nb-meanB  times 1 - B + B * |ratio| (nb-max0.25)
    nb-ovr, nb-ovrB    times that of the class itself, in each one-vs-rest problem
    l1, raw        rows are scaled to an L1 norm of 1, or not at all, instead of to an L2 norm of 1
    first          rows are scaled before IDF or naive Bayes, not after
    minN           without the terms that fewer than N training rows have, for a norm of the others;
                   min1 leaves out what is new at prediction, as a vocabulary does
"""

import argparse
import itertools
import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

import torrential as tor
from bench_defaults import NGRAMS
from common import print_table, write_json

PASSES = (1, 3, 5)
MOST_ROWS = {"debian_code": 10_000}
SVC_C = (0.3, 1.0, 3.0)
LOGISTIC_C = (1.0, 10.0, 100.0)
SMALL = 20_000_000
"""Classes times non-zeros, up to which LogisticRegression is worth waiting for."""

Results = dict[str, dict[str, list[float]]]
"""Accuracy in points by case and setting, after each of PASSES; of the reference, one number."""


@dataclass(frozen=True)
class Texts:
    """Texts and labels of one side of a set."""

    texts: list[str]
    labels: np.ndarray


@dataclass(frozen=True)
class Setting:
    """How to weight and how to learn."""

    weighting: str
    loss: str
    eta0: float
    alpha: float
    average: int
    n_features: int

    def __str__(self) -> str:
        """Return a name that `of` reads."""
        return (
            f"{self.weighting} {self.loss} {self.eta0:g} {self.alpha:g} {self.average} "
            f"{self.n_features.bit_length() - 1}"
        )

    @classmethod
    def of(cls, name: str) -> "Setting":
        """Read a name."""
        weighting, loss, eta0, alpha, average, bits = name.split()
        return cls(weighting, loss, float(eta0), float(alpha), int(average), 1 << int(bits))


# ---- data


def load(folder: Path, args: argparse.Namespace) -> tuple[Texts, Texts]:
    """Return what is learned, and what accuracy is taken on."""

    def read(pattern: str) -> tor.Dataset:
        files = sorted(folder.glob(pattern))
        if not files:
            raise SystemExit(f"there is no {pattern} in {folder}")
        return tor.read(files, text=args.text, target=args.label)

    train = read("train*.parquet")
    if folder.name in MOST_ROWS:
        train = train.take(MOST_ROWS[folder.name])
    sides = (train, read("test*.parquet")) if args.test else train.split(test_size=0.2)
    return _collect(sides[0]), _collect(sides[1])


def _collect(dataset: tor.Dataset) -> Texts:
    rows = [
        (text or "", str(label))
        for batch in dataset.batches()
        for text, label in zip(batch.text.to_pylist(), batch.target.to_pylist())
        if label is not None
    ]
    texts, labels = zip(*rows)
    return Texts(list(texts), np.array(labels))


def hashed(side: Texts, ngram_range: tuple[int, int], n_features: int) -> sp.csr_matrix:
    """Return signed counts of hashed terms."""
    vectorizer = tor.HashingVectorizer(
        n_features=n_features, ngram_range=ngram_range, norm=None, alternate_sign=True
    )
    counts = vectorizer.transform(side.texts).astype(np.float32)
    counts.eliminate_zeros()
    return counts


# ---- weighting


class Weighting:
    """Weights counts by what it has seen of the training rows."""

    def __init__(self, name: str, counts: sp.csr_matrix, labels: np.ndarray) -> None:
        self.words = name.split("+")
        self.classes, codes = np.unique(labels, return_inverse=True)
        self.n_windows = int(self._number("running-idf") or 0)
        self.frequencies = document_frequencies(counts)
        self.n_rows = counts.shape[0]
        self.ratios = None
        if any(word.startswith("nb-") for word in self.words):
            self.ratios = np.abs(log_count_ratios(counts, codes, len(self.classes)))

    @property
    def one_vs_rest(self) -> bool:
        """Whether each class has features of its own."""
        return self._number("nb-ovr") is not None and len(self.classes) > 2

    def apply(
        self,
        counts: sp.csr_matrix,
        seen: tuple[np.ndarray, int] | None = None,
        code: int | None = None,
    ) -> sp.csr_matrix:
        """Weight rows; by other document frequencies, or for one class, if these are given."""
        result = counts.copy()
        least = self._number("min")
        if least is not None:
            result.data *= (self.frequencies >= least)[result.indices]
            result.eliminate_zeros()
        values = np.abs(result.data)
        if "binary" in self.words:
            values[:] = 1
        if "sublinear" in self.words:
            values = 1 + np.log(values)
        result.data = np.copysign(values, result.data)
        scale = self._scale(seen, code)
        if "first" in self.words:
            self._norm(result)
        if scale is not None:
            result.data *= scale.astype(np.float32)[result.indices]
        if "first" not in self.words:
            self._norm(result)
        return result

    def _scale(self, seen: tuple[np.ndarray, int] | None, code: int | None) -> np.ndarray | None:
        power = self._number("idf")
        if power is None and self.n_windows:
            power = 1.0
        scale = None
        if power is not None:
            frequencies, n_rows = seen or (self.frequencies, self.n_rows)
            scale = (np.log((1 + n_rows) / (1 + frequencies)) + 1) ** power
        for kind in ("max", "mean", "ovr"):
            share = self._number(f"nb-{kind}")
            if share is None or self.ratios is None:
                continue
            if kind == "mean":
                ratio = self.ratios.mean(axis=0)
            elif kind == "max" or code is None:
                ratio = self.ratios.max(axis=0)
            else:
                ratio = self.ratios[code]
            factor = 1 - share + share * ratio
            scale = factor if scale is None else scale * factor
        return scale

    def _norm(self, matrix: sp.csr_matrix) -> None:
        if "raw" in self.words:
            return
        values = np.abs(matrix.data) if "l1" in self.words else matrix.data**2
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        norms = np.bincount(rows, values, matrix.shape[0])
        norms = norms if "l1" in self.words else np.sqrt(norms)
        norms[norms == 0] = 1
        matrix.data /= norms.astype(np.float32)[rows]

    def _number(self, word: str) -> float | None:
        """Return the number behind a word, 1 if there is none, None without the word."""
        for each in self.words:
            found = re.fullmatch(rf"{word}([0-9.]*)", each)
            if found:
                return float(found[1] or 1)
        return None


def document_frequencies(counts: sp.csr_matrix) -> np.ndarray:
    """Rows that each feature is in."""
    return np.bincount(counts.indices, minlength=counts.shape[1])


def log_count_ratios(counts: sp.csr_matrix, codes: np.ndarray, n_classes: int) -> np.ndarray:
    """Return r of Wang and Manning (2012), of presence, each class against the others.

    Two classes have the same absolute values, so one row is enough for both.
    """
    members = np.zeros((n_classes, len(codes)), np.float32)
    members[codes, np.arange(len(codes))] = 1
    presence = counts.copy()
    presence.data[:] = 1
    within = np.asarray((presence.T @ members.T).T, np.float32)
    total = within.sum(axis=0)
    result = np.empty((1 if n_classes == 2 else n_classes, counts.shape[1]), np.float32)
    for code in range(len(result)):
        p, q = 1 + within[code], 1 + total - within[code]
        result[code] = np.log(p / p.sum(dtype=np.float64)) - np.log(q / q.sum(dtype=np.float64))
    result[:, total == 0] = 0
    return result


# ---- learning


class Learner:
    """One model for all classes, or one for each where they have features of their own."""

    def __init__(self, setting: Setting, classes: np.ndarray | None, n_rows: int) -> None:
        parameters = {
            "loss": setting.loss,
            "eta0": setting.eta0,
            "alpha": setting.alpha,
            "average": setting.average * n_rows,
            "learning_rate": "adagrad",
            "n_jobs": 1,
        }
        self.classes = classes
        n_models = 1 if classes is None else len(classes)
        self.models = [tor.SGDClassifier(**parameters) for _ in range(n_models)]

    def learn(self, weighted: Any, labels: np.ndarray) -> None:
        """Learn rows once, in their order; ``weighted`` returns those of a class."""
        if self.classes is None:
            self.models[0].partial_fit(weighted(None), labels)
            return
        for code, model in enumerate(self.models):
            model.partial_fit(weighted(code), labels == self.classes[code], classes=[False, True])

    def accuracy(self, weighted: Any, labels: np.ndarray) -> float:
        """Accuracy on rows, in points."""
        if self.classes is None:
            return 100 * self.models[0].score(weighted(None), labels)
        scores = [m.decision_function(weighted(code)) for code, m in enumerate(self.models)]
        return float(100 * np.mean(self.classes[np.argmax(scores, axis=0)] == labels))


def measure(
    train: sp.csr_matrix,
    labels: np.ndarray,
    test: sp.csr_matrix,
    test_labels: np.ndarray,
    settings: list[Setting],
) -> Iterator[tuple[Setting, list[float]]]:
    """Accuracy of settings with the same weighting, after each of PASSES."""
    weighting = Weighting(settings[0].weighting, train, labels)
    if weighting.one_vs_rest:
        classes: np.ndarray | None = weighting.classes
        applied = {"train": lambda code: weighting.apply(train, code=code)}
        applied["test"] = lambda code: weighting.apply(test, code=code)
    else:
        classes = None
        once = weighting.apply(train), weighting.apply(test)
        applied = {"train": lambda code: once[0], "test": lambda code: once[1]}
    n_rows = len(labels)
    for setting in settings:
        learner = Learner(setting, classes, n_rows)
        reached = []
        for number in range(1, max(PASSES) + 1):
            order = np.random.default_rng([0, number]).permutation(n_rows)
            if number == 1 and weighting.n_windows:
                _first_pass_running(weighting, learner, train, labels, order)
            else:
                learner.learn(
                    lambda code, order=order: applied["train"](code)[order], labels[order]
                )
            if number in PASSES:
                reached.append(learner.accuracy(applied["test"], test_labels))
        yield setting, reached


def _first_pass_running(
    weighting: Weighting,
    learner: Learner,
    train: sp.csr_matrix,
    labels: np.ndarray,
    order: np.ndarray,
) -> None:
    seen = np.zeros(train.shape[1], np.int64)
    n_seen = 0
    for rows in np.array_split(order, weighting.n_windows):
        window = train[rows]
        seen += document_frequencies(window)
        n_seen += len(rows)
        weighted = weighting.apply(window, seen=(seen, n_seen))
        learner.learn(lambda code, weighted=weighted: weighted, labels[rows])


def reference(train: Texts, test: Texts, present: dict[str, Any]) -> dict[str, list[float]]:
    """Accuracy of scikit-learn in memory, for those that are not present yet."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    x, x_test = vectorizer.fit_transform(train.texts), vectorizer.transform(test.texts)
    n_classes = len(np.unique(train.labels))
    models: dict[str, Any] = {f"LinearSVC C={c:g}": LinearSVC(C=c) for c in SVC_C}
    if n_classes * x.nnz <= SMALL:
        solver = "liblinear" if n_classes == 2 else "lbfgs"
        models |= {
            f"LogisticRegression C={c:g}": LogisticRegression(C=c, solver=solver, max_iter=300)
            for c in LOGISTIC_C
        }
    models = {name: model for name, model in models.items() if name not in present}
    result = {}
    for name, model in models.items():
        start = time.perf_counter()
        result[name] = [100 * model.fit(x, train.labels).score(x_test, test.labels)]
        print(f"  {name}: {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)
    return result


# ---- tables


def print_settings(results: Results, at: int, best: int) -> None:
    """Print a row for each setting that all cases have."""
    cases = {case: row for case, row in results.items() if any(" " in name for name in row)}
    settings = [n for n in next(iter(cases.values())) if all(n in row for row in cases.values())]
    settings = [name for name in settings if len(name.split()) > 3]
    tops = {case: max(cases[case][name][at] for name in settings) for case in cases}
    rows = []
    for name in settings:
        reached = [cases[case][name][at] for case in cases]
        regrets = [tops[case] - cases[case][name][at] for case in cases]
        rows.append((mean(regrets), max(regrets), mean(reached), name))
    rows.sort()
    title = f"{PASSES[at]} passes, {len(cases)} cases, {len(settings)} settings"
    header = ["weighting", "loss", "eta0", "alpha", "average", "bits", "accuracy", "regret"]
    print_table(
        title,
        header,
        [[*n.split(), f"{acc:.2f}", f"{m:.2f} / {w:.2f}"] for m, w, acc, n in rows[:best]],
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+", metavar="SET")
    parser.add_argument("--text", default="text", help="name of the text column")
    parser.add_argument("--label", default="label", help="name of the label column")
    parser.add_argument("--weightings", nargs="*", default=["count", "idf+sublinear"])
    parser.add_argument("--losses", nargs="*", default=["squared_hinge"])
    parser.add_argument("--eta0", nargs="*", type=float, default=[0.2])
    parser.add_argument("--alpha", nargs="*", type=float, default=[0.0])
    parser.add_argument("--average", nargs="*", type=int, default=[0], help="from that pass on")
    parser.add_argument("--bits", nargs="*", type=int, default=[20], help="n_features is 2**BITS")
    parser.add_argument("--ngrams", nargs="*", type=int, default=[1, 2], help="longest n-grams")
    parser.add_argument("--reference", action="store_true", help="scikit-learn in memory as well")
    parser.add_argument("--test", action="store_true", help="all training rows, and test files")
    parser.add_argument("--best", type=int, default=25, help="settings that are shown")
    parser.add_argument("--json", type=Path, required=True, help="read, extended and written")
    args = parser.parse_args()
    results: Results = json.loads(args.json.read_text())["results"] if args.json.exists() else {}
    grid = [
        Setting(weighting, loss, eta0, alpha, average, 1 << bits)
        for bits, weighting, loss, eta0, alpha, average in itertools.product(
            args.bits, args.weightings, args.losses, args.eta0, args.alpha, args.average
        )
    ]
    for folder in args.folders:
        measure_set(folder, grid, args, results)
    for at in range(len(PASSES)):
        print_settings(results, at, args.best)


def measure_set(
    folder: Path, grid: list[Setting], args: argparse.Namespace, results: Results
) -> None:
    """Add what is missing of a set."""
    train, test = load(folder, args)
    suffix = ", test files" if args.test else ""
    if args.reference:
        present = results.setdefault(f"reference {folder.name}{suffix}", {})
        present |= reference(train, test, present)
        write_json(args.json, {"passes": PASSES, "results": results})
    for ngram_range in NGRAMS:
        if ngram_range[1] not in args.ngrams:
            continue
        case = f"{folder.name}, n-grams {ngram_range[0]} to {ngram_range[1]}{suffix}"
        present = results.setdefault(case, {})
        missing = [setting for setting in grid if str(setting) not in present]
        start = time.perf_counter()
        for n_features, same_bits in itertools.groupby(missing, lambda each: each.n_features):
            counts = [hashed(side, ngram_range, n_features) for side in (train, test)]
            for _, group in itertools.groupby(same_bits, lambda each: each.weighting):
                for setting, reached in measure(
                    counts[0], train.labels, counts[1], test.labels, list(group)
                ):
                    present[str(setting)] = reached
        print(f"{case}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
        write_json(args.json, {"passes": PASSES, "results": results})


if __name__ == "__main__":
    main()
