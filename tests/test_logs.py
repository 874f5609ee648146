"""The loggers' tree: partitions in records, JSON lines, and what other processes say."""

import json
import logging

import joblib
import pytest

import torrential as tor
from torrential import logs
from torrential.execution.relay import Watch, take
from torrential.tracing import span


class Records(logging.Handler):
    def __init__(self):
        super().__init__()
        self.all = []

    def emit(self, record):
        self.all.append(record)


@pytest.fixture
def records():
    root, handler = logging.getLogger("torrential"), Records()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.all
    root.removeHandler(handler)
    root.setLevel(logging.NOTSET)


@pytest.fixture
def files(tmp_path):
    for name in "ab":
        lines = [f'{{"text": "word{i} {name}", "label": {i % 2}}}' for i in range(150)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join([*lines, "{broken"]) + "\n")
    return [str(tmp_path / f"{name}.jsonl") for name in "ab"]


def dataset_of(files):
    return tor.read(files, text="text", target="label", on_bad_rows="skip")


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_records_speak_of_a_partition(n_jobs, files, records):
    tor.TextClassifier(preset="fast", n_features=2**8, n_jobs=n_jobs).fit(dataset_of(files))
    said = {(r.partition, r.getMessage()) for r in records if r.name == "torrential.read"}
    for file in files:
        assert (file, "malformed rows left out: 1") in said
        assert (file, "150 rows were read") in said
    assert all(r.partition is None for r in records if r.name == "torrential.train")


def test_json_lines(files, records):
    tor.TextClassifier(preset="fast", n_features=2**8).fit(dataset_of(files))
    lines = [json.loads(logs.JsonLines().format(record)) for record in records]
    read = [line for line in lines if line["logger"] == "torrential.read"]
    assert {line["partition"] for line in read} == set(files)
    assert all(
        line.keys() == {"time", "level", "logger", "message", "partition", "thread", "process"}
        for line in lines
    )
    try:
        int("no")
    except ValueError:
        logs.logger_of("read").exception("it failed: %s", "ä")
    line = json.loads(logs.JsonLines().format(records[-1]))
    assert line["message"] == "it failed: ä"
    assert "ValueError" in line["error"]
    assert "ä" in logs.Lines().format(records[-1])


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_records_and_spans_of_joblib_arrive(backend, files, records, tmp_path):
    pid = str(joblib.externals.loky.backend.context.os.getpid())
    model = tor.TextClassifier(preset="fast", n_features=2**8)
    averaged = tor.ParameterAveraging(
        model, n_partitions=2, executor=tor.Joblib(2, backend=backend)
    )
    with tor.trace(tmp_path / "run.json"):
        averaged.fit(dataset_of(files))
    said = [r for r in records if r.name == "torrential.read"]
    assert {r.partition for r in said} == set(files)
    elsewhere = {str(r.process) for r in said} - {pid}
    assert bool(elsewhere) == (backend == "loky")
    events = [e for e in json.loads((tmp_path / "run.json").read_text())["traceEvents"] if e]
    names = {event["name"] for event in events if str(event.get("pid")) != pid}
    assert ({"hash", "learn", "work"} <= names) == (backend == "loky")


def test_levels_are_those_of_the_driver(files, caplog):
    caplog.set_level(logging.WARNING, "torrential")
    tor.ParameterAveraging(
        tor.TextClassifier(preset="fast", n_features=2**8), n_partitions=2, executor=tor.Joblib(2)
    ).fit(dataset_of(files))
    assert not [r for r in caplog.records if r.name == "torrential.read"]


def test_a_report_holds_plain_data_of_one_thread(records):
    reports = []
    watch = Watch(logging.DEBUG, traces=True, process=0)  # as if it was of another process
    traced = tor.trace("/dev/null")
    with traced, watch.reported(reports.append), span("step"), logs.speaking_of("a part"):
        logs.logger_of("read").warning("one %s", "thing")
    [report] = reports
    assert json.loads(json.dumps(report)) == report
    assert [told["msg"] for told in report["records"]] == ["one thing"]
    assert [each[0] for each in report["spans"]] == ["step", "work"]
    records.clear()
    take(report, "tcp://worker")
    assert (records[0].partition, records[0].worker) == ("a part", "tcp://worker")
    assert json.loads(logs.JsonLines().format(records[0]))["worker"] == "tcp://worker"
