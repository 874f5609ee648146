"""The pages of examples run, are short, and draw what they are about."""

import ast
import re
import runpy
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "examples").glob("plot_*.py"))
NEEDS = {"plot_languages": "sphinx"}  # packages of the extra docs, whose text a page reads
SHORTEST_TITLE = 10


def title_of(page):
    return ast.get_docstring(ast.parse(page.read_text(encoding="utf-8"))).splitlines()[0]


def titles_in(figure):
    """Return the titles, of which the gallery makes the text that describes an image."""
    titles = [axes.get_title(side) for axes in figure.axes for side in ("left", "center", "right")]
    return " ".join([figure.get_suptitle(), *titles]).strip()


def has_labels(axes):
    """Return whether axes with numbers say what these are."""
    if not axes.axison:
        return True
    numbers = (axes.xaxis, axes.yaxis)
    return any(axis.get_label().get_text() or not len(axis.get_ticklocs()) for axis in numbers)


@pytest.fixture
def figures():
    """Return the figures that a page draws."""
    plt.close("all")
    yield lambda: [plt.figure(number) for number in plt.get_fignums()]
    plt.close("all")


def test_there_are_pages():
    assert PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_runs_and_draws(page, tmp_path, monkeypatch, capsys, figures):
    pytest.importorskip(NEEDS.get(page.stem, "torrential"))
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(page))
    assert capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert figures()
    for figure in figures():
        assert len(titles_in(figure)) >= SHORTEST_TITLE
        assert any(map(has_labels, figure.axes))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_has_all_parts(page):
    text = page.read_text(encoding="utf-8")
    parts = ["The problem.", "What goes wrong.", "The recipe.", "What it costs.", "When not to use"]
    assert [part for part in parts if part not in text] == []
    assert text.count("\n") <= 140
    assert "plt.show()" in text


def test_pages_have_titles_of_their_own():
    titles = [title_of(page) for page in sorted((ROOT / "examples").glob("*.py"))]
    assert len(set(titles)) == len(titles)


def test_the_order_of_the_gallery_has_all_pages(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    order = __import__("gallery").ORDER
    sys.modules.pop("gallery")
    assert sorted(order) == [page.stem for page in PAGES]


def test_the_table_of_problems_names_all_pages():
    table = (ROOT / "examples" / "GALLERY_HEADER.rst").read_text(encoding="utf-8")
    assert sorted(re.findall(r":doc:`(\w+)`", table)) == [page.stem for page in PAGES]
