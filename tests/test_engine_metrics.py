"""Metrics while a fit runs: as JSON lines, and as a callback of scikit-learn."""

import json

import pytest

import torrential as tor
from torrential.engine.progress import throughput as engine_metrics

TEXTS = [f"word{i % 50} other{i % 7} number{i}" for i in range(3000)]
LABELS = ["a", "b", "c"] * 1000

KEYS = {
    "time", "task", "is_end", "seconds", "share", "rows", "bytes", "rows_per_second",
    "mb_per_second", "terms_per_second", "queue", "memory_mb", "loss", "accuracy",
    "training_accuracy", "log_loss", "roc_auc",
}  # fmt: skip


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_json_lines(n_jobs, tmp_path):
    path = tmp_path / "metrics.jsonl"
    with tor.metrics(path, every="0s"):
        tor.TextClassifier(preset="fast", n_features=2**10, max_iter=2, n_jobs=n_jobs).fit(
            TEXTS, LABELS
        )
        lines = [json.loads(line) for line in path.read_text().splitlines()]  # it can be followed
    assert all(line.keys() == KEYS for line in lines)
    ends = [line for line in lines if line["is_end"]]
    assert [line["task"] for line in ends] == ["epoch 1/2", "epoch 2/2"]
    assert ends[0]["training_accuracy"] is ends[1]["accuracy"] is None  # flattered or honest
    assert 0 < ends[0]["accuracy"] < ends[1]["training_accuracy"]
    first = next(line for line in lines if not line["is_end"])
    assert first["rows"] == 3000
    assert first["bytes"] > sum(map(len, TEXTS))  # their places count, too
    assert first["rows_per_second"] > 0
    assert first["terms_per_second"] == pytest.approx(3 * first["rows_per_second"], rel=0.01)
    assert 0 < first["accuracy"] < 1
    assert 10 < first["memory_mb"] < 1e5
    assert first["loss"] > 0
    assert engine_metrics._takers == []


def test_not_more_often_than_asked_for(tmp_path):
    with tor.metrics(tmp_path / "m", every="1h"):
        tor.TextClassifier(preset="fast", n_features=2**10, max_iter=3).fit(TEXTS, LABELS)
    lines = (tmp_path / "m").read_text().splitlines()
    assert [json.loads(line)["is_end"] for line in lines] == [True] * 3


def test_a_callback():
    told = []
    monitor = tor.MetricsMonitor(every="0s", report=told.append)
    model = (
        tor.TextClassifier(preset="fast", n_features=2**10)
        .set_callbacks(monitor)
        .fit(TEXTS, LABELS)
    )
    assert monitor.records == told
    assert told[-1]["rows"] == 3000
    assert told[-1]["accuracy"] == model.history_[-1].accuracy
    assert told[-1]["roc_auc"] is told[-1]["log_loss"] is None
    n = len(told)
    tor.TextClassifier(preset="fast", n_features=2**10).fit(TEXTS, LABELS)  # another one
    assert len(told) == n


def test_a_callback_lets_go_after_an_error():
    model = tor.TextClassifier(preset="fast").set_callbacks(tor.MetricsMonitor())
    with pytest.raises(tor.DataError):
        model.fit(["a", "b"], ["x", "x"])
    assert engine_metrics._takers == []


def test_scores_and_folds_are_told_too(tmp_path):
    with tor.metrics(tmp_path / "m"):
        tor.cross_validate(tor.TextClassifier(preset="fast", n_features=2**10), TEXTS, LABELS, cv=3)
    tasks = [json.loads(line)["task"] for line in (tmp_path / "m").read_text().splitlines()]
    assert tasks == ["train", "score"]


def test_what_is_wrong(tmp_path):
    for every in ("soon", 5, None):
        with pytest.raises(tor.ParameterError, match=f"^every={every!r} is not a time: "):
            tor.MetricsMonitor(every=every)
        with (
            pytest.raises(tor.ParameterError, match=f"^every={every!r} is not a time: "),
            tor.metrics(tmp_path / "m", every=every),
        ):
            pass
    with pytest.raises(tor.OutputError, match="does not exist"), tor.metrics(tmp_path / "a" / "b"):
        pass


def test_two_classes_have_log_loss_and_roc_auc(tmp_path):
    path = tmp_path / "metrics.jsonl"
    with tor.metrics(path, every="0s"):
        model = tor.TextClassifier(n_features=2**10, max_iter=2).fit(TEXTS, ["a", "b"] * 1500)
    ends = [line for line in map(json.loads, path.read_text().splitlines()) if line["is_end"]]
    figures = model.history_[0].probabilities
    assert (ends[0]["log_loss"], ends[0]["roc_auc"]) == (figures.log_loss, figures.roc_auc)
    assert ends[1]["log_loss"] is ends[1]["roc_auc"] is None
