"""Headers of model files and checkpoints, one field changed at a time: used rightly or refused."""

import copy
import json
import signal
import warnings

import numba
import numpy as np
import pytest
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline

import torrential as tor
from torrential.errors import DataWarning, ModelFileError, ParameterError
from torrential.persistence.model_header import pack_header, unpack_header

TEXTS = ["good film", "bad film", "fair book", "very good", "very bad", "fair"] * 10
LABELS = ["yes", "no", "maybe"] * 20
MISSING = object()
DEEP = json.loads("[" * 200 + "]" * 200)
VALUES = [
    MISSING, None, True, -1, 0, 1, 2**31, 2**53, 2**63, -(2**63), 10**400, 0.5, -0.5, 1e308,
    float("inf"), float("-inf"), float("nan"), "x", "\ud800", "x" * 20_000, [], [0], {}, DEEP,
]  # fmt: skip
MODELS = {
    "two classes": ({"n_features": 64}, TEXTS, ["yes", "no"] * 30),
    "many": (
        {
            "n_features": 64, "idf": "running", "terms": True, "penalty": "l2", "alpha": 1e-4,
            "class_weight": "balanced", "average": True, "stop_words": ["very"], "max_iter": 2,
        },
        TEXTS,
        LABELS,
    ),
    "views": (
        {
            "n_features": 64, "idf": "running", "terms": True, "max_iter": 1,
            "views": ["word:1-2", "char_wb:2-3:weight=0.5:norm=l1:idf=no"],
        },
        TEXTS,
        LABELS,
    ),
    "small": (
        {"n_features": 64, "idf": "running", "terms": True, "views": ["word:1-2", "char:2"]},
        TEXTS,
        LABELS,
    ),
    "a constant rate": (
        {
            "n_features": 64, "penalty": "elasticnet", "alpha": 1e-4, "learning_rate": "constant",
            "eta0": 0.01, "class_weight": {0: 2.0, 1: 1.0}, "loss": "log_loss",
        },
        TEXTS,
        [0, 1] * 30,
    ),
}  # fmt: skip
MAX_SIZES = {"small": "20 KB"}


def paths_of(value, path=()):
    """Yield the way to every value within JSON; of long lists to the first two items."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths_of(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value[:2]):
            yield from paths_of(item, (*path, number))


def changed(header, path, value):
    """Return a copy with another value there; what the path does not touch is shared."""
    header = inner = copy.copy(header)
    for key in path[:-1]:
        inner[key] = inner = copy.copy(inner[key])
    if value is not MISSING:
        inner[path[-1]] = value
    elif isinstance(inner, list):
        inner.pop(path[-1])
    else:
        del inner[path[-1]]
    return header


def header_of(path):
    """Return the header of a file, and a function that writes it with another one."""
    content = path.read_bytes()
    found = unpack_header(path, content)
    data = content[found.begin :]

    def write(other, header):
        other.write_bytes(pack_header(found.entries, header, found.checksums) + data)
        return other

    return found.header, write


def use(model):
    """Do with a model what reads its state; what comes must be numbers."""
    assert np.isfinite(model.predict_proba(TEXTS[:4])).all()
    model.predict(TEXTS[:4])
    if model.model_.can_learn:
        model.partial_fit(TEXTS[:4], model.classes_.tolist()[:1] * 4)
    assert np.isfinite(model.decision_function(TEXTS[:4])).all()
    if model.model_.terms is not None:
        model.top_terms(3)
    model.collisions()


@pytest.mark.parametrize("name", MODELS)
def test_one_field_changed(name, tmp_path):
    parameters, X, y = MODELS[name]
    path = tmp_path / "m"
    model = tor.TextClassifier(preset="fast", **parameters).fit(X, y)
    model.save(path, max_size=MAX_SIZES.get(name))
    header, write = header_of(path)
    n_refused = 0
    for number, place in enumerate(paths_of(header)):
        for value in VALUES[number % 3 :: 3]:  # a third of them for each field
            file = write(tmp_path / "changed", changed(header, place, value))
            try:
                model = tor.load(file)
            except ModelFileError:
                n_refused += 1
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.simplefilter("ignore", DataWarning)
                if numba.config.DISABLE_JIT:  # NumPy's numbers say what compiled ones do not
                    warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)
                try:
                    use(model)
                except ParameterError as error:  # rates and weights that are valid, but too large
                    assert "grew without limit" in str(error), place
                except Exception as error:
                    raise AssertionError(f"{place} = {value!r:.60}") from error
    assert n_refused > 200


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (("model", "calibration", "spacing"), 0, "model.calibration.spacing is 0, but has to be a"),
        (("model", "calibration", "slope"), float("inf"), "model.calibration.slope is inf"),
        (("model", "counts", "n_rows"), 2**63, "model.counts.n_rows is 9223372036854775808"),
        (
            ("model", "features", "norm"),
            ["l2"],
            "model.features.norm is list, but has to be",
        ),
        (("class_counts",), [1] * 3, "it counts rows of 3 classes, but its model has 2"),
        (("columns", "text"), "body", "columns.text is 'body', but has to be a list"),
        (
            ("model", "labels", 1),
            None,
            r"model.labels\[1\] is None, but has to be a text, a n",
        ),
        (("saved",), MISSING, "its field saved is missing"),
        (("parameters", "eta0"), 0.25, "say eta0=0.25, but its weights were learned with eta0="),
        (
            ("parameters", "loss"),
            "hinge",
            "loss='hinge', but its weights were learned with loss=",
        ),
        (("parameters", "n_features"), 128, "n_features=128, but its rows were hashed with n_fea"),
        (("parameters", "ngram_range"), [1, 2], r"ngram_range=\(1, 2\), but its rows were hashed"),
        (("parameters", "hash_seed"), 7, "hash_seed=7, but its rows were hashed with hash_seed"),
        (
            ("parameters", "idf"),
            "running",
            "idf='running', but its weights were learned with idf=",
        ),
    ],
)
def test_the_field_is_named(place, value, sentence, tmp_path):
    parameters, X, y = MODELS["two classes"]
    tor.TextClassifier(preset="fast", **parameters).fit(X, y).save(tmp_path / "m")
    header, write = header_of(tmp_path / "m")
    with pytest.raises(ModelFileError, match=sentence):
        tor.load(write(tmp_path / "m", changed(header, place, value)))


def test_a_parameter_that_was_set_after_fit_is_refused_when_it_is_saved(tmp_path):
    parameters, X, y = MODELS["two classes"]
    model = tor.TextClassifier(preset="fast", **parameters).fit(X, y).set_params(eta0=0.1)
    with pytest.raises(ParameterError, match=r"eta0=0.1, but its weights .* set it back, or fit"):
        model.save(tmp_path / "m")
    assert not (tmp_path / "m").exists()
    model.set_params(eta0=0.2, n_jobs=2, verbose=1, max_iter=3).save(tmp_path / "m")
    assert tor.load(tmp_path / "m").max_iter == 3


# Patterns


def test_a_pattern_of_the_file_can_be_refused(tmp_path):
    _, X, y = MODELS["two classes"]
    odd = tor.TextClassifier(preset="fast", n_features=64, token_pattern=r"(?u)\b\w+\b").fit(X, y)
    odd.save(tmp_path / "odd")
    assert tor.load(tmp_path / "odd").token_pattern == r"(?u)\b\w+\b"
    with pytest.raises(ModelFileError, match=r"splits texts by its own pattern, .*--allow"):
        tor.load(tmp_path / "odd", allow_pattern=False)
    for parameters in ({}, {"analyzer": "char", "token_pattern": "a+"}):  # no use is made of it
        tor.TextClassifier(preset="fast", n_features=64, **parameters).fit(X, y).save(
            tmp_path / "usual"
        )
        tor.load(tmp_path / "usual", allow_pattern=False)


# Checkpoints


ROWS = {"text": [f"{text} {i % 7}" for i, text in enumerate(TEXTS)], "label": ["yes", "no"] * 30}


def resumed(kind, path):
    """Fit an estimator to be kept in a file, and go on from there; a search or a model."""
    dataset = tor.read(ROWS, text="text", target="label")
    keeping = {"checkpoint": path, "resume": path.exists()}
    if kind == "text":
        return tor.TextClassifier(preset="fast", n_features=64, max_iter=2).fit(dataset, **keeping)
    if kind == "out of core":
        steps = make_pipeline(tor.HashingVectorizer(n_features=64), SGDClassifier())
        return tor.OutOfCore(steps, max_iter=2).fit(dataset, **keeping)
    if kind == "own steps":
        steps = make_pipeline(tor.HashingVectorizer(n_features=64), tor.SGDClassifier())
        return tor.OutOfCore(steps, max_iter=2).fit(dataset, **keeping)
    if kind == "averaging":
        model = tor.ParameterAveraging(
            tor.TextClassifier(preset="fast", n_features=64), n_partitions=2
        )
        return model.fit(dataset, **keeping)
    model = tor.GridSearchCV(
        tor.TextClassifier(preset="fast", n_features=64), {"eta0": [0.1, 0.5]}, cv=2
    )
    return model.fit(dataset, **keeping)


def stop(leaders, n_rows):
    if n_rows > 30:
        signal.raise_signal(signal.SIGINT)


KINDS = ["text", "out of core", "own steps", "averaging", "search", "search under way"]


@pytest.mark.parametrize("kind", KINDS)
def test_one_field_of_a_checkpoint_changed(kind, tmp_path, monkeypatch):
    path = tmp_path / "checkpoint"
    if kind == "search under way":
        monkeypatch.setattr("torrential.engine.batches.windows.MAX_NONZEROS", 60)
        monkeypatch.setattr("torrential.engine.batches.keyed.VALUES_AT_ONCE", 60)
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr("torrential.estimators.selection.leaders.Leaders.after_rows", stop)
            resumed(kind, path)
        assert header_of(path)[0]["under_way"]["models"]
    else:
        resumed(kind, path)
    header, write = header_of(path)
    places = list(paths_of(header))
    values = [MISSING, None, -1, 2**63, float("nan"), "x", [], {}]  # two of them for each field
    n_refused = 0
    for number, place in enumerate(places):
        for value in values[number % 4 :: 4]:
            write(path, changed(header, place, value))
            try:
                resumed(kind, path)
            except (ModelFileError, ParameterError):  # or the file of another training
                n_refused += 1
            except DataWarning as warning:  # of a class renamed, which no row has
                assert place[-2] == "labels", place
                assert "learned no row of class" in str(warning)
            except Exception as error:
                raise AssertionError(f"{place} = {value!r}") from error
    assert n_refused > len(places) / 2
