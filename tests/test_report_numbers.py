"""Reports of models of numbers: figures of one pass, checked against those of all predictions."""

import json
import re

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from scipy.stats import spearmanr
from sklearn import metrics

import torrential as tor
from report_checks import check_flat_memory, check_same_for_workers, rows_in_groups

pytestmark = pytest.mark.jit

RANDOM = np.random.default_rng(3)
WORDS = {"good": 2.0, "bad": -2.0, "<b>plain</b>": 0.0, "great": 3.0}
DRAWN = RANDOM.choice(list(WORDS), (600, 3))
TEXTS = [f"{' '.join(words)} no{i}" for i, words in enumerate(DRAWN)]
TARGET = np.array([sum(WORDS[each] for each in words) for words in DRAWN])
TARGET = TARGET + RANDOM.normal(0, 1, 600) + 5
SMALL = {"n_features": 2**12, "n_jobs": 2}
TEST, TRUE = TEXTS[400:], TARGET[400:]


@pytest.fixture(scope="module")
def model():
    return tor.TextRegressor(**SMALL).fit(TEXTS[:400], TARGET[:400])


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    table = {"text": TEST, "stars": TRUE, "site": ["a", "b"] * 100}
    return rows_in_groups(tmp_path_factory.mktemp("rows"), table, "stars")


@pytest.fixture(scope="module")
def report(model, rows):
    return model.report(rows, by=["site"], n_errors=9)


@pytest.fixture(scope="module")
def figures(report):
    return report.figures


def test_figures_are_those_of_all_predictions(model, figures):
    predicted, head = model.predict(TEST), figures.head
    errors = predicted - TRUE
    expected = {
        "mean_absolute_error": np.abs(errors).mean(),
        "root_mean_squared_error": np.sqrt((errors**2).mean()),
        "r2": metrics.r2_score(TRUE, predicted),
        "spearman": spearmanr(TRUE, predicted).statistic,
        "bias": errors.mean(),
        "not_above": (predicted >= TRUE).mean(),
    }
    for name, value in expected.items():
        found = getattr(head, name)
        assert found.value == pytest.approx(value, rel=1e-6, abs=1e-9), name
        assert found.low < found.value < found.high
    half = 1.959964 * np.abs(errors).std() / np.sqrt(200)
    assert head.mean_absolute_error.high == pytest.approx(expected["mean_absolute_error"] + half)
    assert (head.mean, head.baseline_squared) == pytest.approx((TRUE.mean(), TRUE.std()))
    assert head.baseline_absolute == pytest.approx(np.abs(TRUE - np.median(TRUE)).mean(), rel=0.01)
    assert (head.accuracy, head.quantile, head.n_rows) == (None, None, 200)


def test_the_interval_of_r2_is_about_that_of_a_bootstrap(model, figures):
    predicted, random = model.predict(TEST), np.random.default_rng(0)
    drawn = [random.integers(0, 200, 200) for _ in range(400)]
    values = [metrics.r2_score(TRUE[each], predicted[each]) for each in drawn]
    low, high = np.quantile(values, [0.025, 0.975])
    found = figures.head.r2
    assert found.high - found.low == pytest.approx(high - low, rel=0.25)


def test_errors_are_the_largest_ones_in_order(model, figures):
    errors = model.predict(TEST).astype(float) - TRUE
    order = np.argsort(-np.abs(errors), kind="stable")[:9]
    places = [60 * int(each.origin[-1]) + each.number for each in figures.errors]
    assert places == order.tolist()
    assert [each.true for each in figures.errors] == TRUE[order].tolist()
    for each, place in zip(figures.errors, order, strict=True):
        assert "".join(piece.text for piece in each.pieces) == TEST[place]
        assert each.predicted - each.true == pytest.approx(errors[place])
        added = model.decision_function([TEST[place]])[0] - model.intercept_[0]
        assert sum(piece.score for piece in each.pieces) == pytest.approx(added, abs=1e-3)


def test_terms_raise_and_lower_the_number(figures):
    terms = {each.label: [term.term for term in each.terms[:1]] for each in figures.top_terms}
    assert terms == {"lower": ["bad"], "higher": ["great"]}


def test_groups_of_predictions(model, figures):
    predicted = model.predict(TEST).astype(float)
    assert len(figures.groups) == 10 and sum(each.weight for each in figures.groups) == 200
    for each in figures.groups:
        some = (predicted >= each.low - 1e-6) & (predicted <= each.high + 1e-6)
        assert some.sum() == each.weight == 20
        assert each.mean_prediction == pytest.approx(predicted[some].mean())
        assert each.mean_target == pytest.approx(TRUE[some].mean())
        assert each.bias.value == pytest.approx((predicted - TRUE)[some].mean())
        errors = np.abs(predicted - TRUE)[some]
        assert each.mean_absolute_error == pytest.approx(errors.mean())
    sizes = np.sort(np.abs(predicted - TRUE))
    assert {each.share: each.error for each in figures.within} == pytest.approx(
        {share: sizes[int(np.ceil(share * 200)) - 1] for share in (0.5, 0.8, 0.9, 0.95, 0.99)}
    )


def test_the_heat_map_has_all_rows(figures):
    grid = np.array(figures.heat_map.weights)
    assert grid.sum() == 200 and len(figures.heat_map.edges) == len(grid) + 1 == 41


def test_segments(model, figures):
    errors = model.predict(TEST).astype(float) - TRUE
    table = next(table for table in figures.segments if table.name == "site")
    for each, some in zip(table.segments, (errors[::2], errors[1::2]), strict=True):
        assert each.bias.value == pytest.approx(some.mean())
        assert each.mean_absolute_error.value == pytest.approx(np.abs(some).mean())
        assert each.bias.low < each.bias.value < each.bias.high


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_the_same_figures_for_any_number_of_workers(model, rows, figures, n_jobs, tmp_path):
    check_same_for_workers(model, rows, figures, n_jobs, tmp_path, by=["site"], n_errors=9)


def test_memory_does_not_grow_with_the_rows(model):
    check_flat_memory(model, TEXTS, TARGET)


def test_levels_have_their_accuracy_and_a_bin_each():
    levels = np.clip(np.round(TARGET / 3), 0, 3)
    model = tor.TextRegressor(**SMALL, levels=[0, 1, 2, 3]).fit(TEXTS[:400], levels[:400])
    figures = model.report(TEST, levels[400:]).figures
    predicted = model.predict(TEST)
    assert figures.head.accuracy.value == (predicted == levels[400:]).mean()
    expected = metrics.confusion_matrix(levels[400:], predicted, labels=[0, 1, 2, 3])
    assert np.array_equal(figures.heat_map.weights, expected)
    assert figures.heat_map.edges == (-0.5, 0.5, 1.5, 2.5, 3.5)
    assert all(each.low == each.high in (0, 1, 2, 3) for each in figures.groups)
    assert [each.weight for each in figures.groups] == [
        (predicted == each.low).sum() for each in figures.groups
    ]


def test_quantiles_say_how_many_targets_are_not_above():
    model = tor.TextRegressor(**SMALL, loss="quantile", quantile=0.9).fit(TEXTS[:400], TARGET[:400])
    report = model.report(TEST, TRUE)
    head = report.figures.head
    assert head.quantile == 0.9
    assert head.not_above.value == (model.predict(TEST) >= TRUE).mean()
    assert "where 90.0% were asked for" in report.to_markdown()


def test_tables_have_their_values_colored():
    table = pa.table({"a": RANDOM.integers(0, 5, 300), "b": ["<i>x</i>", "y"] * 150})
    target = np.array(table["a"]) + np.where(np.array(table["b"]) == "y", 3.0, 0.0)
    rows = tor.read(table.append_column("price", pa.array(target)), target="price")
    report = tor.TableRegressor(**SMALL).fit(rows).report(rows)
    assert {each.text for each in report.figures.errors[0].pieces} >= {", "}
    page = report.to_html()
    assert "Values like this" in page and "<i>" not in page
    assert 'pipeline_tag: "tabular-regression"' in report.to_markdown()


def test_a_page_a_card_and_data(report, tmp_path):
    page, card = report.to_html(), report.to_markdown()
    assert "<b>" not in page and "&lt;b&gt;" in page
    assert "http" not in page and len(page.encode()) < 300_000
    for name in ("fit", "errors", "terms", "segments", "training", "provenance"):
        assert f'id="{name}"' in page and f'href="#{name}"' in page
    assert "<" not in card and "Largest errors" in card
    for table in re.findall(r"(?:^\|.*\n)+", card, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    report.save(tmp_path / "r.json")
    facts = json.loads((tmp_path / "r.json").read_text())
    assert facts["head"]["r2"]["value"] == report.figures.head.r2.value
    assert str(report).startswith("TextRegressor: mean absolute error ")


def test_weights_count(model):
    weight = np.r_[np.full(100, 3.0), np.ones(100)]
    head = model.report(TEST, TRUE, weight).figures.head
    found = model.evaluate(TEST, TRUE, weight)
    assert head.mean_absolute_error.value == found.mean_absolute_error
    assert head.r2.value == found.r2


def test_constant_targets_and_one_row(model):
    figures = model.report(TEST[:5], np.full(5, 2.0)).figures
    assert figures.head.spearman is None and figures.head.baseline_absolute == 0
    assert tor.TextRegressor(**SMALL).fit(TEXTS, TARGET).report(TEST[:1], TRUE[:1]).to_html()


def test_two_models_of_numbers(model):
    old = tor.TextRegressor(**SMALL).fit(TEXTS[:40], TARGET[:40])
    report = model.compare(old, TEST, TRUE, n_changed=25)
    found = report.figures
    errors = [np.abs(each.predict(TEST).astype(float) - TRUE) for each in (old, model)]
    change = errors[1] - errors[0]
    assert found.difference.value == pytest.approx(change.mean())
    half = 1.959964 * change.std() / np.sqrt(200)
    assert found.difference.high == pytest.approx(change.mean() + half)
    assert found.other_difference.value == pytest.approx((errors[1] ** 2 - errors[0] ** 2).mean())
    assert (found.only_second, found.only_first) == ((change < 0).sum(), (change > 0).sum())
    order = np.argsort(change, kind="stable")[:25]
    assert [each.number for each in found.better] == order.tolist()
    shown = {each.name: (each.first, each.second) for each in found.figures}
    assert shown["R2"] == (old.score(TEST, TRUE), model.score(TEST, TRUE))
    assert found.classes == () and found.both_right is None
    page, text = report.to_html(), report.to_markdown()
    assert "<b>" not in page and "is closer" in page and "<" not in text
    assert "mean absolute error" in str(report)


def test_label_errors_are_not_of_numbers(model, rows):
    with pytest.raises(tor.ParameterError, match="one label a row"):
        model.report(rows, train=rows, label_errors=True)


def test_from_the_command_line(model, rows, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model.save("stars.model")
    table = {"text": TEST, "stars": TRUE}
    parquet.write_table(pa.table(table), "rows.parquet")
    words = ["report", "stars.model", "rows.parquet", "--text", "text", "--target", "stars"]
    code, out, err = run(*words, "-o", "r.html")
    assert (code, err) == (0, "") and "stars: mean absolute error " in out
    assert run(*words, "-o", "r.md")[0] == 0 and "Largest errors" in (tmp_path / "r.md").read_text()
    code, out, _ = run(*words, "--json")
    assert code == 0 and json.loads(out)["head"]["n_rows"] == 200


@pytest.mark.parametrize("largest", [1e-9, 1e9, 1e30])
@pytest.mark.parametrize("n_rows", [1, 2, 30])
def test_odd_numbers_few_rows_and_weights_of_0(largest, n_rows):
    target = np.where(TARGET > 5, largest, 0.0)
    model = tor.TextRegressor(**SMALL, max_iter=1).fit(TEXTS[:90], target[:90])
    old = tor.TextRegressor(**SMALL, max_iter=1).fit(TEXTS[:5], target[:5])
    texts = ["", *TEST][:n_rows]
    weight = np.where(np.arange(n_rows) % 3 == 1, 0.0, 0.5)
    rows = texts, target[:n_rows], weight
    for report in (model.report(*rows), model.compare(old, *rows)):
        assert json.loads(report.to_json())
        assert not re.search(r"\bnan\b", report.to_html()) and report.to_markdown()
