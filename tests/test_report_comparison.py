"""Comparisons of two models: counts, tests and rows, checked against both models' predictions."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from scipy.stats import binomtest

import torrential as tor
from torrential.engine.reporting.compare import _Pair
from torrential.pages.comparison_report import ComparisonReport

pytestmark = pytest.mark.jit

RANDOM = np.random.default_rng(1)
WORDS = {"ant|<b>": "leaf tiny six", "bee": "honey wing sting", "cow": "milk grass moo"}
LABELS = RANDOM.choice(list(WORDS), 700, p=[0.5, 0.3, 0.2])
TEXTS = [
    " ".join(RANDOM.choice(WORDS[label if luck < 0.75 else "cow"].split(), 3)) + f" <i> no{i}"
    for i, (label, luck) in enumerate(zip(LABELS, RANDOM.random(700), strict=True))
]
TEST, TRUE = TEXTS[400:], LABELS[400:]


@pytest.fixture(scope="module")
def models():
    old = tor.TextClassifier(preset="fast", n_features=2**12).fit(TEXTS[:60], LABELS[:60])
    return old, tor.TextClassifier(n_features=2**12, n_jobs=2).fit(TEXTS[:400], LABELS[:400])


@pytest.fixture(scope="module")
def figures(models):
    old, new = models
    return new.compare(old, TEST, TRUE, n_changed=1000).figures


def test_counts_are_those_of_the_predictions(models, figures):
    old, new = (model.predict(TEST) for model in models)
    was, now = old == TRUE, new == TRUE
    assert figures.both_right == (was & now).sum()
    assert figures.only_first == (was & ~now).sum() > 0
    assert figures.only_second == (~was & now).sum() > 0
    assert figures.both_wrong == (~was & ~now).sum()
    assert figures.n_same == (old == new).sum()
    expected = binomtest(figures.only_first, figures.only_first + figures.only_second).pvalue
    assert figures.p_value == pytest.approx(expected)
    assert figures.difference.value == pytest.approx(now.mean() - was.mean())
    change = now.astype(float) - was
    half = 1.959964 * change.std() / np.sqrt(300)
    assert figures.difference.high == pytest.approx(change.mean() + half)


def test_figures_and_classes_are_those_of_evaluate(models, figures):
    reports = [model.evaluate(TEST, TRUE) for model in models]
    shown = {each.name: (each.first, each.second) for each in figures.figures}
    assert shown["accuracy"] == tuple(each.accuracy for each in reports)
    assert shown["log loss"] == tuple(each.log_loss for each in reports)
    f1 = [{each.label: each.f1 for each in report.classes} for report in reports]
    for each in figures.classes:
        assert (each.first, each.second) == tuple(found[each.label] for found in f1)
    changes = [abs(each.second - each.first) for each in figures.classes]
    assert changes == sorted(changes, reverse=True)


def test_rows_that_changed(models, figures):
    old, new = (model.predict(TEST) for model in models)
    for rows, right, wrong in ((figures.better, new, old), (figures.worse, old, new)):
        expected = np.flatnonzero((right == TRUE) & (wrong != TRUE))
        assert sorted(each.number for each in rows) == expected.tolist()
        for each in rows:
            assert each.true == TRUE[each.number] and not each.is_cut
            for pieces in (each.first_pieces, each.second_pieces):
                assert "".join(piece.text for piece in pieces) == TEST[each.number]
            assert (each.first, each.second) == (old[each.number], new[each.number])
        sure = [each.of_first + each.of_second for each in rows]
        assert sure == sorted(sure, reverse=True)


def test_rows_are_hashed_once_for_equal_features(models):
    _, new = models
    again = tor.TextClassifier(n_features=2**12, max_iter=1).fit(TEXTS[:300], LABELS[:300])
    pairs = [(new, again), models]
    encoders = [
        _Pair(None, tuple(each.model_ for each in pair), (), None, 1).encoders for pair in pairs
    ]
    assert [len(each) for each in encoders] == [1, 2]
    found = new.compare(again, TEST, TRUE).figures
    assert found.figures[0].second == new.score(TEST, TRUE)
    assert found.figures[0].first == again.score(TEST, TRUE)


def test_a_model_against_itself_is_the_same(models):
    _, new = models
    found = new.compare(new, TEST, TRUE).figures
    assert (found.difference.value, found.p_value, found.n_same) == (0.0, 1.0, 300)
    assert found.better == found.worse == ()


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_the_same_for_any_number_of_workers_and_parts(models, figures, n_jobs, tmp_path):
    old, new = models
    path = tmp_path / "rows.parquet"
    parquet.write_table(pa.table({"t": TEST, "y": TRUE}), path, row_group_size=70)
    new.set_params(n_jobs=n_jobs)
    found = new.compare(old, tor.read(path, text="t", target="y"), n_changed=1000).figures
    assert found.difference.value == pytest.approx(figures.difference.value)
    for name in ("only_first", "only_second", "n_same", "p_value"):
        assert getattr(found, name) == getattr(figures, name)
    assert [each.second_pieces for each in found.better] == [
        each.second_pieces for each in figures.better
    ]


def test_models_of_other_classes_and_labels_that_none_has_seen(models):
    _, new = models
    two = tor.TextClassifier(n_features=2**12).fit(TEXTS[:400], np.where(LABELS[:400] == "bee",
                                                                        "bee", "dog"))  # fmt: skip
    found = new.compare(two, ["honey wing", "milk moo", "odd"], ["bee", "cow", "zoo"]).figures
    assert (found.both_right, found.only_second, found.both_wrong) == (1, 1, 1)
    f1 = {each.label: (each.first, each.second) for each in found.classes}
    assert f1["cow"][0] == 0 and f1["zoo"] == (0.0, 0.0)


def test_pages_and_markdown_show_what_is_markup(models, tmp_path):
    old, new = models
    report = new.compare(old, TEST, TRUE)
    page, text = report.to_html(), report.to_markdown()
    assert "<i>" not in page and "<b>" not in page and "&lt;i&gt;" in page
    assert "<" not in text and r"ant\|&lt;b&gt;" in text
    assert "http" not in page and "second against first" in str(report)
    report.save(tmp_path / "c.json")
    assert json.loads((tmp_path / "c.json").read_text())["n_rows"] == 300


def test_a_command_that_steers_terminals_is_one_line_of_text(figures):
    report = ComparisonReport(replace(figures, command="report \x1b[31m\n# a \u202e"))
    assert report.to_markdown().endswith("\n\n    report \\x1b[31m\\n# a \\u202e\n")


def test_from_the_command_line(models, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, model in zip(["old", "new"], models, strict=True):
        model.save(f"{name}.model")
    parquet.write_table(pa.table({"text": TEST, "label": TRUE}), "rows.parquet")
    words = ["report", "old.model", "new.model", "rows.parquet", "--target", "label"]
    code, out, err = run(*words, "--text", "text", "-o", "c.html")
    assert (code, err) == (0, "") and "new against old: accuracy " in out
    assert "new <span" in (tmp_path / "c.html").read_text()
    code, out, _ = run(*words, "--text", "text", "--json")
    assert code == 0 and json.loads(out)["both_right"] > 0
    code, _, err = run(*words, "old.model", "--text", "text")
    assert code == 2 and "one model, or two" in err
    code, _, err = run(*words, "--text", "text", "--by", "label")
    assert code == 2 and "leave it out" in err


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (tor.Perceptron(), "Perceptron is not compared"),
        (
            tor.TextRegressor(n_features=2**10).fit(["a", "b"] * 9, [1.0, 2.0] * 9),
            "predicts numbers",
        ),
        (tor.TextClassifier(n_features=2**10).fit(["a", "b"] * 9, [["x"], ["y"]] * 9), "one label"),
    ],
)
def test_what_is_not_compared(models, other, sentence):
    with pytest.raises(tor.ParameterError, match=sentence):
        models[1].compare(other, TEST, TRUE)


def test_texts_and_tables_are_not_compared(models):
    table = pa.table({"a": [1, 2] * 9, "y": ["p", "q"] * 9})
    other = tor.TableClassifier(n_features=2**10).fit(tor.read(table, target="y"))
    with pytest.raises(tor.ParameterError, match="the other of tables"):
        models[1].compare(other, TEST, TRUE)


def test_tables_of_the_same_columns_are_compared():
    table = pa.table({"a": [*range(8)] * 9, "b": ["x", "y"] * 36, "y": ["p", "q", "q", "q"] * 18})
    rows = tor.read(table, target="y")
    new = tor.TableClassifier(n_features=2**10).fit(rows)
    old = tor.TableClassifier(n_features=2**10).fit(rows.take(2))
    found = new.compare(old, rows)
    assert found.figures.is_table and found.figures.figures[0].second == new.score(rows)
    assert "b: x" in [piece.text for piece in found.figures.better[0].second_pieces]
    assert "Values like this" in found.to_html()
    other = tor.TableClassifier(n_features=2**10).fit(tor.read(table.drop(["b"]), target="y"))
    with pytest.raises(tor.ParameterError, match="of other columns"):
        new.compare(other, rows)


def test_words_are_colored_by_what_they_add_in_each_model(models, figures):
    for each in [*figures.better, *figures.worse][:20]:
        wrong = each.first if each.first != each.true else each.second
        for model, pieces in zip(models, (each.first_pieces, each.second_pieces), strict=True):
            explained = model.explain("".join(piece.text for piece in pieces))
            names = list(model.classes_)
            added = explained.decision - explained.intercept
            expected = added[names.index(wrong)] - added[names.index(each.true)]
            assert sum(piece.score for piece in pieces) == pytest.approx(expected, abs=1e-2)
