"""Passes of a TextClassifier: how they end, early, by a callback, or in the middle by an error."""

import gzip
import json
import os
import signal
import threading
import time

import numpy as np
import pytest
from sklearn.callback import ProgressBar, ScoringMonitor

import torrential as tor
from torrential.engine.batches import windows
from torrential.errors import DataError

TEXTS = ["good film", "bad film", "very good", "very bad", "good", "bad"] * 40
LABELS = ["yes", "no"] * 120


def classifier(**parameters):
    return tor.TextClassifier(preset="fast", **{"n_features": 256, **parameters})


def assert_whole(model, path):
    """Labels, columns, probabilities and the file agree, and learning goes on."""
    n_classes = len(model.classes_)
    assert model.coef_.shape == (1 if n_classes == 2 else n_classes, model.n_features)
    probabilities = model.predict_proba(TEXTS)
    assert probabilities.shape == (240, n_classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    model.save(path)
    loaded = tor.load(path)
    np.testing.assert_array_equal(loaded.decision_function(TEXTS), model.decision_function(TEXTS))
    model.partial_fit(TEXTS, LABELS)
    assert model.score(TEXTS, LABELS) == 1.0


# An error in the middle


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("loss", ["squared_hinge", "log_loss"])
def test_a_truncated_file_leaves_what_was_learned(n_jobs, loss, tmp_path, monkeypatch):
    monkeypatch.setattr(windows, "MAX_NONZEROS", 2000)
    random = np.random.default_rng(0)  # hard to compress, so that the file is read in part
    rows = [
        {"text": f"{text} {random.bytes(300).hex()}", "label": label}
        for text, label in zip(TEXTS * 20, LABELS * 20, strict=True)
    ]
    content = gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())
    (tmp_path / "rows.jsonl.gz").write_bytes(content[: len(content) * 3 // 4])
    data = tor.read(tmp_path / "rows.jsonl.gz", text="text", target="label")
    model = classifier(loss=loss, n_jobs=n_jobs).partial_fit(TEXTS[:60], LABELS[:60])
    with pytest.raises(DataError, match=r"rows\.jsonl\.gz"):
        model.partial_fit(data)
    assert 60 < model.counts_.n_rows < len(rows)
    assert model.model_.linear.t == model.counts_.n_rows
    assert len(model.history_) == model.n_iter_ == 1
    assert_whole(model, tmp_path / "m")


def test_ctrl_c_between_labels_and_their_rows(tmp_path):
    """Ctrl-C comes when all labels are numbered: all of their rows are learned, or none."""
    model = classifier(n_features=2**14).partial_fit(TEXTS, LABELS)
    text = " ".join(f"word{i}" for i in range(2000))

    def interrupt():
        while len(model.model_.labels) < 4:
            time.sleep(1e-4)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt, daemon=True)
    with pytest.raises(KeyboardInterrupt):
        thread.start()
        model.partial_fit([text] * 1802, [*["yes", "no"] * 900, "maybe", "never"])
        thread.join()  # on a machine so busy that the interrupt comes late
    learned = {240: ["no", "yes"], 2042: ["maybe", "never", "no", "yes"]}
    assert model.classes_.tolist() == learned[model.counts_.n_rows]
    assert_whole(model, tmp_path / "m")


def endless(stop_after):
    """Tables of two classes without end; Ctrl-C comes after some of them."""
    number = 0
    while True:
        yield {"text": TEXTS, "label": LABELS}
        number += 1
        if number == stop_after:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_ctrl_c_keeps_what_was_learned(method, tmp_path, monkeypatch):
    monkeypatch.setattr(windows, "MAX_NONZEROS", 500)
    model = classifier(n_jobs=2, verbose=0)
    data = tor.read(lambda: endless(400), text="text", target="label")
    with pytest.raises(KeyboardInterrupt):
        getattr(model, method)(data)
    assert model.score(TEXTS, LABELS) == 1.0
    assert_whole(model, tmp_path / "m")


def test_a_first_partial_fit_that_fails_at_once_is_not_fitted():
    def broken():
        yield {"text": ["a"], "label": ["x"]}
        raise DataError("row 7 is broken")

    model = classifier()
    with pytest.raises(DataError, match="row 7"):
        model.partial_fit(tor.read(broken, text="text", target="label"))
    assert not hasattr(model, "classes_")
    assert model.partial_fit(TEXTS, LABELS).score(TEXTS, LABELS) == 1.0


# Early stopping


def losses(model):
    return [epoch.average_loss for epoch in model.history_]


def test_without_tol_all_passes_are_made():
    model = classifier(max_iter=7, tol=None).fit(TEXTS, LABELS)
    assert model.n_iter_ == len(model.history_) == 7


@pytest.mark.parametrize("patience", [1, 3])
def test_it_ends_when_the_progressive_loss_stays(patience):
    tol = 1e-3
    model = classifier(max_iter=60, tol=tol, n_iter_no_change=patience).fit(TEXTS, LABELS)
    assert patience < model.n_iter_ < 60
    found = losses(model)
    assert min(found[-patience:]) > min(found[:-patience]) - tol
    for end in range(patience + 1, len(found)):  # it was not time before
        assert min(found[end - patience : end]) <= min(found[: end - patience]) - tol


def test_a_larger_tol_and_less_patience_end_sooner():
    n_iter = {
        (tol, patience): classifier(max_iter=60, tol=tol, n_iter_no_change=patience)
        .fit(TEXTS, LABELS)
        .n_iter_
        for tol, patience in [(1e-1, 1), (1e-4, 1), (1e-4, 4)]
    }
    assert n_iter[1e-1, 1] <= n_iter[1e-4, 1] < n_iter[1e-4, 4]


def test_the_passes_made_are_those_of_a_longer_fit():
    short = classifier(max_iter=60, tol=1e-3).fit(TEXTS, LABELS)
    same = classifier(max_iter=short.n_iter_).fit(TEXTS, LABELS)
    np.testing.assert_array_equal(short.coef_, same.coef_)
    assert losses(short) == losses(same)


# What belongs to the machine and the moment


def test_threads_and_progress_are_not_saved(tmp_path):
    model = classifier(n_jobs=2, max_iter=3).fit(TEXTS, LABELS)
    model.set_params(verbose=1).save(tmp_path / "m")
    loaded = tor.load(tmp_path / "m")
    assert (loaded.n_jobs, loaded.verbose, loaded.max_iter) == (None, 0, 3)
    assert (tmp_path / "m").read_bytes().find(b"n_jobs") == -1


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_verbose_shows_lines(method, capsys):
    getattr(classifier(verbose=1), method)(TEXTS, LABELS)
    shown = capsys.readouterr().err
    assert "average loss" in shown
    assert len(shown.splitlines()) >= 2 + 8  # rows 1, 2, 4, ... 128 and the end


# Callbacks


def test_callbacks_see_every_pass(capsys):
    monitor = ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
    model = classifier(max_iter=3).set_callbacks(monitor, ProgressBar()).fit(TEXTS, LABELS)
    passes = [row for row in monitor.get_logs().data if row["task_name"].startswith("pass")]
    assert [row["task_id"] for row in passes] == [0, 1, 2]
    assert passes[-1]["accuracy"] == model.score(TEXTS, LABELS)
    expected = model.predict_proba(TEXTS)[np.arange(240), [1, 0] * 120]
    assert passes[-1]["neg_log_loss"] == pytest.approx(np.log(expected).mean(), rel=1e-5)
    assert "TextClassifier" in capsys.readouterr().out


def test_callbacks_change_nothing():
    monitored = classifier(max_iter=3).set_callbacks(ScoringMonitor(scoring="accuracy"))
    alone = classifier(max_iter=3).fit(TEXTS, LABELS)
    np.testing.assert_array_equal(monitored.fit(TEXTS, LABELS).coef_, alone.coef_)


class Stop:
    """Ends a fit after its second pass, and keeps what happened."""

    def __init__(self):
        self.events = []

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.events.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context):
        self.events.append(f"end {context.task_name}")
        return context.task_name == "pass 2"


def test_a_callback_can_stop_the_fit(capsys):
    stop = Stop()
    model = classifier(max_iter=9, verbose=1).set_callbacks(stop).fit(TEXTS, LABELS)
    assert model.n_iter_ == len(model.history_) == 2
    two = classifier(max_iter=2).fit(TEXTS, LABELS)
    np.testing.assert_array_equal(model.coef_, two.coef_)
    np.testing.assert_array_equal(model.predict_proba(TEXTS), two.predict_proba(TEXTS))
    assert losses(model) == losses(two)
    passes = ["begin pass 1", "end pass 1", "begin pass 2", "end pass 2"]
    assert stop.events == ["setup", "begin fit", *passes, "end fit", "teardown"]
    assert "interrupted" not in capsys.readouterr().err


def test_callbacks_are_torn_down_after_an_error():
    stop = Stop()
    with pytest.raises(DataError, match="one label"):
        classifier().set_callbacks(stop).fit(["a", "b"], ["x", "x"])
    assert stop.events[-1] == "teardown"
