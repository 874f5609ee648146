"""The pages of examples run, and are short."""

import runpy
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[1] / "examples").glob("plot_*.py"))


def test_there_are_pages():
    assert PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_runs(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(page))
    assert capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_has_all_parts(page):
    text = page.read_text(encoding="utf-8")
    parts = ["The problem.", "What goes wrong.", "The recipe.", "What it costs.", "When not to use"]
    assert [part for part in parts if part not in text] == []
    assert text.count("\n") < 100
