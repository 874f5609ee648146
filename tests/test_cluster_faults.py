"""Fits on a Dask cluster that are disturbed end in the same bits, or one sentence."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import forks
import torrential as tor
from cluster import InThread, environment, keys_on, running_cluster, wait_for
from cluster_functions import DEADLY, deadly_words, slow_words
from model_files import assert_same_files
from predicted_rows import predict_file
from torrential.engine.scoring.evaluate import evaluate
from torrential.errors import ClusterError, MissingDataError
from torrential.persistence.model_file import read_model

pytestmark = [
    pytest.mark.jit,
    pytest.mark.timeout(180),
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals"),
]

RANDOM = np.random.default_rng(0)
N_ROWS = 2_000
LABELS = np.array(["ant", "bee", "cow"])[RANDOM.integers(0, 3, N_ROWS)]
TEXTS = [
    f"{label} " + " ".join(f"word{i}" for i in RANDOM.integers(0, 500, 30)) for label in LABELS
]
COLUMNS = {"text": "text", "target": "label"}
MODEL = {"n_features": 2**12, "random_state": 0, "idf": "running"}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "rows.parquet"
    pq.write_table(pa.table({"text": TEXTS, "label": LABELS}), path, row_group_size=150)
    return path


@pytest.fixture(scope="module")
def dataset(file):
    return tor.read(file, **COLUMNS)


def averaging(executor, n_rounds=2, **parameters):
    classifier = tor.TextClassifier(preset="fast", **{**MODEL, **parameters})
    return tor.ParameterAveraging(classifier, n_rounds=n_rounds, executor=executor)


def assert_same(model, other):
    """Equal to the bit."""
    arrays, header = model.estimator_.model_.state()
    others, other_header = other.estimator_.model_.state()
    assert header == other_header
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, others[name], err_msg=name)
    assert model.history_ == other.history_


# Workers and schedulers that die


def test_workers_that_die_in_the_middle_of_a_fit(tmp_path, caplog):
    """One, which is not replaced; and then the other one, when there is a new one."""
    data = TEXTS[:500], LABELS[:500]
    caplog.set_level("INFO", "torrential")
    with running_cluster(tmp_path, 2) as cluster, tor.Dask(str(cluster.scheduler_file)) as dask:
        call = InThread(lambda: averaging(dask, 8, analyzer=slow_words).fit(*data))
        first, second = cluster.workers
        wait_for(lambda: was_told("round 1", caplog) or not call.is_alive())
        time.sleep(0.1)
        first.kill()
        cluster.start_worker()
        wait_for(lambda: was_told("round 3", caplog) or not call.is_alive())
        second.kill()
        was_alive = call.is_alive()
        model = call.result()
        assert was_alive
        assert keys_on(cluster.address) == []
    assert_same(model, averaging(tor.Threads(8), 8, analyzer=slow_words).fit(*data))
    assert not model.interrupted_


def was_told(words, caplog):
    return any(message.startswith(f"{words}:") for message in caplog.messages)


def test_rows_that_always_kill_their_worker(tmp_path):
    paths = [tmp_path / f"rows{i}.csv" for i in range(5)]
    for i, path in enumerate(paths):
        cut = slice(60 * i, 60 * i + 60)
        rows = [f"{text},{label}" for text, label in zip(TEXTS[cut], LABELS[cut], strict=True)]
        if i == 2:
            rows[50] = f"a {DEADLY} text,ant"
        path.write_text("\n".join(["text,label", *rows]))
    dataset = tor.read(paths, **COLUMNS)
    model = averaging(tor.Threads(2), analyzer=deadly_words).fit(TEXTS[:300], LABELS[:300])
    before, scores = model.estimator_, model.decision_function(TEXTS[:300])
    with (
        running_cluster(tmp_path, 2, replaces=True, SCHEDULER__ALLOWED_FAILURES=1) as cluster,
        tor.Dask(str(cluster.scheduler_file), timeout=30) as dask,
    ):
        # The second where all die before one is back: copies of the model are gone then, too.
        message = r"(2 workers ended while|lost its work 3 times) .*rows2\.csv"
        model.set_params(executor=dask, n_partitions=5)
        with pytest.raises(ClusterError, match=message):
            model.fit(dataset)
        with pytest.raises(ClusterError, match=message):
            before.collect_terms(dataset, executor=dask)
        assert keys_on(cluster.address) == []
        assert model.estimator_ is before
        np.testing.assert_array_equal(model.decision_function(TEXTS[:300]), scores)
        assert before.model_.terms is None


def test_a_scheduler_that_dies_in_the_middle_of_a_fit(tmp_path, dataset):
    kept, n_rounds = tmp_path / "kept", 20
    with running_cluster(tmp_path, 2) as cluster:
        address = cluster.address
        with tor.Dask(address, timeout=4) as dask:
            model = averaging(dask, n_rounds)
            call = InThread(lambda: model.fit(dataset, checkpoint=kept, checkpoint_every="0s"))
            wait_for(lambda: kept.exists() or not call.is_alive())
            time.sleep(0.1)
            cluster.scheduler.kill()
            with pytest.raises(ClusterError, match=re.escape(address)):
                call.result()
    assert not hasattr(model, "estimator_")
    n_behind, _ = read_model(kept)[1]["averaging"]["position"]
    assert 0 < n_behind < n_rounds
    assert tor.load(kept).score(dataset) > 0.5
    resumed = averaging(tor.Threads(2), n_rounds).fit(dataset, checkpoint=kept, resume=True)
    assert_same(resumed, averaging(tor.Threads(2), n_rounds).fit(dataset))


def test_a_scheduler_without_the_package(tmp_path):
    """It has to unpickle tasks, too."""
    without = tmp_path / "without"
    without.mkdir()
    (without / "sitecustomize.py").write_text(
        "from importlib.metadata import Distribution\n"
        "discover = Distribution.discover\n"
        "def others(**by):\n"
        "    return (d for d in discover(**by) if d.metadata['Name'] != 'torrential')\n"
        "Distribution.discover = staticmethod(others)\n"
    )
    with running_cluster(tmp_path, 1, first_on_path=[without]) as cluster:
        expected = rf"The scheduler at {re.escape(cluster.address)} has no torrential, .* install"
        for _ in range(2):
            with pytest.raises(ClusterError, match=expected):
                averaging(cluster.address).fit(TEXTS, LABELS)


# Files that workers do not see


def uses_of(dataset, tmp_path, executor):
    """All that reads files on workers."""
    model = averaging(tor.Threads(1)).fit(TEXTS[:300], LABELS[:300]).estimator_
    yield lambda: averaging(executor).fit(dataset)
    yield lambda: averaging(executor, idf="two-pass").fit(dataset)
    yield lambda: model.predict(dataset, executor=executor)
    yield lambda: model.score(dataset, executor=executor)
    yield lambda: evaluate(model.model_, dataset, executor)
    yield lambda: model.collect_terms(dataset, executor=executor)
    yield lambda: predict_file(model.model_, dataset, tmp_path / "out.csv", executor=executor)


def assert_missing(
    name, dataset, tmp_path, address, by=r".* Worker tcp://\S+ looked for it.* same paths"
):
    expected = rf"{re.escape(name)}.* does not exist{by}"
    with tor.Dask(address) as dask:
        for use in uses_of(dataset, tmp_path, dask):
            with pytest.raises(MissingDataError, match=expected):
                use()
    assert not (tmp_path / "out.csv").exists()
    assert keys_on(address) == []


def test_a_file_that_is_gone(file, tmp_path, address):
    for name in ("a.csv", "b.csv"):
        rows = [f"{text},{label}" for text, label in zip(TEXTS[:50], LABELS[:50], strict=True)]
        (tmp_path / name).write_text("\n".join(["text,label", *rows]))
    dataset = tor.read([tmp_path / "a.csv", tmp_path / "b.csv"], **COLUMNS)
    (tmp_path / "b.csv").unlink()
    assert_missing(f"{tmp_path}/b.csv", dataset, tmp_path, address, by=": check the path")


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs Linux")
def test_a_file_that_only_the_driver_sees(file, tmp_path, address, monkeypatch):
    """Each process has a folder of its own under this path."""
    monkeypatch.chdir(file.parent)
    dataset = tor.read("/proc/self/cwd/rows.parquet", **COLUMNS)
    assert_missing("/proc/self/cwd/rows.parquet", dataset, tmp_path, address)


# Fits that are stopped

FIT = """
    import signal, sys
    import torrential as tor

    signal.signal(signal.SIGINT, signal.default_int_handler)
    address, path = sys.argv[1:]
    dataset = tor.read(path, text="text", target="label")
    classifier = tor.TextClassifier(preset="fast", n_features=2**12)
    model = tor.ParameterAveraging(classifier, n_rounds=100_000, executor=address, verbose=1)
    try:
        model.fit(dataset)
    except KeyboardInterrupt:
        print(model.interrupted_, model.n_iter_ > 0, model.score(dataset) > 0.5)
        sys.exit(130)
"""

COMMAND = """
    import signal
    from torrential.cli import main

    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
"""


def stop(program, words, number, rounds=1):
    """Send a signal after this many rounds; return the exit code and the output."""
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, words)]
    with forks.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            for line in process.stderr:
                if line.startswith(f"round {rounds}:"):
                    break
            process.send_signal(number)
            out, error = process.communicate(timeout=30)
        finally:
            process.kill()
    assert "Traceback" not in error
    assert "Exception" not in error
    return process.returncode, out, error


def test_ctrl_c_keeps_the_average_and_leaves_nothing_on_the_cluster(file, address):
    status, out, _ = stop(FIT, [address, file], signal.SIGINT, rounds=2)
    assert (status, out) == (130, "True True True\n")
    assert keys_on(address) == []


BEFORE_IT_BEGINS = """
    import os, signal, sys, threading, time
    from distributed import Client
    from cluster_functions import pair, times
    from torrential.execution.dask.executor import Dask

    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Client(sys.argv[1], set_as_default=False) as client:
        dask = Dask(client)
        dask.map_reduce(times, [1, 2], pair, 3)
        client.loop.add_callback(time.sleep, 1)  # so that Dask begins nothing meanwhile
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            dask.map_reduce(times, [1, 2], pair, 3)
        except KeyboardInterrupt:
            print("interrupted")
"""


def test_ctrl_c_before_dask_has_begun_is_quiet(address):
    command = [sys.executable, "-c", textwrap.dedent(BEFORE_IT_BEGINS), address]
    done = forks.run(command, env=environment(), capture_output=True, text=True, timeout=100)
    assert (done.stdout, done.stderr, done.returncode) == ("interrupted\n", "", 0)
    assert keys_on(address) == []


WHILE_IT_SENDS = """
    import os, signal, sys, threading
    import numpy as np
    from cluster_functions import identity
    from torrential.execution.dask.executor import Dask

    signal.signal(signal.SIGINT, signal.default_int_handler)
    shared = np.ones(5_000_000)  # it takes a while until all workers have it
    for i in range(12):
        with Dask(sys.argv[1]) as dask:
            dask.map_reduce(identity, [1], max)
            timer = threading.Timer(0.01 + 0.008 * i, os.kill, (os.getpid(), signal.SIGINT))
            try:
                timer.start()
                dask.map_reduce(identity, [1, 2], max, shared)
                timer.join()
            except KeyboardInterrupt:
                pass
            finally:
                timer.join()
    print("done")
"""


def test_ctrl_c_while_shared_data_is_sent_leaves_nothing(address):
    command = [sys.executable, "-c", textwrap.dedent(WHILE_IT_SENDS), address]
    done = forks.run(command, env=environment(), capture_output=True, text=True, timeout=100)
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)
    assert keys_on(address) == []


N_EPOCHS = 30
TRAIN = [
    "train",
    "rows.parquet",
    "--text",
    "text",
    "--target",
    "label",
    "--preset",
    "fast",
    "--n-features",
    "2**12",
]
TRAIN = [*TRAIN, "--idf", "running", "--epochs", str(N_EPOCHS)]


@pytest.fixture(scope="module")
def undisturbed(file, tmp_path_factory):
    """The model of the command below."""
    path = tmp_path_factory.mktemp("whole") / "m"
    classifier = tor.TextClassifier(
        preset="fast", n_features=2**12, idf="running", max_iter=N_EPOCHS
    )
    model = tor.ParameterAveraging(classifier, n_rounds=N_EPOCHS, executor=tor.Threads(2))
    model.fit(tor.read(file, **COLUMNS)).estimator_.save(path)
    return path


@pytest.fixture
def folder(file, tmp_path, monkeypatch):
    (tmp_path / "rows.parquet").symlink_to(file)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def where(place, address):
    return ["--cluster", address] if place == "cluster" else ["--n-partitions", "8"]


@pytest.mark.parametrize(
    ("number", "begins", "ends"),
    [(signal.SIGINT, "cluster", "threads"), (signal.SIGTERM, "threads", "cluster")],
)
def test_a_command_that_is_stopped_goes_on(folder, run, address, undisturbed, number, begins, ends):
    words, partial = [*TRAIN, "-o", "m"], Path("m.partial")
    status, out, error = stop(COMMAND, [*words, *where(begins, address), "-v"], number)
    assert (status, out) == (128 + number, "")
    sentence = r"torrential: stopped after ([\d,]+) rows; the model so far is in m\.partial: .*"
    n_rows = int(re.fullmatch(sentence, error.splitlines()[-1])[1].replace(",", ""))
    n_behind, _ = read_model(partial)[1]["averaging"]["position"]
    assert n_rows == n_behind * N_ROWS
    assert 0 < n_behind < N_EPOCHS
    assert sorted(path.name for path in folder.iterdir()) == ["m.partial", "rows.parquet"]
    assert tor.load(partial).interrupted_
    assert keys_on(address) == []
    assert run(*words, *where(ends, address), "--resume", "-q") == (0, "", "")
    assert not partial.exists()
    assert_same_files("m", undisturbed)


@pytest.mark.parametrize(("place", "kills"), [("threads", (3, 9)), ("cluster", (2,))])
def test_a_command_that_is_killed_goes_on(folder, run, address, undisturbed, place, kills):
    words = [*TRAIN, "-o", "m", *where(place, address), "--checkpoint", "kept"]
    words += ["--checkpoint-every", "0s", "--resume"]
    for rounds in kills:
        status, _, _ = stop(COMMAND, [*words, "-v"], signal.SIGKILL, rounds)
        assert status == -signal.SIGKILL
        n_behind, _ = read_model("kept")[1]["averaging"]["position"]
        assert rounds - 1 <= n_behind < N_EPOCHS
    assert run(*words, "-q") == (0, "", "")
    assert_same_files("m", undisturbed)
    assert read_model("kept")[1]["averaging"]["is_complete"]
