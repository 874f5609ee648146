"""Crosses that are found: those that were planted, and no others."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import log_loss

import torrential as tor
from torrential.errors import ParameterError
from torrential.kernels.table.cells import mix_all
from torrential.kernels.table.judge import judge


def clicks(n, seed):
    """Columns of which two pairs decide together, one column alone, and three do not."""
    rng = np.random.default_rng(seed)
    columns = {name: rng.integers(0, 8, n) for name in "abcdefg"}
    odds = 0.4 * (columns["e"] - 3.5) + 2.0 * ((columns["a"] + columns["b"]) % 2)
    odds = odds + 1.5 * ((columns["c"] * columns["d"]) % 3 == 1) - 1.5
    return columns, (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(int)


SETTINGS = {"n_features": 2**16, "kinds": {"*": "category"}, "eta0": 0.1}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    columns, labels = clicks(40_000, 0)
    path = tmp_path_factory.mktemp("clicks") / "clicks.parquet"
    pq.write_table(pa.table({**columns, "click": labels}), path, row_group_size=4000)
    return path


def test_planted_crosses_are_found_and_no_others(path):
    dataset, (test, labels) = tor.read(path, target="click"), clicks(10_000, 1)
    found = tor.TableClassifier(crosses="auto", **SETTINGS).fit(dataset)
    assert {frozenset(each) for each in found.crosses_} == {frozenset("ab"), frozenset("cd")}
    gains = found.cross_gains_
    assert all(each.gain > 0 for each in gains)
    assert gains[1].before == gains[0].after
    none, named = (
        tor.TableClassifier(crosses=crosses, **SETTINGS).fit(dataset)
        for crosses in (None, [("a", "b"), ("c", "d")])
    )
    losses = [log_loss(labels, each.predict_proba(test)[:, 1]) for each in (none, found, named)]
    assert losses[1] == pytest.approx(losses[2], rel=1e-3)
    assert losses[0] > losses[1] + 0.05


def test_at_most_as_many_as_wanted(path):
    dataset = tor.read(path, target="click")
    model = tor.TableClassifier(crosses="auto", max_crosses=1, **SETTINGS).fit(dataset)
    assert len(model.crosses_) == 1


def test_a_model_with_found_crosses_is_saved_and_folded(path, tmp_path):
    dataset = tor.read(path, target="click")
    model = tor.TableClassifier(crosses="auto", **SETTINGS).fit(dataset)
    model.save(tmp_path / "m")
    loaded = tor.load(tmp_path / "m")
    assert loaded.crosses_ == model.crosses_
    np.testing.assert_array_equal(loaded.predict_proba(dataset), model.predict_proba(dataset))
    again = tor.TableClassifier(crosses="auto", **SETTINGS, n_jobs=2).fit(dataset)
    np.testing.assert_array_equal(again.coef_, model.coef_)
    scores = tor.cross_validate(tor.TableClassifier(crosses="auto", **SETTINGS), dataset, cv=2)
    alone = tor.cross_validate(tor.TableClassifier(**SETTINGS), dataset, cv=2)
    assert min(scores["test_score"]) > max(alone["test_score"])
    found = tor.GridSearchCV(model, {"max_crosses": [1, 2]}, cv=2).fit(dataset)
    assert found.best_params_ == {"max_crosses": 2}
    assert len(found.best_estimator_.crosses_) == 2
    assert not hasattr(model, "_known_gains")  # no estimator keeps the rows


def test_several_classes_and_texts_beside(path):
    columns, labels = clicks(20_000, 2)
    names = np.array(["no", "yes", "maybe"])[np.where(np.arange(20_000) % 10 == 0, 2, labels)]
    notes = [f"a note on row {i} here" for i in range(20_000)]
    model = tor.TableClassifier(crosses="auto", max_crosses=2, n_features=2**16, eta0=0.1)
    model.set_params(kinds={"?": "category"})
    model.fit({**columns, "note": notes}, names)
    assert frozenset("ab") in {frozenset(each) for each in model.crosses_}


def test_nothing_is_found_where_nothing_is():
    rng = np.random.default_rng(0)
    columns = {name: rng.integers(0, 50, 20_000) for name in "abcd"}
    model = tor.TableClassifier(crosses="auto", **SETTINGS)
    assert model.fit(columns, rng.integers(0, 2, 20_000)).crosses_ == []
    few = {name: values[:3] for name, values in columns.items()}
    assert model.fit(few, [0, 1, 0]).crosses_ == []


def test_wrong_use_is_one_sentence():
    columns, labels = clicks(100, 0)
    with pytest.raises(ParameterError, match="max_crosses=0"):
        tor.TableClassifier(crosses="auto", max_crosses=0).fit(columns, labels)
    with pytest.raises(ParameterError, match="not a list"):
        tor.TableClassifier(crosses="a*b").fit(columns, labels)
    once = tor.read(iter([pa.table({**columns, "y": labels})]), target="y")
    with pytest.raises(ParameterError, match="can be read only once"):
        tor.TableClassifier(crosses="auto").fit(once)


def test_the_judge_against_a_plain_loop():
    rng = np.random.default_rng(0)
    n, begin, bits, rate = 300, 150, 10, np.float32(0.1)
    first, second = (rng.integers(0, 2**64, 4, np.uint64)[rng.integers(0, 4, n)] for _ in range(2))
    margins = rng.normal(size=n).astype(np.float32)
    targets = rng.choice([-1.0, 1.0], n).astype(np.float32)
    keys = np.empty(n, np.uint64)
    mix_all(first, second, keys)
    weight, squares, total = {}, {}, 0.0
    for i in range(n):
        slot = int(keys[i]) >> (64 - bits)
        agreement = targets[i] * (margins[i] + weight.get(slot, 0.0))
        if i >= begin:
            total += np.logaddexp(0.0, -agreement)
            continue
        slope = -targets[i] / (1 + np.exp(agreement))
        squares[slot] = squares.get(slot, 0.0) + slope**2
        weight[slot] = weight.get(slot, 0.0) - rate * slope / np.sqrt(squares[slot] + 1e-6)
    room = np.empty(2 ** (bits + 1), np.float32)
    found = judge(first, second, margins, targets, begin, bits, rate, room)
    assert found == pytest.approx(total / (n - begin), rel=1e-5)
