"""Reports of several labels a row: figures of one pass, checked against all predictions at once."""

import json
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

import torrential as tor
from report_checks import check_flat_memory, check_same_for_workers, rows_in_groups
from torrential.evaluation.findings import pair_counts
from torrential.evaluation.findings.pair_counts import PairCounts

pytestmark = pytest.mark.jit

RANDOM = np.random.default_rng(4)
WORDS = {"ant<b>": "leaf tiny", "bee": "honey wing", "cow|": "milk grass", "dog": "bark bone"}
NAMES = list(WORDS)
HAS = RANDOM.random((700, 4)) < [0.5, 0.4, 0.3, 0.2]
TARGET = [[name for name, has in zip(NAMES, row, strict=True) if has] for row in HAS.tolist()]
TEXTS = [
    " ".join(
        RANDOM.choice(WORDS[name if luck < 0.8 else "bee"].split()) for name in labels
    ) + f" <i> no{i}"
    for i, (labels, luck) in enumerate(zip(TARGET, RANDOM.random(700), strict=True))
]  # fmt: skip
SMALL = {"n_features": 2**12, "n_jobs": 2, "ngram_range": (1, 1)}
TEST, TRUE, HAD = TEXTS[450:], TARGET[450:], HAS[450:]


@pytest.fixture(scope="module")
def model():
    return tor.TextClassifier(**SMALL).fit(TEXTS[:450], TARGET[:450])


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    table = {"text": TEST, "labels": TRUE, "site": ["a", "b"] * 125}
    return rows_in_groups(tmp_path_factory.mktemp("rows"), table, "labels")


@pytest.fixture(scope="module")
def report(model, rows):
    return model.report(rows, by=["site"], n_errors=8)


@pytest.fixture(scope="module")
def figures(report):
    return report.figures


@pytest.fixture(scope="module")
def given_labels(model):
    predicted = model.predict(TEST)
    return np.array([[name in row for name in NAMES] for row in predicted])


def f1_of_rows(truth, predicted):
    hits, both = 2 * (truth & predicted).sum(axis=1), truth.sum(axis=1) + predicted.sum(axis=1)
    return np.where(both > 0, hits / np.maximum(both, 1), 1.0)


def test_figures_are_those_of_evaluate_and_of_all_predictions(model, rows, figures, given_labels):
    found, head = model.evaluate(rows), figures.head
    assert head.micro_f1.value == pytest.approx(found.micro_f1)
    assert head.micro_f1.value == pytest.approx(
        metrics.f1_score(HAD, given_labels, average="micro")
    )
    assert head.macro_f1.value == found.macro_f1
    assert head.exact.value == (given_labels == HAD).all(axis=1).mean()
    assert head.mean_f1.value == pytest.approx(f1_of_rows(HAD, given_labels).mean())
    assert head.precision_at["1"] == found.precision_at[1]
    assert head.n_labels_per_row == pytest.approx(HAD.sum() / 250)
    for each in (head.micro_f1, head.macro_f1, head.exact, head.mean_f1):
        assert each.low < each.value < each.high
    counts = HAD.sum(axis=0)
    always = np.zeros_like(HAD)
    always[:, counts.argmax()] = True
    assert head.majority == NAMES[counts.argmax()]
    assert head.baseline == pytest.approx(metrics.f1_score(HAD, always, average="micro"))


@pytest.mark.parametrize(("average", "off"), [("micro", 0.25), ("macro", 0.5)])
def test_intervals_are_about_those_of_a_bootstrap(figures, given_labels, average, off):
    random = np.random.default_rng(0)
    drawn = [random.integers(0, 250, 250) for _ in range(300)]
    values = [metrics.f1_score(HAD[each], given_labels[each], average=average) for each in drawn]
    low, high = np.quantile(values, [0.025, 0.975])
    found = getattr(figures.head, f"{average}_f1")
    assert found.high - found.low == pytest.approx(high - low, rel=off)


def test_labels_have_their_thresholds(model, figures, given_labels):
    likely = model.predict_proba(TEST).astype(np.float32)
    columns = {name: place for place, name in enumerate(model.classes_)}
    assert [each.support for each in figures.labels] == sorted(HAD.sum(axis=0), reverse=True)
    for each in figures.labels:
        place, column = NAMES.index(each.label), columns[each.label]
        truth, predicted = HAD[:, place], given_labels[:, place]
        assert each.precision == pytest.approx(metrics.precision_score(truth, predicted))
        assert each.recall == pytest.approx(metrics.recall_score(truth, predicted))
        assert each.predicted == predicted.sum() and not each.is_chosen
        assert np.array_equal(likely[:, column] > np.float32(each.least), predicted)
        if each.threshold:
            reached = likely[:, column] >= np.float32(each.threshold.threshold)
            assert truth[reached].mean() == pytest.approx(each.threshold.precision)
            assert each.threshold.precision >= 0.95
            assert each.threshold.coverage == pytest.approx((truth & reached).sum() / truth.sum())
    assert any(each.threshold for each in figures.labels)


def test_chosen_thresholds_are_those_in_use(rows):
    model = tor.TextClassifier(**SMALL).fit(TEXTS[:450], TARGET[:450])
    chosen = model.choose_thresholds(min_precision=0.9).thresholds
    figures = model.report(rows).figures
    for each in figures.labels:
        assert each.is_chosen
        assert each.least == (None if np.isinf(chosen[each.label]) else chosen[each.label])
    assert figures.head.micro_f1.value == pytest.approx(model.evaluate(rows).micro_f1)


def test_pairs_are_those_of_the_predictions(figures, given_labels):
    confused, together = Counter(), Counter()
    for truth, predicted in zip(HAD, given_labels, strict=True):
        missed = [name for name, has, gets in zip(NAMES, truth, predicted) if has and not gets]
        wrong = [name for name, has, gets in zip(NAMES, truth, predicted) if gets and not has]
        confused.update((one, other) for one in missed for other in wrong)
        together.update(frozenset(pair) for pair in combinations(missed, 2))
    found = {(each.true, each.predicted): each.weight for each in figures.confusions}
    assert found == confused and figures.n_confusions == len(confused) > 0
    pairs = {frozenset((each.first, each.second)): each.weight for each in figures.missed_together}
    assert pairs == together and len(together) > 0


@pytest.mark.parametrize("is_missed", [False, True])
def test_errors_are_the_most_confident_ones(model, figures, given_labels, is_missed):
    order = [NAMES.index(name) for name in model.classes_]
    likely = model.predict_proba(TEST).astype(np.float32)[:, np.argsort(order)]
    pairs = HAD & ~given_labels if is_missed else given_labels & ~HAD
    ranks = np.where(pairs, 1 - likely if is_missed else likely, -1)
    best = np.sort(ranks.ravel())[::-1][:8]
    errors = figures.missed if is_missed else figures.wrong
    assert [1 - each.probability if is_missed else each.probability for each in errors] == (
        pytest.approx(best[: len(errors)].tolist())
    )
    for each in errors:
        place = 60 * int(each.origin[-1]) + each.number
        assert "".join(piece.text for piece in each.pieces) == TEST[place]
        assert [*each.true] == TRUE[place] and each.is_missed is is_missed
        assert (each.label in each.true) is is_missed
        assert (each.label in each.predicted) is not is_missed
        explained = model.explain(TEST[place])
        column = list(model.classes_).index(each.label)
        added = explained.decision[column] - explained.intercept[column]
        assert sum(piece.score for piece in each.pieces) == pytest.approx(added, abs=1e-2)


def test_terms_and_segments(figures, given_labels):
    for each in figures.top_terms:
        assert each.terms[0].term in WORDS[each.label].split()
    table = next(table for table in figures.segments if table.name == "site")
    f1 = f1_of_rows(HAD, given_labels)
    assert [each.f1.value for each in table.segments] == pytest.approx(
        [f1[::2].mean(), f1[1::2].mean()]
    )


def test_one_label_has_terms_that_speak_for_it():
    model = tor.TextClassifier(**SMALL).fit(["good film", "bad film"] * 40, [["yes"], []] * 40)
    (terms,) = model.report(["good film", "film"], [["yes"], ["yes"]]).figures.top_terms
    assert terms.label == "yes" and terms.terms[0].term == "good"


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_the_same_figures_for_any_number_of_workers(model, rows, figures, n_jobs, tmp_path):
    check_same_for_workers(model, rows, figures, n_jobs, tmp_path, by=["site"], n_errors=8)


def test_memory_does_not_grow_with_the_rows(model):
    check_flat_memory(model, TEXTS, TARGET)


def test_labels_that_training_has_not_seen_and_rows_without_one(model):
    figures = model.report(["leaf", "milk", "odd"], [["zoo"], ["cow|", "zoo"], []]).figures
    zoo = next(each for each in figures.labels if each.label == "zoo")
    assert (zoo.support, zoo.seen, zoo.least, zoo.threshold) == (2, False, None, None)
    assert figures.head.n_labels_per_row == 1 and figures.head.mean_f1.value > 0
    rows = ["leaf", "bark"], [["zoo"], ["dog"]]
    assert "not seen in training" in model.report(*rows).to_html()


def test_a_matrix_of_0_and_1(rows):
    model = tor.TextClassifier(**SMALL).fit(TEXTS[:450], HAS[:450].astype(int))
    head = model.report(TEST, HAD.astype(int)).figures.head
    assert head.exact.value == model.score(TEST, HAD.astype(int))


def test_a_page_a_card_and_data(report, tmp_path):
    page, card = report.to_html(), report.to_markdown()
    assert "<b>" not in page and "<i>" not in page and "&lt;b&gt;" in page
    assert "http" not in page
    for name in ("classes", "confusions", "errors", "missed", "terms", "confidence", "segments"):
        assert f'id="{name}"' in page and f'href="#{name}"' in page
    assert "<" not in card and r"cow\|" in card and "## Labels" in card
    report.save(tmp_path / "r.json")
    facts = json.loads((tmp_path / "r.json").read_text())
    assert facts["head"]["micro_f1"]["value"] == report.figures.head.micro_f1.value
    assert facts["head"]["precision_at"]["1"] > 0.5
    assert str(report).startswith("TextClassifier: micro-F1 ")


def test_two_models(model, given_labels):
    old = tor.TextClassifier(**SMALL).fit(TEXTS[:40], TARGET[:40])
    report = model.compare(old, TEST, TRUE, n_changed=1000)
    found, predicted = report.figures, old.predict(TEST)
    before = np.array([[name in row for name in NAMES] for row in predicted])
    change = f1_of_rows(HAD, given_labels) - f1_of_rows(HAD, before)
    assert found.difference.value == pytest.approx(change.mean())
    exact = [(each == HAD).all(axis=1).mean() for each in (before, given_labels)]
    assert found.other_difference.value == pytest.approx(exact[1] - exact[0])
    assert (found.only_second, found.only_first) == ((change > 0).sum(), (change < 0).sum())
    assert found.n_same == (before == given_labels).all(axis=1).sum()
    assert sorted(each.number for each in found.better) == np.flatnonzero(change > 0).tolist()
    for each in found.worse[:5]:
        assert each.true == TRUE[each.number] and tuple(each.first) == predicted[each.number]
    shown = {each.name: (each.first, each.second) for each in found.figures}
    assert shown["exactly right"] == (old.score(TEST, TRUE), model.score(TEST, TRUE))
    page, text = report.to_html(), report.to_markdown()
    assert "<b>" not in page and "<i>" not in page and "<" not in text
    assert "mean F1 of the rows" in str(report)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=30), st.integers(0, 30))
def test_pairs_are_counted_however_rows_are_cut(rows, cut):
    def sets(numbers):
        return np.array([[number >> bit & 1 for bit in range(4)] for number in numbers], bool)

    first, second = (sets(each).reshape(-1, 4) for each in zip(*rows, strict=True)) if rows else (
        np.zeros((0, 4), bool), np.zeros((0, 4), bool))  # fmt: skip
    parts = [PairCounts(), PairCounts()]
    for part, some in zip(parts, (slice(0, cut), slice(cut, None)), strict=True):
        part.update(first[some], second[some], np.ones(len(first[some])))
    expected = first.astype(float).T @ second.astype(float)
    found = {(one, other): weight for one, other, weight in parts[0].merge(parts[1]).heaviest(99)}
    assert found == {(i, j): expected[i, j] for i, j in np.argwhere(expected > 0).tolist()}


def test_pairs_are_bounded_and_the_heaviest_stay(monkeypatch):
    monkeypatch.setattr(pair_counts, "MOST_PAIRS", 50)
    counts = PairCounts()
    for number in range(60):
        first, second = np.zeros((1, 100), bool), np.zeros((1, 100), bool)
        first[0, [0, number]], second[0, [1, 99 - number // 2]] = True, True
        counts.update(first, second, np.ones(1))
    assert len(counts) <= 50 and counts.heaviest(1) == [(0, 1, 60.0)]
