"""Progress in notebooks, with a pretended kernel of IPython."""

import sys
from types import ModuleType

import pytest

import torrential as tor
from test_shown import MARKUP, Checked
from torrential.engine.progress.display import make_progress
from torrential.engine.progress.notebook import NotebookProgress


class Handle:
    def __init__(self, shown):
        self.shown = shown

    def update(self, data, raw):
        assert raw
        self.shown.append(data)


@pytest.fixture
def shown(monkeypatch):
    """What a notebook displays; its kernel is pretended."""
    shown = []

    def display(data, raw, display_id=False):
        shown.append(data)
        return Handle(shown) if display_id else None

    shell = type("ZMQInteractiveShell", (), {})()
    package, module = ModuleType("IPython"), ModuleType("IPython.display")
    package.get_ipython, module.display = lambda: shell, display
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    return shown


def test_a_fit_draws_one_bar_and_its_curve(shown, capsys):
    texts = [f"{w} film {i}" for i in range(60) for w in ("good", "bad")]
    tor.TextClassifier(n_features=2**10, max_iter=1, verbose=1).fit(texts, ["yes", "no"] * 60)
    last = shown[-1]
    assert "100%" in last["text/plain"] and "120 rows" in last["text/plain"]
    assert {"progress", "svg", "table"} <= Checked(last["text/html"]).tags
    assert capsys.readouterr() == ("", "")


def test_tasks_and_sentences_are_escaped(shown):
    with make_progress(1) as progress:
        progress.begin(MARKUP)
        progress.advance(10, 100)
        progress.report(MARKUP)
    assert all(MARKUP not in each["text/html"] for each in shown)
    assert MARKUP in Checked(shown[1]["text/html"]).text


def test_only_what_is_asked_for_is_shown(shown):
    assert not isinstance(make_progress(0), NotebookProgress)
    assert not isinstance(make_progress(1, sys.stderr), NotebookProgress)
    assert isinstance(make_progress(1), NotebookProgress)


def test_a_terminal_of_ipython_is_a_terminal(shown):
    shell = type("TerminalInteractiveShell", (), {})()
    sys.modules["IPython"].get_ipython = lambda: shell
    assert not isinstance(make_progress(1), NotebookProgress)


def test_drawings_are_spaced(shown):
    now = [0.0]
    progress = NotebookProgress(sys.modules["IPython.display"].display, clock=lambda: now[0])
    progress.begin("train")
    for _ in range(100):
        now[0] += 0.01
        progress.advance(1, 10)
    progress.end()
    assert 4 <= len(shown) <= 6
