"""Measure the cost of the names of terms, in time and memory, and which terms are named.

    python benchmarks/bench_terms.py FOLDER SET... --peers-python PYTHON --json results.json

FOLDER was written by prepare.py (texts of two classes, such as reviews). Each SET is a folder with
train*.parquet, columns ``text`` and ``label``, whose heaviest terms should have names.
"""

import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer

import torrential as tor
from common import arguments, print_table, program_of_peers, run, write_json
from torrential.features.settings import HashSettings
from torrential.features.terms.term_index import TermIndex
from torrential.features.text.hasher import hash_texts

BUDGETS = (10**4, 10**5, 10**6)
NGRAMS = {"words": (1, 1), "words and pairs": (1, 2)}
N_TOP = 100
STREAM = (10**6, 2 * 10**6, 5 * 10**6, 10**7)
FREQUENT = [f"frequent{i}" for i in range(1000)]
PER_BATCH = 50_000


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cost(folder: Path, repeats: int) -> list[list[object]]:
    """Return the seconds of fits with each budget, in turn, and of collecting terms afterwards."""
    dataset = tor.read(folder / "train.parquet", text="text", target="label")
    rows: list[list[object]] = []
    for name, ngram_range in NGRAMS.items():
        choices: list[Any] = [False, True, 10**5, 10**4]
        models = {
            terms: tor.TextClassifier(
                preset="fast", ngram_range=ngram_range, terms=terms, n_jobs=-1
            )
            for terms in choices
        }
        seconds: dict[Any, list[float]] = {str(terms): [] for terms in choices}
        seconds["afterwards"] = []
        for number in range(repeats + 1):
            for terms, model in models.items():
                taken = timed(lambda model=model: model.fit(dataset))
                if number > 0:  # the first run loads the kernels
                    seconds[str(terms)].append(taken)
            taken = timed(lambda model=models[False]: model.collect_terms(dataset))
            if number > 0:
                seconds["afterwards"].append(taken)
        plain = statistics.median(seconds["False"])
        for choice, each in seconds.items():
            median = statistics.median(each)
            spread = f"{min(each):.2f}-{max(each):.2f}"
            rows.append([name, choice, median, spread, f"{median / plain:.2f}x"])
    return rows


def memory() -> list[list[object]]:
    """Return the bytes of an index of the default budget during a stream of distinct terms."""
    index, settings = TermIndex(HashSettings()), HashSettings()
    rows: list[list[object]] = []
    for begin in range(0, STREAM[-1], PER_BATCH):
        words = [f"t{number}" for number in range(begin, begin + PER_BATCH)]
        texts = pa.array([" ".join(words), " ".join(FREQUENT)])
        terms = hash_texts(texts, settings, count_terms=True).terms
        assert terms is not None
        index.update(terms)
        if begin + PER_BATCH in STREAM:
            names = set(index.counted().decoded())
            n_frequent = sum(word in names for word in FREQUENT)
            rows.append(
                [f"{begin + PER_BATCH:,}", f"{len(index):,}", index.n_bytes / 1e6, n_frequent]
            )
    return rows


def texts_of(folder: Path) -> tuple[list[str], list[Any]]:
    dataset = tor.read(sorted(folder.glob("train*.parquet")), text="text", target="label")
    batches = list(dataset.batches())
    return (
        [text for batch in batches for text in batch.text.to_pylist()],
        [label for batch in batches for label in batch.target.to_pylist()],
    )


def share_named(texts: list[str], labels: list[Any]) -> Iterable[list[object]]:
    """Return the mean share of the truly heaviest terms of each class that are named."""
    for name, ngram_range in NGRAMS.items():
        vectorizer = CountVectorizer(ngram_range=ngram_range)
        counts = np.asarray(vectorizer.fit_transform(texts).sum(axis=0)).ravel()
        terms = vectorizer.get_feature_names_out()
        hashed = HashingVectorizer(norm=None, analyzer=lambda term: [term]).transform(terms)
        # The most frequent term of each column, whose weight is the column's, up to the sign.
        order = np.lexsort((-counts, hashed.indices))
        places = order[np.unique(hashed.indices[order], return_index=True)[1]]
        for budget in BUDGETS:
            model = tor.TextClassifier(
                preset="fast", ngram_range=ngram_range, terms=budget, n_jobs=-1
            )
            model.fit(texts, labels)
            weights = model.coef_[:, hashed.indices[places]] * hashed.data[places]
            weights = np.vstack([-weights, weights]) if len(weights) == 1 else weights
            top = [terms[places[np.argsort(-row)[:N_TOP]]] for row in weights]
            found = [_share(model, top)]
            model.collect_terms(texts, terms=budget)
            found.append(_share(model, top))
            yield [name, f"{budget:,}", *(f"{share:.1%}" for share in found)]


def _share(model: tor.TextClassifier, top: list[Any]) -> float:
    index = model.model_.terms
    assert index is not None
    names = set(index.counted().decoded())
    return float(np.mean([[term in names for term in terms] for terms in top]))


def vocabulary(texts: list[str], labels: list[Any]) -> list[object]:
    """Compare the estimated number of terms with the true number."""
    truth = len(CountVectorizer().fit(texts).vocabulary_)
    estimate = (
        tor.TextClassifier(preset="fast", n_jobs=-1).fit(texts, labels).collisions().vocabulary
    )
    return [f"{truth:,}", f"{estimate:,}", f"{estimate / truth - 1:+.2%}"]


def peers(folder: Path, python: Path, repeats: int) -> list[list[object]]:
    """Compare the time of a run with names to that of a run without names, on the same texts."""
    rows: list[list[object]] = []
    dataset = tor.read(folder / "test.parquet", text="text", target="label")
    sources = {"eli5": folder / "test.parquet", "vw": folder / "test.vw"}
    found: dict[str, list[dict[str, float]]] = {"torrential": [], "eli5": [], "vw": []}
    tor.TextClassifier(preset="fast", terms=True, n_jobs=-1).fit(dataset)
    for _ in range(repeats):
        found["torrential"].append(
            {
                name: timed(
                    lambda t=t: tor.TextClassifier(preset="fast", terms=t, n_jobs=-1).fit(dataset)
                )
                for name, t in (("plain", False), ("named", True))
            }
        )
        for peer, path in sources.items():
            found[peer].append(run(program_of_peers("names_of_peers", peer, path, python)).report)
    extra = {}
    for name, each in found.items():
        plain, named = (statistics.median(one[key] for one in each) for key in ("plain", "named"))
        extra[name] = max(named - plain, 1e-3)
        ratio = extra[name] / extra["torrential"]
        rows.append([name, plain, named, f"{named / plain:.2f}x", f"{ratio:.0f}x"])
    return rows


def main() -> None:
    parser = arguments(__doc__, peers=True)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", type=Path, nargs="*")
    args = parser.parse_args()
    result: dict[str, Any] = {}

    def show(name: str, title: str, header: list[str], rows: Iterable[list[object]]) -> None:
        result[name] = [dict(zip(header, row)) for row in rows]
        print_table(title, header, [list(row.values()) for row in result[name]])

    header = ["terms are", "budget", "seconds", "min-max", "over none"]
    show("cost", "A fit with names", header, cost(args.folder, args.repeats))
    header = ["different terms so far", "kept", "MB", f"of {len(FREQUENT)} frequent ones"]
    show("memory", "An index on a stream of different terms", header, memory())
    for folder in args.sets:
        texts, labels = texts_of(folder)
        header = ["terms are", "budget", "in the fit", "collected afterwards"]
        title = f"{folder.name}: of the {N_TOP} heaviest terms of each class"
        show(f"named {folder.name}", title, header, share_named(texts, labels))
        header = ["different terms", "estimate", "error"]
        show(f"vocabulary {folder.name}", folder.name, header, [vocabulary(texts, labels)])
    header = ["", "seconds", "with names", "ratio", "extra time over ours"]
    show("peers", "Against the peers", header, peers(args.folder, args.peers_python, args.repeats))
    write_json(args.json, result)


if __name__ == "__main__":
    main()
