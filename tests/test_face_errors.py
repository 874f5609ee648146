"""Values of all kinds for the Python face: nothing leaves it but its own errors, and TypeError."""

import datetime

import numpy as np
import pytest

import torrential as tor

TEXTS, LABELS = ["good a", "bad b"] * 10, ["x", "y"] * 10

VALUES = {
    "none": None,
    "number": 1,
    "fraction": 1.5,
    "string": "str",
    "bytes": b"b",
    "empty": [],
    "short": [1, 2],
    "nones": [None] * 20,
    "lists": [["a"]] * 20,
    "no utf-8": [b"\xff"] * 20,
    "surrogates": ["\ud800"] * 20,
    "nul": ["a\0"] * 20,
    "matrix": np.zeros((3, 3)),
    "dict": {"a": 1},
    "object": object(),
    "objects": [object()] * 20,
    "nans": [float("nan")] * 20,
    "dicts": [{}] * 20,
    "complex": [1 + 2j] * 20,
    "dates": [datetime.date(1, 1, 1)] * 20,
    "set": set(TEXTS),
    "iterator": iter(TEXTS),
    "large": [10**30] * 20,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", VALUES)
def test_errors_are_ours(name):
    value = VALUES[name]
    model = tor.TextClassifier(preset="fast", n_features=2**8).fit(TEXTS, LABELS)
    calls = {
        "texts": lambda: tor.TextClassifier(preset="fast", n_features=2**8).fit(value, LABELS),
        "labels": lambda: tor.TextClassifier(preset="fast", n_features=2**8).fit(TEXTS, value),
        "weights": lambda: tor.TextClassifier(preset="fast", n_features=2**8).fit(
            TEXTS, LABELS, sample_weight=value
        ),
        "predict": lambda: model.predict(value),
        "score": lambda: model.score(TEXTS, value),
        "read": lambda: tor.read(value, text="t"),
        "load": lambda: tor.load(value),
    }
    wrong = []
    for call, function in calls.items():
        try:
            function()
        except (tor.TorrentialError, TypeError):
            pass
        except Exception as error:
            wrong.append((call, repr(error)))
    assert wrong == []
