"""Spans of time: nested, per thread, to files that trace viewers open."""

import json
import os
import sys
import threading
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential import tracing
from torrential.engine.progress.profile import Profile, ProfiledRun
from torrential.tracing import Span, span, traced_to

TEXTS = [f"word{i % 50} other{i % 7} number{i}" for i in range(3000)]
LABELS = ["a", "b", "c"] * 1000


class Kept(list):
    def take(self, spans):
        self += spans


def events_of(path):
    return [event for event in json.loads(path.read_text())["traceEvents"] if event]


def test_nothing_is_noted_without_anyone_who_wants_it():
    assert span("a") is span("b")
    assert not tracing.is_on()
    kept = Kept()
    with traced_to(kept):
        assert tracing.is_on()
    with span("late"):
        pass
    assert kept == []


def test_own_time_is_without_that_of_spans_within():
    kept = Kept()
    with traced_to(kept), span("outer"):
        time.sleep(0.02)
        with span("inner", rows=3):
            time.sleep(0.03)
        with span("inner"):
            time.sleep(0.01)
    inner, second, outer = kept
    assert [each.name for each in kept] == ["inner", "inner", "outer"]
    assert inner.facts == {"rows": 3}
    assert inner.own == inner.duration >= 0.03e9
    assert outer.own == outer.duration - inner.duration - second.duration
    assert outer.start <= inner.start <= second.start
    assert outer.process == os.getpid()


def test_threads_are_apart_and_an_error_ends_a_span():
    kept = Kept()

    def work():
        with pytest.raises(ValueError), span("fails"):
            raise ValueError

    with traced_to(kept), span("waits"):
        thread = threading.Thread(target=work, name="other")
        thread.start()
        thread.join()
    fails, waits = kept
    assert (fails.thread_name, waits.thread_name) == ("other", "MainThread")
    assert waits.own == waits.duration


def test_no_span_is_lost_or_doubled_among_threads(monkeypatch):
    monkeypatch.setattr(tracing, "BUFFERED", 3)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    kept = Kept()

    def work(thread):
        for number in range(500):
            with span("step", thread=thread, number=number):
                pass

    try:
        with traced_to(kept):
            threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(before)
    steps = [(each.facts["thread"], each.facts["number"]) for each in kept]
    assert len(steps) == 3000
    assert set(steps) == {(thread, number) for thread in range(6) for number in range(500)}


def test_several_may_want_them():
    first, second = Kept(), Kept()
    with traced_to(first):
        with span("a"):
            pass
        with traced_to(second), span("b"):
            pass
    assert [each.name for each in first] == ["a", "b"]
    assert [each.name for each in second] == ["b"]


@pytest.fixture
def files(tmp_path):
    table = pa.table({"text": TEXTS, "label": LABELS})
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=700)
    return tor.read(tmp_path / "rows.parquet", text="text", target="label")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_trace_has_the_spans_of_all_threads(n_jobs, files, tmp_path):
    path = tmp_path / "run.json"
    model = tor.TextClassifier(preset="fast", n_features=2**10, n_jobs=n_jobs, max_iter=2)
    model.fit(files.cache(tmp_path / "cache"), trace=path)
    events = events_of(path)
    spans = [event for event in events if event["ph"] == "X"]
    names = {event["name"] for event in spans}
    expected = {"read", "decode", "hash", "pack", "keep", "unpack", "look up", "wait", "learn"}
    assert expected <= names
    hashed = [event["args"]["rows"] for event in spans if event["name"] == "hash"]
    assert sum(hashed) == len(TEXTS)  # the second pass takes them from the cache
    assert all(event["dur"] >= 0 and event["ts"] >= 0 for event in spans)
    named = {
        event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"
    }
    assert {event["tid"] for event in spans} == set(named)
    assert "MainThread" in named.values()
    assert not tracing.is_on()


def test_spans_of_a_thread_nest(files, tmp_path):
    with tor.trace(tmp_path / "run.json"):
        tor.cross_validate(
            tor.TextClassifier(preset="fast", n_features=2**10), files, cv=3, n_jobs=2
        )
    open_until = {}
    spans = [event for event in events_of(tmp_path / "run.json") if event["ph"] == "X"]
    for event in sorted(spans, key=lambda event: (event["ts"], -event["dur"])):
        stack = open_until.setdefault(event["tid"], [])
        while stack and stack[-1] <= event["ts"] + 1e-3:
            stack.pop()
        end = event["ts"] + event["dur"]
        assert not stack or end <= stack[-1] + 1e-3
        stack.append(end)


def test_a_failed_run_has_a_trace(tmp_path):
    with pytest.raises(tor.DataError), tor.trace(tmp_path / "run.json"):
        tor.TextClassifier(preset="fast").fit(["a", "b"], ["x", "x"])
    assert any(event["name"] == "hash" for event in events_of(tmp_path / "run.json"))


def test_the_model_is_the_same(files, tmp_path):
    plain = tor.TextClassifier(preset="fast", n_features=2**10, n_jobs=2).fit(files)
    traced = tor.TextClassifier(preset="fast", n_features=2**10, n_jobs=2).fit(
        files, trace=tmp_path / "t"
    )
    assert plain.coef_.tobytes() == traced.coef_.tobytes()


def test_a_trace_that_cannot_be_written(tmp_path):
    with pytest.raises(tor.OutputError, match="does not exist"):
        tor.TextClassifier(preset="fast").fit(TEXTS, LABELS, trace=tmp_path / "none" / "run.json")


def test_a_long_trace_is_written_as_it_comes(tmp_path, monkeypatch):
    monkeypatch.setattr(tracing, "BUFFERED", 10)
    with tor.trace(tmp_path / "run.json"):
        for number in range(1000):
            with span("step", number=number):
                pass
    steps = [e["args"]["number"] for e in events_of(tmp_path / "run.json") if e["name"] == "step"]
    assert steps == list(range(1000))


def span_of(name, seconds, thread="torrential-0", process=None):
    nanoseconds = int(seconds * 1e9)
    process = os.getpid() if process is None else process
    return Span(name, 0, nanoseconds, nanoseconds, process, 1, thread, 1, {})


RUN = {
    "seconds": 10.0,
    "n_jobs": 2,
    "n_cores": 2,
    "format": "parquet",
    "is_cached": False,
    "is_elsewhere": False,
}


@pytest.mark.parametrize(
    ("spans", "run", "words"),
    [
        ([("hash", 8), ("wait", 7, "MainThread")], {"n_jobs": 1}, ["--n-jobs 2", "--cache"]),
        ([("hash", 8), ("wait", 7, "MainThread")], {}, ["--cache"]),
        ([("hash", 8), ("wait", 7, "MainThread")], {"is_cached": True}, []),
        ([("decode", 6), ("hash", 4), ("wait", 7, "MainThread")], {"format": "csv"},
         ["Parquet is read faster", "--cache"]),
        ([("decode", 6), ("hash", 4), ("wait", 7, "MainThread")], {}, ["--cache"]),
        ([("hash", 5), ("learn", 9), ("wait", 0.5, "MainThread")], {}, ["--n-features 2**18"]),
        ([("hash", 5), ("wait", 9, "torrential-1"), ("learn", 5)], {}, []),
        ([("hash", 8), ("wait", 7, "MainThread")], {"is_elsewhere": True}, []),
    ],
)  # fmt: skip
def test_a_profile_says_what_to_change(spans, run, words):
    profile = Profile()
    profile.take([span_of(*each) for each in spans])
    sentences = profile.advice(ProfiledRun(**RUN | run))
    assert len(sentences) == len(words)
    for sentence, word in zip(sentences, words):
        assert word in sentence


def test_a_profile_adds_up():
    profile = Profile()
    profile.take([span_of("hash", 3), span_of("read", 1), span_of("hash", 1), span_of("wait", 9)])
    assert profile.rows() == [("hash", 4.0, 0.8), ("read", 1.0, 0.2)]
