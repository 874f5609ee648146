"""Training passes: their order, their books, and when they end."""

import numpy as np
import pyarrow as pa
import pytest

import torrential as tor
from torrential.data import from_arrays
from torrential.engine.batches import windows
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.scoring.evaluate import accuracy, evaluate
from torrential.engine.scoring.predict import decision
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.checks import check_learned
from torrential.engine.training.schedule import Schedule
from torrential.engine.training.serial import train
from torrential.errors import DataError
from torrential.execution import Threads
from torrential.features.settings import HashSettings
from torrential.linear import LinearSettings

TEXTS = ["good film", "bad film", "very good", "very bad", "good", "bad"] * 20
LABELS = ["yes", "no"] * 60


def new_model(**settings):
    return HashedModel.new(HashSettings(n_features=64), LinearSettings(**settings))


def trained(schedule=None, data=None, n_jobs=1, **settings):
    model = new_model(**settings)
    data = data or from_arrays(TEXTS, LABELS)
    history = train(Candidate(model, schedule=schedule or Schedule()), data, n_jobs=n_jobs)
    return model, history


def test_books_are_kept_once():
    model, history = trained(Schedule(epochs=3))
    assert len(history) == 3
    assert model.counts.n_rows == 120
    assert [epoch.n_rows for epoch in history] == [120] * 3
    assert model.linear.t == 360


def test_progressive_validation_improves():
    _, history = trained(Schedule(epochs=3))
    assert history[0].accuracy > 0.8
    assert history[-1].accuracy == 1.0
    assert history[-1].average_loss < history[0].average_loss


def test_the_end_comes_when_the_loss_stays():
    _, history = trained(Schedule(epochs=50, tol=1e-3))
    assert 2 <= len(history) < 50
    losses = [epoch.average_loss for epoch in history]
    assert min(losses[:-1]) - losses[-1] < 1e-3
    assert all(min(losses[:i]) - losses[i] >= 1e-3 for i in range(1, len(losses) - 1))


def test_patience():
    _, hasty = trained(Schedule(epochs=50, tol=1e-3))
    _, patient = trained(Schedule(epochs=50, tol=1e-3, patience=4))
    assert len(patient) > len(hasty)


def test_epochs_are_told():
    told = []
    candidate = Candidate(new_model(), schedule=Schedule(epochs=3))
    train(candidate, from_arrays(TEXTS, LABELS), after_epoch=told.append)
    assert told == [0, 1, 2]


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_an_error_while_reading_comes_through(n_jobs):
    def broken():
        yield {"text": ["a b"], "label": ["x"]}
        raise DataError("row 7 is broken")

    data = tor.read(broken, text="text", target="label")
    with pytest.raises(DataError, match="row 7 is broken"):
        trained(data=data, n_jobs=n_jobs)


def test_windows_are_shuffled_and_epochs_differ(monkeypatch):
    monkeypatch.setattr(windows, "MAX_NONZEROS", 20)
    once = trained(Schedule(shuffle=False))[0].linear.coef()
    mixed = trained(Schedule(seed=1))[0].linear.coef()
    assert (once != mixed).any()


@pytest.mark.parametrize("n_jobs", [2, 3, 5])
def test_same_bits_for_any_number_of_jobs(n_jobs, monkeypatch):
    monkeypatch.setattr(windows, "MAX_NONZEROS", 50)
    rows = [pa.table({"text": TEXTS[i : i + 7], "y": LABELS[i : i + 7]}) for i in range(0, 120, 7)]
    data = tor.read(rows, text="text", target="y")
    one, many = trained(Schedule(2), data)[0], trained(Schedule(2), data, n_jobs)[0]
    np.testing.assert_array_equal(one.linear.coef(), many.linear.coef())
    np.testing.assert_array_equal(
        decision(one, data, Threads()), decision(many, data, Threads(n_jobs))
    )


def test_one_label_or_none():
    data = from_arrays(["a", "b"], ["x", "x"])
    with pytest.raises(DataError, match="one label 'x' in column 'target'"):
        check_learned(trained(data=data)[0], data)
    data = from_arrays(["a", "b"], pa.array([None, None], pa.string()))
    with pytest.raises(DataError, match=r"All 2 rows .* null label in column 'target'"):
        check_learned(trained(data=data)[0], data)
    with pytest.raises(DataError, match="has no rows"):
        check_learned(new_model(), data)


# Prediction and evaluation


def test_metrics():
    model, _ = trained()
    data = from_arrays([*TEXTS, "good", "bad"], [*LABELS, "no", None])
    report = evaluate(model, data)
    assert report.accuracy == pytest.approx(120 / 121)
    assert accuracy(model, data) == pytest.approx(120 / 121)


def test_labels_never_seen_in_training_are_errors():
    model, _ = trained()
    data = from_arrays(["good", "bad", "good", "bad"], ["yes", "no", "new", "new"])
    report = evaluate(model, data)
    assert report.accuracy == accuracy(model, data) == 0.5
    assert model.labels.values == ["yes", "no"]


def test_weights_count_in_accuracy():
    model, _ = trained()
    data = from_arrays(["good", "good"], ["yes", "no"], [3.0, 1.0])
    assert accuracy(model, data) == 0.75
    assert evaluate(model, data).accuracy == 0.75


@pytest.mark.parametrize("measure", [evaluate, accuracy])
def test_nothing_to_measure(measure):
    data = from_arrays(["good"], pa.array([None], pa.string()))
    with pytest.raises(DataError, match="label"):
        measure(trained()[0], data)
