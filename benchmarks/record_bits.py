"""Record the bits of models, predictions, tables and files over many settings, and compare them.

    python benchmarks/record_bits.py before/           # with the build before
    python benchmarks/record_bits.py after/ --against before/

A rearrangement of the code must not change any of them. The digest of a setting covers the model
file, if there is one, and the predictions, or the table of a search without its times. With
``--against``, model files, checkpoints and cached rows of the other build are also read, and must
give the same results as in that build.
"""

import _thread
import argparse
import hashlib
import json
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

import torrential as tor
from torrential.errors import TorrentialError

N_ROWS, N_WORDS, N_CLASSES = 3000, 2000, 5
SMALL = 2**12
GRID = {"eta0": [0.1, 0.4], "loss": ["log_loss", "hinge"]}

ONCE = re.compile(rb'"crc32": ?"[0-9a-f]{8}"|saved[^0-9]{1,8}[0-9T:+-]+')
"""When a model file was written, and the checksum of a header that says so."""


def make_rows(seed: int, n_classes: int = N_CLASSES) -> dict[str, list[Any]]:
    """Return texts whose words depend on their labels, the labels, numbers and weights."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, N_ROWS)
    columns = []
    for label in labels:
        shift = label * N_WORDS // n_classes
        words = (rng.zipf(1.3, rng.integers(3, 40)) + shift) % N_WORDS
        columns.append(" ".join(f"w{word:x}ß" if word % 7 == 0 else f"W{word}" for word in words))
    return {
        "text": columns,
        "label": [f"class {label}" for label in labels],
        "number": (labels + rng.normal(size=N_ROWS)).tolist(),
        "weight": rng.uniform(0.2, 3, N_ROWS).tolist(),
        "group": rng.integers(0, 40, N_ROWS).tolist(),
    }


def digest(*parts: Any) -> str:
    """Return a digest of arrays, bytes and plain values."""
    result = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray) and part.dtype != object:
            result.update(f"{part.dtype} {part.shape}".encode() + np.ascontiguousarray(part).data)
        else:
            value = part.tolist() if isinstance(part, np.ndarray) else part
            result.update(value if isinstance(value, bytes) else repr(value).encode())
    return result.hexdigest()[:16]


def of_model(model: Any, inputs: Any, file: Path | None = None) -> str:
    """Return a digest of a fitted model's predictions and, if it can be saved, of its file."""
    parts = [model.predict(inputs)]
    for name in ("decision_function", "predict_proba"):
        try:
            parts.append(getattr(model, name)(inputs))
        except (AttributeError, TorrentialError):
            parts.append(None)
    if file is not None:
        model.save(file, overwrite=True)
        parts.append(ONCE.sub(b"", file.read_bytes()))
    return digest(*parts)


def of_table(table: dict[str, Any]) -> str:
    """Return a digest of scores and parameters; times differ."""
    kept = sorted(name for name in table if "time" not in name)
    values = (table[name] for name in kept)
    plain = (value if isinstance(value, np.ndarray) else list(value) for value in values)
    return digest(*kept, *plain)


def texts(folder: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield fits of TextClassifier to memory and to files."""
    rows, test, two = make_rows(0), make_rows(1)["text"], make_rows(2, 2)
    many = make_rows(3, 300)
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(dict(zip(rows, row))) + "\n" for row in zip(*rows.values())))

    def fit(name: str, data: dict[str, list[Any]] = rows, **parameters: Any) -> str:
        weight = data["weight"] if parameters.pop("weighted", False) else None
        model = tor.TextClassifier(preset="fast", n_features=SMALL, **parameters)
        model.fit(data["text"], data["label"], sample_weight=weight)
        return of_model(model, test, folder / f"{name}.torrential")

    named: dict[str, dict[str, Any]] = {
        "defaults": {},
        "two classes": {"data": two},
        "300 classes": {"data": many},
        "300 classes, softmax": {"data": many, "loss": "log_loss"},
        "log loss": {"loss": "log_loss"},
        "softmax, three passes": {"loss": "log_loss", "max_iter": 3},
        "pairs, IDF": {"ngram_range": (1, 2), "idf": "running"},
        "characters": {"analyzer": "char_wb", "ngram_range": (2, 4)},
        "names of terms": {"terms": True},
        "IDF of a pass before": {"idf": "two-pass"},
        "L1": {"penalty": "l1", "alpha": 1e-5},
        "elastic net, averaged": {"penalty": "elasticnet", "alpha": 1e-5, "average": True},
        "optimal rate": {"learning_rate": "optimal", "alpha": 1e-4, "loss": "hinge"},
        "inverse scaling": {"learning_rate": "invscaling", "loss": "modified_huber"},
        "FTRL, L1": {"learning_rate": "ftrl", "penalty": "l1", "alpha": 0.1},
        "normalized, averaged": {"learning_rate": "normalized", "average": True},
        "coin betting": {"learning_rate": "coin", "loss": "log_loss", "max_iter": 2},
        "passive-aggressive": {"learning_rate": "pa1", "eta0": 1.0, "loss": "hinge"},
        "weights": {"weighted": True, "class_weight": {"class 1": 2.0}},
        "balanced": {"class_weight": "balanced"},
        "until it is best": {"max_iter": 4, "tol": 1e-3},
        "one thread": {"n_jobs": 1, "shuffle": False},
    }
    for name, parameters in named.items():
        yield f"text: {name}", lambda name=name, parameters=parameters: fit(name, **parameters)

    def dataset() -> Any:
        return tor.read(path, text="text", target="label", weight="weight")

    def resumed() -> str:
        kept = folder / "resumed.checkpoint"
        model = tor.TextClassifier(preset="fast", n_features=SMALL, max_iter=40)
        interrupt = threading.Timer(0.3, _thread.interrupt_main)
        interrupt.start()
        try:
            model.fit(dataset(), checkpoint=kept, checkpoint_every="0s")
        except KeyboardInterrupt:
            model.fit(dataset(), checkpoint=kept, checkpoint_every="0s", resume=True)
        interrupt.join()
        return of_model(model, test)

    def partial() -> str:
        model = tor.TextClassifier(preset="fast", n_features=SMALL, idf="running")
        for begin in range(0, N_ROWS, 700):
            some = slice(begin, begin + 700)
            model.partial_fit(
                rows["text"][some], rows["label"][some], classes=[*set(rows["label"])]
            )
        return of_model(model, test, folder / "partial.torrential")

    def cached() -> str:
        data = dataset().cache(folder / "cache")
        model = tor.TextClassifier(preset="fast", n_features=SMALL, max_iter=2).fit(data)
        return of_model(model.fit(data), test)

    yield (
        "text: a file",
        lambda: of_model(tor.TextClassifier(preset="fast", n_features=SMALL).fit(dataset()), test),
    )
    yield "text: resumed", resumed
    yield "text: in pieces", partial
    yield "text: cached", cached


def matrices(folder: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield fits to sparse matrices."""
    rows = make_rows(0)
    X = tor.HashingVectorizer(n_features=SMALL).transform(rows["text"])
    yield "matrix: rows", lambda: digest(X.data, X.indices, X.indptr)
    tfidf = tor.HashedTfidfTransformer()
    yield "matrix: TF-IDF", lambda: digest(tfidf.fit_transform(X).data)
    for loss in ("hinge", "log_loss"):
        classifier = tor.SGDClassifier(loss=loss, max_iter=5, random_state=0)
        yield f"matrix: {loss}", lambda c=classifier: of_model(c.fit(X, rows["label"]), X)
    early = tor.SGDClassifier(early_stopping=True, random_state=0)
    yield "matrix: early stopping", lambda: of_model(early.fit(X, rows["label"]), X)
    perceptron = tor.Perceptron(max_iter=5, random_state=0)
    yield "matrix: perceptron", lambda: of_model(perceptron.fit(X, rows["label"]), X)
    for average in (False, True):
        regressor = tor.SGDRegressor(max_iter=5, average=average, random_state=0)
        name = f"matrix: regression{', averaged' * average}"
        yield name, lambda r=regressor: of_model(r.fit(X, rows["number"]), X)


def ensembles(folder: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield averages, bags, votes and pipelines."""
    test = make_rows(1)["text"]
    text = tor.TextClassifier(preset="fast", n_features=SMALL, idf="running")
    vectorizer = HashingVectorizer(n_features=SMALL, alternate_sign=False)
    sgd = make_pipeline(vectorizer, SGDClassifier(random_state=0))
    bayes = make_pipeline(vectorizer, MultinomialNB())
    named = {
        "pipeline": tor.OutOfCore(sgd, max_iter=2),
        "average": tor.ParameterAveraging(text, n_rounds=2),
        "average within rounds": tor.ParameterAveraging(text, n_rounds=1, average_every=200),
        "average of processes": tor.ParameterAveraging(text, executor=tor.Joblib(2)),
        "average of a pipeline": tor.ParameterAveraging(sgd, n_rounds=2),
        "bag": tor.BaggingClassifier(text, n_estimators=3),
        "bag of pipelines": tor.BaggingClassifier(tor.OutOfCore(sgd), n_estimators=3),
        "parts": tor.PartitionEnsemble(text, n_partitions=3),
        "parts of pipelines": tor.PartitionEnsemble(bayes, n_partitions=3),
        "vote": tor.VotingClassifier([("a", text), ("b", tor.OutOfCore(bayes))], voting="soft"),
    }
    data = tor.read(folder / "rows.jsonl", text="text", target="label")
    for name, model in named.items():
        yield f"ensemble: {name}", lambda m=model: of_model(m.fit(data), test)


def searches(folder: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield cross-validations and searches."""
    data = tor.read(folder / "rows.jsonl", text="text", target="label", weight="weight")
    text = tor.TextClassifier(preset="fast", n_features=SMALL, max_iter=2)
    pipeline = make_pipeline(
        HashingVectorizer(n_features=SMALL), SGDClassifier(random_state=0, loss="log_loss")
    )
    scores = ["accuracy", "f1_macro", "neg_log_loss"]
    loss = tor.TextClassifier(preset="fast", n_features=SMALL, loss="log_loss")
    folds: dict[str, dict[str, Any]] = {
        "text": {"estimator": text},
        "scores": {"estimator": loss, "scoring": scores, "return_train_score": True},
        "stratified": {"estimator": text, "stratify": True},
        "groups": {"estimator": text, "groups": "group"},
        "processes": {"estimator": text, "executor": tor.Joblib(2)},
        "pipeline": {"estimator": tor.OutOfCore(pipeline), "scoring": scores},
    }
    for name, options in folds.items():
        yield (
            f"folds: {name}",
            lambda options=options: of_table(tor.cross_validate(X=data, cv=3, **options)),
        )

    def of_search(search: Any) -> str:
        search.fit(data)
        return digest(of_table(search.cv_results_), of_model(search, make_rows(1)["text"]))

    chosen = {"alpha": [0.0, 1e-6, 1e-5], "eta0": [0.1, 0.5]}
    inner = {"estimator__sgdclassifier__alpha": [1e-4, 1e-5]}
    named = {
        "grid": tor.GridSearchCV(text, GRID, cv=3),
        "random": tor.RandomizedSearchCV(text, chosen, n_iter=4, cv=3),
        "halving": tor.HalvingGridSearchCV(text, chosen, cv=3),
        "pipelines": tor.GridSearchCV(tor.OutOfCore(pipeline), inner, cv=3),
        "halving of pipelines": tor.HalvingGridSearchCV(tor.OutOfCore(pipeline), inner, cv=3),
        "processes": tor.GridSearchCV(text, GRID, cv=3, executor=tor.Joblib(2)),
    }
    for name, search in named.items():
        yield f"search: {name}", lambda search=search: of_search(search)


def record(folder: Path) -> dict[str, str]:
    """Run all settings in a folder; the digest of an error is its text."""
    found = {}
    for kind in (texts, matrices, ensembles, searches):
        for name, run in kind(folder):
            try:
                found[name] = run()
            except (TorrentialError, TypeError, ValueError) as error:
                found[name] = f"{type(error).__name__}: {error}"
            print(f"{name}: {found[name]}", file=sys.stderr, flush=True)
    return found


def read_again(before: Path) -> dict[str, str]:
    """Load the model files of the other build, and return digests of their predictions."""
    test = make_rows(1)["text"]
    files = sorted(before.glob("*.torrential"))
    return {file.name: of_model(tor.load(file), test) for file in files}


def main() -> int:
    """Record; with --against, compare and return 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where to write files and bits.json")
    parser.add_argument("--against", type=Path, help="the folder of another build")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    found = record(arguments.folder)
    found |= read_again(arguments.folder)
    (arguments.folder / "bits.json").write_text(json.dumps(found, indent=1))
    if arguments.against is None:
        print(f"{len(found)} digests")
        return 0
    expected = json.loads((arguments.against / "bits.json").read_text())
    again = read_again(arguments.against)
    other = [name for name in expected if found.get(name) != expected[name]]
    other += [f"{name}, loaded" for name in again if again[name] != expected[name]]
    print("\n".join(other) or f"{len(expected)} digests are equal, {len(again)} files loaded")
    return 1 if other else 0


if __name__ == "__main__":
    sys.exit(main())
