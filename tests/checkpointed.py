"""What the tests of checkpoints learn from, and how they compare what was learned."""

import numpy as np
import pyarrow as pa

import torrential as tor
from torrential.persistence.model_file import read_model

N_FEATURES = 1024


def table(random, n_rows, n_classes):
    codes = random.integers(n_classes, size=n_rows)
    words = random.integers(400, size=(n_rows, 2))
    texts = [f"about{c} word{a} word{b}" for c, (a, b) in zip(codes, words, strict=True)]
    labels = [None if i % 97 == 0 else f"class {c}" for i, c in enumerate(codes)]
    return pa.table({"body": texts, "label": labels})


def dataset(n_classes=5):
    """Partitions of one batch and of several; some classes come late."""
    random = np.random.default_rng(0)
    tables = [table(random, 9_000, 2), table(random, 300, min(3, n_classes))]
    tables += [table(random, 5_000, n_classes), table(random, 1_000, n_classes)]
    return tor.read(tables, text="body", target="label")


DATA = {n_classes: dataset(n_classes) for n_classes in (2, 5)}


# The estimator


def classifier(**parameters):
    return tor.TextClassifier(preset="fast", **{"n_features": N_FEATURES, **parameters})


def assert_same_file(first, second):
    (ours, header), (theirs, others) = read_model(first), read_model(second)
    applied = {name for name in ours.keys() ^ theirs.keys() if name.startswith("applied_")}
    assert ours.keys() - applied == theirs.keys() - applied  # checkpoints have none of these
    for name in ours.keys() - applied:
        array = ours[name]
        np.testing.assert_array_equal(array, theirs[name], err_msg=name)
    for each in (header, others):
        each.pop("checkpoint", None)
        each.pop("saved")
    assert header == others
