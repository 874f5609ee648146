"""Pages about models as functions of other programs: their code runs."""

import doctest
import warnings
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[1] / "docs" / "guide"
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
LIBRARIES = {
    "functions": ("pyarrow", None),
    "duckdb": ("duckdb", None),
    "polars": ("polars", "1.25.2"),  # for collect(engine="streaming")
    "hugging_face": ("datasets", None),
}


@pytest.mark.parametrize("page", LIBRARIES)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch):
    pytest.importorskip(*LIBRARIES[page])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the libraries
        result = doctest.testfile(
            str(PAGES / f"{page}.rst"), module_relative=False, optionflags=FLAGS
        )
    assert result.failed == 0 and result.attempted > 5
