"""Searches go on from a checkpoint in the same bits as if nothing had happened."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

import forks
import torrential as tor
from test_search import rows_of
from torrential.engine.batches import windows
from torrential.engine.batches.replay import Kept
from torrential.estimators.selection import fold_task
from torrential.estimators.selection.checkpoint import SearchCheckpoint

# This many searches take minutes without the compiler, and kernels have tests of their own.
pytestmark = pytest.mark.jit

GRID = {"eta0": [0.05, 0.5], "idf": [None, "running", "two-pass"], "alpha": [0, 1e-4]}


@pytest.fixture(autouse=True)
def small_windows(monkeypatch):
    monkeypatch.setattr(windows, "MAX_NONZEROS", 1500)
    monkeypatch.setattr("torrential.engine.batches.keyed.VALUES_AT_ONCE", 700)


N_ROWS = 1200


def dataset(labels="ab", n_rows=N_ROWS):
    texts, y = rows_of(n_rows, labels)
    rows = pa.table({"text": texts, "label": y})
    parts = [rows.slice(begin, 150) for begin in range(0, n_rows, 150)]
    return tor.read(parts, text="text", target="label")


def search_of(labels="ab", grid=GRID, n_jobs=1, **arguments):
    model = tor.TextClassifier(preset="fast", n_features=2**8, max_iter=2)
    search = tor.GridSearchCV(model, grid, cv=3, n_jobs=n_jobs, return_train_score=True)
    return search.fit(dataset(labels), **arguments)


def assert_same(first, second):
    assert first.best_params_ == second.best_params_
    for name, column in first.cv_results_.items():
        if "time" not in name:
            np.testing.assert_array_equal(column, second.cv_results_[name])
    curves = [each.learning_curves_ for each in (first, second)]
    assert curves[0] == curves[1]


def copies_at_each_write(monkeypatch, folder):
    """Keep each checkpoint that is written under a name of its own."""
    write, kept = SearchCheckpoint.write, []

    def write_and_copy(self, n_rows):
        is_written = write(self, n_rows)
        kept.append(shutil.copy(self.path, folder / f"{len(kept)}.ckpt"))
        return is_written

    monkeypatch.setattr(SearchCheckpoint, "write", write_and_copy)
    return kept


@pytest.mark.timeout(300)
@pytest.mark.parametrize("labels", ["ab", "abc"])
def test_it_goes_on_from_any_checkpoint(labels, tmp_path, monkeypatch):
    undisturbed = search_of(labels)
    with monkeypatch.context() as patched:
        kept = copies_at_each_write(patched, tmp_path)
        search = search_of(labels, checkpoint=tmp_path / "c", checkpoint_every=180)
    assert_same(undisturbed, search)
    assert len(kept) > 8
    for path in kept[:: max(1, len(kept) // 5)] + kept[-1:]:
        resumed = search_of(labels, n_jobs=2, checkpoint=path, checkpoint_every=None, resume=True)
        assert_same(undisturbed, resumed)


def test_it_goes_on_from_between_two_passes(tmp_path, monkeypatch):
    grid = {"shuffle": [True, False], "eta0": [0.05, 0.5], "loss": ["hinge", "log_loss"]}
    undisturbed = search_of(grid=grid)
    with monkeypatch.context() as patched:
        kept = copies_at_each_write(patched, tmp_path)
        search_of(grid=grid, checkpoint=tmp_path / "c", checkpoint_every=600)
    for path in kept:
        assert_same(undisturbed, search_of(grid=grid, checkpoint=path, resume=True))


def test_what_was_learned_is_not_learned_again(tmp_path, monkeypatch):
    path = tmp_path / "c"
    search_of(checkpoint=path)
    monkeypatch.setattr("torrential.engine.training.learner.Learner.prepare", None)
    monkeypatch.setattr("torrential.estimators.selection.base.fitted_to", lambda *_: None)
    search_of(checkpoint=path, resume=True)


def test_ctrl_c_keeps_what_was_learned(tmp_path, monkeypatch):
    undisturbed, path = search_of(), tmp_path / "c"

    def interrupt(self, n_rows):
        if n_rows > 900:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr("torrential.estimators.selection.leaders.Leaders.after_rows", interrupt)
        with pytest.raises(KeyboardInterrupt):
            search_of(checkpoint=path, checkpoint_every=None)
    assert_same(undisturbed, search_of(checkpoint=path, resume=True))


REFUSED = [
    ({"grid": {"eta0": [0.1, 0.2]}}, "was made with candidates="),
    ({"stratify": True}, "was made with stratify=False, not stratify=True"),
    ({"labels": "abc"}, "give the same data"),
]


@pytest.mark.parametrize(("changed", "words"), REFUSED)
def test_other_searches_are_refused(changed, words, tmp_path):
    grid = {"eta0": [0.1, 0.5]}
    search_of(grid=grid, checkpoint=tmp_path / "c")
    with pytest.raises(tor.ParameterError, match=words):
        search_of(**{"grid": grid, **changed}, checkpoint=tmp_path / "c", resume=True)


SCORED = {"eta0": [1e-4, 0.05, 0.5], "loss": ["hinge", "log_loss", "perceptron"]}


def halving_of(data=None, estimator=None, grid=SCORED, n_jobs=1, **arguments):
    model = (
        tor.TextClassifier(preset="fast", n_features=2**8, max_iter=2)
        if estimator is None
        else estimator
    )
    search = tor.HalvingGridSearchCV(model, grid, cv=3, n_jobs=n_jobs, factor=2, refit=False)
    search.min_resources = 360
    return search.fit(dataset() if data is None else data, **arguments)


def pipeline():
    vectorizer = HashingVectorizer(n_features=2**8, alternate_sign=False)
    steps = make_pipeline(vectorizer, MaxAbsScaler(), SGDClassifier(random_state=0))
    return tor.OutOfCore(steps, max_iter=2)


PIPELINE_GRID = {"estimator__sgdclassifier__alpha": [10.0**-each for each in range(8)]}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("grid", [SCORED, SCORED | {"idf": [None, "two-pass"]}])
@pytest.mark.parametrize("labels", ["ab", "abc"])
def test_halving_goes_on_from_any_checkpoint(labels, grid, tmp_path, monkeypatch):
    data = dataset(labels)
    undisturbed = halving_of(data, grid=grid)
    with monkeypatch.context() as patched:
        kept = copies_at_each_write(patched, tmp_path)
        search = halving_of(data, grid=grid, checkpoint=tmp_path / "c", checkpoint_every=120)
    assert_same(undisturbed, search)
    assert max(search.n_resources_[:-1]) > N_ROWS  # one choice is made in the second epoch
    assert len(kept) > 8
    for path in kept[:: max(1, len(kept) // 5)] + kept[-1:]:
        resumed = halving_of(
            data, grid=grid, n_jobs=2, checkpoint=path, checkpoint_every=None, resume=True
        )
        assert_same(undisturbed, resumed)
        assert resumed.n_candidates_ == undisturbed.n_candidates_
        assert resumed.saved_ == undisturbed.saved_


@pytest.mark.timeout(300)
@pytest.mark.parametrize("limit", [2**29, 20_000])
@pytest.mark.parametrize("halves", [False, True])
def test_pipelines_go_on_from_any_checkpoint(halves, limit, tmp_path, monkeypatch):
    defaults = Kept.__init__.__defaults__
    monkeypatch.setattr(Kept.__init__, "__defaults__", (limit, *defaults[1:]))

    def run(**arguments):
        if halves:
            return halving_of(None, pipeline(), PIPELINE_GRID, **arguments)
        grid = {name: values[2:5] for name, values in PIPELINE_GRID.items()}
        search = tor.GridSearchCV(pipeline(), grid, cv=3, refit=False)
        return search.fit(dataset(), **arguments)

    undisturbed = run()
    with monkeypatch.context() as patched:
        kept = copies_at_each_write(patched, tmp_path)
        assert_same(undisturbed, run(checkpoint=tmp_path / "c", checkpoint_every=300))
    assert len(kept) > 4
    for path in kept[:: max(1, len(kept) // 3)]:
        assert_same(undisturbed, run(checkpoint=path, checkpoint_every=None, resume=True))


@pytest.mark.timeout(240)
def test_halving_elsewhere_goes_on_from_any_checkpoint(tmp_path, monkeypatch):
    def run(**arguments):
        model = tor.TextClassifier(preset="fast", n_features=2**8)
        search = tor.HalvingGridSearchCV(model, SCORED, cv=3, refit=False, executor=tor.Threads(2))
        return search.fit(dataset(n_rows=900), **arguments)

    undisturbed = run()
    with monkeypatch.context() as patched:
        kept = copies_at_each_write(patched, tmp_path)
        assert_same(undisturbed, run(checkpoint=tmp_path / "c", checkpoint_every="0s"))
    assert len(kept) >= 5  # two choices, three folds, and the end
    for path in kept[:2] + kept[-2:]:
        assert_same(undisturbed, run(checkpoint=path, checkpoint_every=None, resume=True))


def test_folds_that_were_done_elsewhere_are_not_done_again(tmp_path, monkeypatch):
    def run(**arguments):
        model = tor.TextClassifier(preset="fast", n_features=2**8)
        search = tor.GridSearchCV(model, SCORED, cv=4, refit=False)
        search.executor = tor.Threads(1)
        return search.fit(dataset(), **arguments)

    undisturbed, done = run(), []
    with monkeypatch.context() as patched:
        kept = copies_at_each_write(patched, tmp_path)
        run(checkpoint=tmp_path / "c", checkpoint_every="0s")
    assert len(kept) >= 4
    single = fold_task.SingleFold
    monkeypatch.setattr(
        fold_task, "SingleFold", lambda of, number: done.append(number) or single(of, number)
    )
    for number, path in enumerate(kept[:4], 1):
        done.clear()
        assert_same(undisturbed, run(checkpoint=path, checkpoint_every=None, resume=True))
        assert done == list(range(number, 4))
    with pytest.raises(tor.ParameterError, match="executor='given', not executor=None"):
        search = tor.GridSearchCV(tor.TextClassifier(preset="fast", n_features=2**8), SCORED, cv=4)
        search.fit(dataset(), checkpoint=kept[0], resume=True)


def test_searches_of_other_kinds_are_refused(tmp_path):
    grid = {"eta0": [0.1, 0.5]}
    search_of(grid=grid, checkpoint=tmp_path / "c")
    with pytest.raises(tor.ParameterError, match="estimator='TextClassifier'"):
        search = tor.GridSearchCV(pipeline(), PIPELINE_GRID, cv=3)
        search.fit(dataset(), checkpoint=tmp_path / "c", resume=True)
    halving = tor.HalvingGridSearchCV(
        tor.TextClassifier(preset="fast", n_features=2**8, max_iter=2), grid, cv=3
    )
    halving.return_train_score = True
    with pytest.raises(tor.ParameterError, match="factor=None, not factor=3"):
        halving.fit(dataset(), checkpoint=tmp_path / "c", resume=True)


def test_a_damaged_checkpoint(tmp_path):
    path = tmp_path / "c"
    search_of(grid={"eta0": [0.1, 0.5]}, checkpoint=path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(tor.ModelFileError):
        search_of(grid={"eta0": [0.1, 0.5]}, checkpoint=path, resume=True)


PROGRAM = """
from torrential.cli import main
from torrential.engine.batches import keyed
from torrential.engine.batches import windows
windows.MAX_NONZEROS, keyed.VALUES_AT_ONCE = 1500, 700  # as here
main()
"""


@pytest.mark.timeout(120)
def test_a_killed_process_is_resumed(tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    texts, y = rows_of(12_000)
    pq.write_table(pa.table({"text": texts, "label": y}), "rows.parquet", row_group_size=2400)
    words = [
        "search", "rows.parquet", "--text", "text", "--target", "label", "--cv", "3",
        "--grid", "eta0=0.01,0.1,1", "--grid", "idf=running,two-pass", "--n-features", "4096",
        "--json", "-q",
    ]  # fmt: skip
    _, whole, _ = run(*words)
    words += ["--checkpoint", "c", "--checkpoint-every", "0s"]
    process = forks.Popen([sys.executable, "-c", PROGRAM, *words], stdout=subprocess.PIPE)
    while not Path("c").exists():
        assert process.poll() is None
    process.kill()
    assert process.communicate()[0] == b""  # it was not done
    code, resumed, _ = run(*words, "--resume")
    assert code == 0
    assert _without_times(resumed) == _without_times(whole)


def _without_times(printed):
    return [line for line in printed.splitlines() if "time" not in line and "seconds" not in line]
