"""Checkpoints: a training that is stopped anywhere and goes on ends in the same bits."""

import os
import signal
import sys
import threading

import numpy as np
import pytest

import forks
import torrential as tor
from checkpointed import DATA, assert_same_file, classifier
from torrential.persistence.model_file import read_model

# This many rows take minutes without the compiler, and kernels have tests of their own.
pytestmark = [pytest.mark.jit, pytest.mark.usefixtures("small_windows")]


@pytest.fixture
def interrupt_after():
    """Have Ctrl-C come after a number of seconds."""
    before = signal.signal(signal.SIGVTALRM, signal.default_int_handler)
    yield lambda seconds: signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


PARAMETERS = [
    {},
    {"max_iter": 3, "idf": "running", "terms": True},
    {"max_iter": 3, "C": 1},
    {"max_iter": 4, "idf": "two-pass", "class_weight": "balanced", "average": True},
]


@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
@pytest.mark.parametrize("every", ["0s", 3000, "1h"])
def test_checkpoints_change_no_bit(parameters, every, tmp_path):
    classifier(**parameters).fit(DATA[5]).save(tmp_path / "without")
    model = classifier(**parameters)
    model.fit(DATA[5], checkpoint=tmp_path / "checkpoint", checkpoint_every=every).save(
        tmp_path / "with"
    )
    assert_same_file(tmp_path / "with", tmp_path / "without")
    assert_same_file(tmp_path / "checkpoint", tmp_path / "without")
    assert not model.interrupted_
    assert not tor.load(tmp_path / "checkpoint").interrupted_


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers")
@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
def test_ctrl_c_at_any_moment(parameters, tmp_path, interrupt_after):
    random = np.random.default_rng(0)
    whole = classifier(**parameters).fit(DATA[5])
    whole.save(tmp_path / "whole")
    path, n_stops, delay = tmp_path / "checkpoint", 0, 0.01
    while True:
        model = classifier(**parameters, n_jobs=int(random.integers(1, 3)))
        try:
            interrupt_after(delay * random.random())
            model.fit(DATA[5], checkpoint=path, checkpoint_every=None, resume=True)
            interrupt_after(0)
        except KeyboardInterrupt:
            n_stops, delay = n_stops + 1, delay * 1.3
            if model._kept_rows is not None:
                assert tor.load(path).predict_proba(["about1"]).shape[0] == 1
            continue
        break
    assert n_stops > 0
    model.save(tmp_path / "resumed")
    assert_same_file(tmp_path / "resumed", tmp_path / "whole")
    assert [each.state() for each in model.history_] == [each.state() for each in whole.history_]
    assert model.counts_ == whole.counts_
    assert not model.interrupted_
    assert not list(tmp_path.glob(".*.tmp"))


def stopped(path, model=None, n_passes=1, **arguments):
    """A fit that is stopped by Ctrl-C after this many passes, or a little later."""
    model = model or classifier(max_iter=10**6)
    main = threading.main_thread().ident

    def interrupt():
        while not (path.exists() and tor.load(path, verify=False).n_iter_ > n_passes):
            pass
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=interrupt, daemon=True)
    with pytest.raises(KeyboardInterrupt):
        thread.start()
        model.fit(DATA[2], checkpoint=path, checkpoint_every="0s", **arguments)
    thread.join()
    return model


@pytest.mark.timeout(180)
def test_ctrl_c_leaves_a_fitted_model(tmp_path):
    model = stopped(tmp_path / "checkpoint")
    assert model.interrupted_
    assert model.n_iter_ == len(model.history_) > 1
    assert model.predict(["about0", "about1"]).tolist() == ["class 0", "class 1"]
    kept = tor.load(tmp_path / "checkpoint")
    assert kept.interrupted_
    np.testing.assert_array_equal(kept.coef_, model.coef_)
    model.save(tmp_path / "model")
    assert tor.load(tmp_path / "model").interrupted_
    assert not model.set_params(max_iter=1).fit(["a", "b"] * 9, [0, 1] * 9).interrupted_


def test_partial_fit_says_so_too():
    model = classifier().partial_fit(["a", "b"], [0, 1])
    assert not model.interrupted_

    def tables():
        yield {"text": ["a", "b"], "label": [0, 1]}
        os.kill(os.getpid(), signal.SIGINT)
        yield {"text": ["a", "b"], "label": [0, 1]}

    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(tor.read(tables, text="text", target="label"))
    assert model.interrupted_
    assert not model.partial_fit(["a", "b"], [0, 1]).interrupted_


def test_system_exit_keeps_the_model_too(tmp_path):
    def tables():
        for _ in range(6):
            yield DATA[2].source.batches[0]
        raise SystemExit(3)

    model = classifier()
    with pytest.raises(SystemExit):
        model.fit(tor.read(tables, text="body", target="label"))
    assert model.interrupted_
    assert model.predict(["about0"]).tolist() == ["class 0"]


def test_a_complete_checkpoint_is_the_model(tmp_path):
    path = tmp_path / "checkpoint"
    model = classifier(max_iter=2).fit(DATA[2], checkpoint=path)
    before = path.read_bytes()
    again = classifier(max_iter=2, n_jobs=2, verbose=0).fit(DATA[2], checkpoint=path, resume=True)
    np.testing.assert_array_equal(again.coef_, model.coef_)
    assert again.n_iter_ == 2
    assert not again.interrupted_
    assert path.read_bytes() == before


def test_without_a_file_it_begins_at_the_beginning(tmp_path):
    model = classifier().fit(DATA[2], checkpoint=tmp_path / "checkpoint", resume=True)
    np.testing.assert_array_equal(model.coef_, classifier().fit(DATA[2]).coef_)


def test_none_is_written_unless_interrupted(tmp_path):
    classifier().fit(DATA[2], checkpoint=tmp_path / "checkpoint", checkpoint_every=None)
    assert list(tmp_path.iterdir()) == []


def test_a_random_seed_is_kept(tmp_path):
    path = tmp_path / "checkpoint"
    first = stopped(path, classifier(random_state=None, max_iter=10**6))
    seed = read_model(path)[1]["checkpoint"]["seed"]
    model = classifier(random_state=None, max_iter=10**6)
    stopped(path, model, n_passes=first.n_iter_, resume=True)
    assert read_model(path)[1]["checkpoint"]["seed"] == seed


FULL_DISK = """
import resource, sys
import torrential as tor
from torrential.engine.batches import windows

windows.MAX_NONZEROS = 50
texts, labels = ["good film", "bad film"] * 50, [1, 0] * 50
tor.TextClassifier(preset="fast", n_features=2**16).fit(texts, labels, checkpoint="c")
before = open("c", "rb").read()
# Kernels are compiled now, and written to Numba's cache, which is on the same disk.
model = tor.TextClassifier(preset="fast", n_features=2**16, alpha=1e-6)
model.fit(texts, labels).score(texts, labels)
resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16))
model = tor.TextClassifier(preset="fast", n_features=2**16, alpha=1e-6).fit(
    texts, labels, checkpoint="c", checkpoint_every="0s"
)
model.fit(texts, labels, checkpoint="c", checkpoint_every="0s")
assert model.score(texts, labels) == 1.0
assert open("c", "rb").read() == before
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of resources")
def test_a_full_disk_does_not_end_a_training(tmp_path):
    done = forks.run(
        [sys.executable, "-c", FULL_DISK], cwd=tmp_path, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr
    assert "rows: Cannot write c: no space is left" in done.stderr
    assert done.stderr.count("No checkpoint after") == 2  # one a training
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
