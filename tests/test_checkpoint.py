"""Checkpoints: a training that is stopped anywhere and goes on ends in the same bits."""

import json
import os
import signal
import sys
import threading

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forks
import torrential as tor
from torrential.engine.batches import windows
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.checkpoints.interval import Every
from torrential.engine.model.text_model import TextModel
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.schedule import Schedule
from torrential.engine.training.serial import train
from torrential.errors import ModelFileError, OutputError, ParameterError
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.execution.uninterrupted import Whole
from torrential.features.settings import HashSettings
from torrential.linear import LinearSettings
from torrential.linear.class_weight import ClassWeight
from torrential.persistence.model_file import read_model, write_model

# This many rows take minutes without the compiler, and kernels have tests of their own.
pytestmark = pytest.mark.jit

N_FEATURES = 1024


@pytest.fixture(scope="module", autouse=True)
def small_windows():
    """A batch or two make a window."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "MAX_NONZEROS", 20_000)
        yield


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

TRAININGS = {
    "plain": {},
    "terms": {"terms": 300, "epochs": 2},
    "running": {"idf": "running", "terms": 10**4, "epochs": 2},
    "two-pass": {"idf": "two-pass", "loss": "log_loss", "epochs": 2},
    "balanced": {"class_weight": "balanced", "average": True, "epochs": 3},
    "penalty": {"penalty": "elasticnet", "alpha": 1e-5, "learning_rate": "invscaling"},
    "tol": {"tol": 1e-3, "epochs": 30, "shuffle": False},
    "perceptron": {"loss": "perceptron", "penalty": "l1", "alpha": 1e-6, "average": 5000},
}
"""What the state of a training depends on, each at least once."""


class Run:
    """A training that can be stopped after a number of windows, and moved to another process."""

    def __init__(self, name, n_classes):
        given = dict(TRAININGS[name])
        keys = ("epochs", "shuffle", "tol")
        self.schedule = Schedule(**{key: given.pop(key) for key in keys if key in given}, seed=7)
        self.spec = given.pop("class_weight", None)
        idf, terms = given.pop("idf", None), given.pop("terms", None)
        self.model = TextModel.new(
            HashSettings(n_features=N_FEATURES, ngram_range=(1, 2)),
            LinearSettings(**given),
            idf=idf,
            term_budget=terms,
        )
        self.class_weight = ClassWeight(self.spec)
        self.cursor = Cursor()
        self.data = DATA[n_classes]

    def go_on(self, n_windows=None, n_jobs=1):
        """Learn this many more windows; return whether it was stopped."""
        left = [n_windows]

        def after_window():
            if n_windows is not None:
                left[0] -= 1
                if left[0] <= 0:
                    raise KeyboardInterrupt

        try:
            candidate = Candidate(self.model, self.class_weight, self.schedule, self.cursor)
            train(candidate, self.data, n_jobs=n_jobs, after_window=after_window)
        except KeyboardInterrupt:
            return True
        return False

    def move(self):
        """Forget all but the state, as JSON and arrays."""
        arrays, header = self.model.state()
        arrays = {name: array.copy() for name, array in arrays.items()}
        for array in arrays.values():
            array.flags.writeable = False
        text = json.dumps([header, self.cursor.state(), self.class_weight.counts.tolist()])
        header, cursor, counts = json.loads(text)
        self.model = TextModel.from_state(arrays, header)
        self.cursor = Cursor.from_state(cursor)
        self.class_weight = ClassWeight(self.spec, counts)

    def assert_same(self, other):
        (ours, header), (theirs, others) = self.model.state(), other.model.state()
        assert ours.keys() == theirs.keys()
        for name, array in ours.items():
            np.testing.assert_array_equal(array, theirs[name], err_msg=name)
        assert header == others
        assert self.cursor.state() == other.cursor.state()
        np.testing.assert_array_equal(self.class_weight.counts, other.class_weight.counts)


@pytest.fixture(scope="module")
def undisturbed():
    """Make the training that was never stopped, once for each name and number of classes."""
    made = {}

    def make(name, n_classes):
        if (name, n_classes) not in made:
            made[name, n_classes] = Run(name, n_classes)
            assert not made[name, n_classes].go_on()
        return made[name, n_classes]

    return make


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize("name", TRAININGS)
@settings(max_examples=8)
@given(cuts=st.lists(st.tuples(st.integers(1, 6), st.sampled_from([1, 2])), max_size=6))
def test_it_goes_on_in_the_same_bits(undisturbed, name, n_classes, cuts):
    run = Run(name, n_classes)
    for n_windows, n_jobs in cuts:
        run.go_on(n_windows, n_jobs)
        run.move()
    run.go_on(n_jobs=2)
    run.assert_same(undisturbed(name, n_classes))


def test_the_windows_are_small_enough_for_this(undisturbed):
    cursor = undisturbed("plain", 5).cursor
    assert cursor.is_complete
    run = Run("plain", 5)
    places = []
    while run.go_on(1):
        places.append(run.cursor.place)
    assert len(places) >= 3
    assert any(batch > 1 for _, batch in places)
    assert len({partition for partition, _ in places}) >= 2


def test_what_was_noted_before_its_window_is_not_noted_again(undisturbed):
    """The interrupt comes while batches of a window are taken note of."""
    run, reached = Run("running", 5), []

    note = run.model.note

    def counted(batch):
        note(batch)
        reached.append(batch.place)
        if len(reached) == 4:
            raise KeyboardInterrupt

    run.model.note = counted
    assert run.go_on()
    del run.model.note
    assert run.cursor.n_noted < 4
    # The fourth was noted, but not counted as such: as no interrupt in the main thread can do it.
    run.cursor.n_noted += 1
    run.move()
    run.go_on()
    run.assert_same(undisturbed("running", 5))


# The estimator


def classifier(**parameters):
    return tor.TextClassifier(**{"n_features": N_FEATURES, **parameters})


def assert_same_file(first, second):
    (ours, header), (theirs, others) = read_model(first), read_model(second)
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name], err_msg=name)
    for each in (header, others):
        each.pop("checkpoint", None)
        each.pop("saved")
    assert header == others


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


# What is refused


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "stars.ckpt"
    classifier(class_weight={"class 0": 2.0}).fit(DATA[2], checkpoint=path)
    return path


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"alpha": 1e-6}, "was made with alpha=0.0, not alpha=1e-06: pass the same parameters"),
        ({"random_state": 3}, "was made with random_state=0, not random_state=3"),
        ({"ngram_range": (1, 2)}, r"with ngram_range=\(1, 1\), not ngram_range=\(1, 2\)"),
        ({"class_weight": None}, r"class_weight={'class 0': 2.0}, not class_weight=None"),
        ({"terms": True}, "was made with terms=False, not terms=True"),
    ],
)
def test_other_parameters(checkpoint, changed, sentence):
    model = classifier(**{"class_weight": {"class 0": 2.0}, **changed})
    with pytest.raises(ParameterError, match=rf"The checkpoint .*stars\.ckpt .*{sentence}"):
        model.fit(DATA[2], checkpoint=checkpoint, resume=True)
    assert not hasattr(model, "classes_")


def test_true_is_not_one(tmp_path):
    classifier(terms=True).fit(DATA[2], checkpoint=tmp_path / "c")
    with pytest.raises(ParameterError, match="terms=True, not terms=1"):
        classifier(terms=1).fit(DATA[2], checkpoint=tmp_path / "c", resume=True)


def test_other_data(checkpoint):
    model = classifier(class_weight={"class 0": 2.0})
    with pytest.raises(ParameterError, match="15,300 other rows in memory: give the same data"):
        model.fit(DATA[5], checkpoint=checkpoint, resume=True)


def test_a_stream():
    stream = tor.read(lambda: iter([{"a": ["x"], "b": [1]}]), text="a", target="b")
    with pytest.raises(ParameterError, match="The data is a stream"):
        classifier().fit(stream, checkpoint="c")


@pytest.mark.parametrize(
    "every", [0, -1, True, "", "soon", "5", "-1s", "1d", 1.5, [60], "60s please", "nan s"]
)
def test_no_time_to_write(every, tmp_path):
    with pytest.raises(ParameterError, match=r"checkpoint_every=.* is neither"):
        classifier().fit(["a", "b"], [0, 1], checkpoint=tmp_path / "c", checkpoint_every=every)


def test_resume_from_nothing_named():
    with pytest.raises(ParameterError, match="resume=True"):
        classifier().fit(["a", "b"], [0, 1], resume=True)


def test_what_a_file_cannot_hold(tmp_path):
    with pytest.raises(ParameterError, match=r"tokenizer=.* cannot hold"):
        classifier(tokenizer=str.split).fit(["a", "b"], [0, 1], checkpoint=tmp_path / "c")
    spans = pa.array([(1, 0, 0), (2, 0, 0)], pa.month_day_nano_interval())
    with pytest.raises(ParameterError, match="Labels of type"):
        classifier().fit(["a", "b"], spans, checkpoint=tmp_path / "c")


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OutputError, match="does not exist"):
        classifier().fit(["a", "b"], [0, 1], checkpoint=tmp_path / "none" / "c")


def test_a_model_that_is_no_checkpoint(tmp_path):
    classifier().fit(DATA[2]).save(tmp_path / "m")
    with pytest.raises(ParameterError, match="is a model, but not a checkpoint"):
        classifier().fit(DATA[2], checkpoint=tmp_path / "m", resume=True)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_a_checkpoint_that_is_cut_off(checkpoint, share):
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content[: int(len(content) * share)])
    model = classifier(class_weight={"class 0": 2.0})
    with pytest.raises(ModelFileError, match=r"stars\.ckpt"):
        model.fit(DATA[2], checkpoint=checkpoint, resume=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda saved: saved.pop("course"),
        lambda saved: saved["course"].update(place=[1]),
        lambda saved: saved["course"]["validation"].pop("lines"),
        lambda saved: saved.pop("data"),
        lambda saved: saved["data"].pop("source"),
        lambda saved: saved.update(seed="x"),
    ],
)
def test_a_checkpoint_that_contradicts_itself(checkpoint, change):
    arrays, header = read_model(checkpoint)
    change(header["checkpoint"])
    write_model(checkpoint, {name: array.copy() for name, array in arrays.items()}, header)
    model = classifier(class_weight={"class 0": 2.0})
    with pytest.raises(ModelFileError, match=r"stars\.ckpt"):
        model.fit(DATA[2], checkpoint=checkpoint, resume=True)


FULL_DISK = """
import resource, sys
import torrential as tor
from torrential.engine.batches import windows

windows.MAX_NONZEROS = 50
texts, labels = ["good film", "bad film"] * 50, [1, 0] * 50
tor.TextClassifier(n_features=2**16).fit(texts, labels, checkpoint="c")
before = open("c", "rb").read()
# Kernels are compiled now, and written to Numba's cache, which is on the same disk.
tor.TextClassifier(n_features=2**16, alpha=1e-6).fit(texts, labels).score(texts, labels)
resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16))
model = tor.TextClassifier(n_features=2**16, alpha=1e-6).fit(
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


# The parts


def test_progressive_validation_goes_on():
    random = np.random.default_rng(0)
    losses, correct = random.random(1000), random.random(1000) < 0.5
    whole = ProgressiveValidation()
    whole.update(losses, correct)
    begun = ProgressiveValidation()
    for begin, end in [(0, 1), (1, 300), (300, 1000)]:
        begun = ProgressiveValidation.from_state(json.loads(json.dumps(begun.state())))
        begun.update(losses[begin:end], correct[begin:end])
    assert begun.state() == whole.state()
    assert begun.lines == whole.lines
    assert begun.average_loss == whole.average_loss
    assert begun.accuracy == whole.accuracy


@pytest.mark.parametrize(
    ("value", "seconds"), [("60s", 60), ("5m", 300), ("1h", 3600), ("0s", 0), ("0.5 s", 0.5)]
)
def test_times(value, seconds):
    assert Every.parse(value).seconds == seconds


def test_every_so_many_seconds():
    now = [0.0]
    every = Every(seconds=10, clock=lambda: now[0])
    due = []
    for now[0] in (5, 9.9, 10, 15, 19.9, 25):
        due.append(every.is_due(0))
    assert due == [False, False, True, False, False, True]


def test_never():
    every = Every.parse(None)
    assert every.is_never
    assert not every.is_due(10**9)


def test_ctrl_c_waits_for_what_is_whole():
    done = threading.Event()

    def work():
        os.kill(os.getpid(), signal.SIGINT)
        assert not done.wait(0.1)
        done.set()

    with Whole() as whole:
        with pytest.raises(KeyboardInterrupt):
            whole(work)
        assert done.is_set()
        assert whole(lambda: 3) == 3
    assert not any(thread.name.startswith("torrential") for thread in threading.enumerate())


def test_ctrl_c_again_and_again_waits_too():
    done = threading.Event()

    def work():
        for _ in range(5):
            os.kill(os.getpid(), signal.SIGINT)
            done.wait(0.02)
        done.set()

    with pytest.raises(KeyboardInterrupt), Whole() as whole:
        whole(work)
    assert done.is_set()


def test_an_error_of_what_is_whole():
    with Whole() as whole:
        with pytest.raises(ZeroDivisionError):
            whole(lambda: 1 // 0)
        assert whole(lambda: 3) == 3
