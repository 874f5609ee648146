"""Reports of models of tables: values with what they add, crosses shared out among columns."""

import numpy as np
import pyarrow as pa
import pytest

import torrential as tor
from torrential.engine.reporting.table_pieces import table_pieces

pytestmark = pytest.mark.jit

RANDOM = np.random.default_rng(2)
DAY = RANDOM.choice(["mon", "tue", "sun"], 500)
HOUR = RANDOM.integers(0, 24, 500)
LATE = np.where((DAY == "sun") ^ (RANDOM.random(500) < 0.15), "late", "on <b>time</b>")
TABLE = pa.table({"day": DAY, "hour": HOUR, "text": [f"gate {i % 9}" for i in HOUR], "y": LATE})
ROWS = tor.read(TABLE, target="y")


@pytest.fixture(scope="module", params=[None, ["day*hour"]])
def model(request):
    return tor.TableClassifier(n_features=2**12, crosses=request.param).fit(ROWS.take(300))


def test_values_have_the_scores_of_their_terms(model):
    figures = model.report(ROWS).figures
    assert figures.head.accuracy.value == model.score(ROWS)
    for error in figures.errors[:10]:
        scores = {piece.text: piece.score for piece in error.pieces if piece.text != ", "}
        row = TABLE.slice(error.number, 1).to_pylist()[0]
        given = {name: row[name] for name in ("day", "hour", "text")}
        assert [*scores] == [f"{name}: {value}" for name, value in given.items()]
        explained = model.explain(given)
        sign = 1 if error.predicted == explained.classes[1] else -1
        total = sum(float(each.scores[0]) for each in explained.terms)
        assert sum(scores.values()) == pytest.approx(sign * total, abs=1e-3)


def test_the_page_of_a_table(model):
    report = model.report(ROWS, by=["day"])
    page = report.to_html()
    assert "Values like this" in page and "day: " in page and "<b>" not in page
    tables = {table.name: table for table in report.figures.segments}
    assert {each.value for each in tables["day"].segments} == {"mon", "tue", "sun"}
    assert "length in characters" not in tables
    assert any(term.term.startswith("day=") for term in report.figures.top_terms[0].terms)


def test_a_table_whose_only_column_is_called_text():
    rows = tor.read(TABLE.select(["text", "y"]), target="y")
    figures = tor.TableClassifier(n_features=2**10).fit(rows).report(rows).figures
    assert figures.errors[0].pieces[0].text.startswith("text: gate")


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([("a=1", 1.0), ("a.b=2", 4.0)], {"a: 1": 1.0, "a.b: 2": 4.0}),
        ([("a=1 × a.b=2", 3.0), ("gone=1", 9.0)], {"a: 1": 1.5, "a.b: 2": 1.5}),
        ([("a.b.month=2", 2.0)], {"a: 1": 0.0, "a.b: 2": 2.0}),
    ],
)
def test_terms_belong_to_the_longest_name_that_fits(terms, expected):
    row = pa.RecordBatch.from_pydict({"a": [1], "a.b": [2], "none": [None]})
    found = {text: score for text, score in table_pieces(row, terms) if text != ", "}
    assert found == expected
