"""Trainings that are stopped after any windows and go on in another process: the same bits."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkpointed import DATA, N_FEATURES
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.schedule import Schedule
from torrential.engine.training.serial import train
from torrential.features.settings import HashSettings
from torrential.linear import LinearSettings
from torrential.linear.class_weight import ClassWeight

# This many rows take minutes without the compiler, and kernels have tests of their own.
pytestmark = [pytest.mark.jit, pytest.mark.usefixtures("small_windows")]

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
        self.model = HashedModel.new(
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
        self.model = HashedModel.from_state(arrays, header)
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
