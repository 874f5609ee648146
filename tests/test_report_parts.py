"""Parts of reports by themselves: intervals, confidence, segments, shapes of texts and pieces."""

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from torrential.engine.reporting.attribution import attribute, excerpt, pieces
from torrential.engine.reporting.learning import more_data
from torrential.engine.reporting.text_shapes import LENGTH_NAMES, SCRIPTS, text_shapes
from torrential.evaluation.cells import PairSketch
from torrential.evaluation.findings.binned_sums import MOST_BINS, BinnedSums
from torrential.evaluation.findings.confidence import EDGES, Confidence
from torrential.evaluation.findings.heat_map import heat_map
from torrential.evaluation.findings.highest_rows import HighestRows
from torrential.evaluation.findings.intervals import correlation, macro_f1, mcnemar, share
from torrential.evaluation.findings.rows import KeptRow, WrongRow
from torrential.evaluation.findings.seen_rows import SeenRows
from torrential.evaluation.findings.segments import MOST_VALUES, OTHERS, Segment, Segments
from torrential.features.settings import HashSettings
from torrential.features.views import parse_views

pytestmark = pytest.mark.jit


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=50), st.integers(0, 50))
def test_rows_that_were_seen_are_found(hashes, cut):
    values = np.array(hashes, np.uint64)
    first, second, whole = SeenRows(), SeenRows(), SeenRows()
    first.update(values[:cut])
    second.update(values[cut:])
    whole.update(values)
    assert first.merge(second).have(values).all() and whole.have(values).all()
    assert (first._bits == whole._bits).all() and first.n_rows == len(values)


def test_few_rows_are_taken_for_others():
    seen = SeenRows()
    random = np.random.default_rng(6)
    seen.update(random.integers(0, 2**64, 300_000, np.uint64))
    assert seen.have(random.integers(0, 2**64, 300_000, np.uint64)).mean() < 1e-4


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1), st.booleans()), min_size=1))
def test_confidence_counts_exactly_at_its_edges(rows):
    predicted, likely, right = (np.array(each) for each in zip(*rows, strict=True))
    whole, parts = Confidence(3), Confidence(3)
    whole.update(predicted, likely, right, np.ones(len(rows)))
    for place in range(len(rows)):
        one, part = slice(place, place + 1), Confidence(3)
        part.update(predicted[one], likely[one], right[one], np.ones(1))
        parts.merge(part)
    assert whole.curve() == parts.curve()
    for point in whole.curve():
        reached = likely.astype(np.float32) >= np.float32(point.threshold)
        assert point.coverage == pytest.approx(reached.mean())
        assert point.precision == pytest.approx(right[reached].mean())
    support = np.bincount(predicted, minlength=3) + 1.0
    for code, found in enumerate(whole.thresholds(0.8, support)):
        if found is not None:
            reached = (predicted == code) & (likely.astype(np.float32) >= found.threshold)
            assert right[reached].mean() == pytest.approx(found.precision) and (
                found.precision >= 0.8
            )


def test_edges_are_apart():
    assert (np.diff(EDGES) > 0).all()


def row(probability, number):
    return WrongRow(KeptRow(b"", 0, "", number), "a", "b", probability, None)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0.5, 0.6, 0.7, 0.9]), max_size=30), st.integers(0, 30))
def test_the_worst_rows_are_the_same_however_they_are_cut(likely, cut):
    def summary(first, values):
        worst, values = HighestRows(4), np.array(values, np.float32)
        places = worst.wanted(values, np.ones(len(values), bool))
        worst.add([row(float(values[at]), first + int(at)) for at in places])
        return worst

    cut = min(cut, len(likely))
    merged = summary(0, likely[:cut]).merge(summary(cut, likely[cut:]))
    expected = sorted(enumerate(likely), key=lambda each: -each[1])[:4]
    assert [each.row.number for each in merged.rows()] == [number for number, _ in expected]


def test_segments_are_bounded():
    segments = Segments()
    for number in range(MOST_VALUES + 5):
        segments.update("id", np.zeros(2, int), [f"v{number}"], np.ones((2, 1)), np.ones(2))
    table = segments.table("id", MOST_VALUES + 1, Segment.of)
    assert (table.segments[0].value, table.segments[0].weight) == (OTHERS, 10.0)
    assert len(table.segments) == MOST_VALUES + 1


def test_intervals():
    assert (share(0, 10).low, share(10, 10).high) == (0.0, 1.0)
    assert share(5, 10).low < 0.5 < share(5, 10).high
    exact = np.array([[30.0, 5.0], [10.0, 55.0]])
    narrow, wide = macro_f1(exact, 1000, 0.83), macro_f1(exact, 50, 0.83)
    assert wide.high - wide.low > narrow.high - narrow.low
    assert macro_f1(exact, 1000, 0.83) == narrow


@pytest.mark.parametrize(("first", "second"), [(0, 0), (3, 9), (40, 25), (500, 700)])
def test_mcnemar_is_the_binomial_test(first, second):
    from scipy.stats import binomtest

    expected = binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text()), max_size=20))
def test_lengths_are_those_of_the_texts(texts):
    shapes = text_shapes(pa.array(texts, pa.string()))
    assert shapes.n_characters.tolist() == [len(text or "") for text in texts]
    assert len(shapes.buckets) == len(shapes.scripts) == len(texts)


@pytest.mark.parametrize(
    ("text", "script", "length"),
    [
        ("", "no letters", "empty"),
        ("12 + 3", "no letters", "1 to 19"),
        ("Größe", "Latin", "1 to 19"),
        ("ελληνικά", "Greek", "1 to 19"),
        ("שלום", "Hebrew", "1 to 19"),
        ("हिन्दी", "Indic", "1 to 19"),
        ("ไทย", "Thai", "1 to 19"),
        ("한국어", "Hangul", "1 to 19"),
        ("ひらがなと漢字", "Kana", "1 to 19"),
        ("𠀀" * 20, "Han", "20 to 49"),
    ],
)
def test_script_and_length(text, script, length):
    for kind in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary()):
        shapes = text_shapes(pa.array([text.encode()], kind))
        assert SCRIPTS[shapes.scripts[0]] == script
        assert LENGTH_NAMES[shapes.buckets[0]] == length


def test_a_pair_of_words_has_its_score_on_both():
    words = HashSettings(ngram_range=(1, 2))
    scores = attribute("Not a good film", words, {(0, "good film"): 8.0, (0, "gone"): 1.0})
    assert pieces("Not a good film", scores) == [
        ("Not", 0), (" ", 0), ("a", 0), (" ", 0), ("good", 4.0), (" ", 0), ("film", 4.0),
    ]  # fmt: skip


def test_characters_are_placed_in_their_view():
    views = HashSettings(views=parse_views("word:1+char_wb:2-3"))
    scores = attribute("GO go", views, {(1, " go"): 2.0, (0, "go"): 4.0, (1, "o "): 1.0})
    assert dict(pieces("GO go", scores)) == {"GO": 3.5, " ": 0.0, "go": 3.5}


@settings(max_examples=60, deadline=None)
@given(st.text(), st.sampled_from(["word", "char", "char_wb"]), st.integers(1, 3))
def test_every_term_of_a_text_has_a_place(text, analyzer, most):
    from torrential.engine.explaining.term_values import TERMS
    from torrential.features.specs import spec_of
    from torrential.types import text_columns

    kept = HashSettings(analyzer=analyzer, ngram_range=(1, most))
    found = spec_of(kept).encode(text_columns(pa.array([text], pa.string())), TERMS)
    names = [name for name in found.terms.decoded() if name.strip() and "\0" not in text]
    scores = attribute(text, kept, {(0, name): 1.0 for name in names})
    assert scores.sum() == pytest.approx(len(names), abs=0.01 + _unplaced(text, names))


def _unplaced(text, names):
    """Terms of texts whose lower case has another length are not found in all cases."""
    return len(names) if len(text.lower()) != len(text) else 0


def test_an_excerpt_has_what_matters():
    found = [(f"w{i} ", float(i == 70)) for i in range(100)]
    kept, is_cut = excerpt(found, 40)
    assert is_cut and ("w70 ", 1.0) in kept and sum(len(text) for text, _ in kept) <= 40
    assert excerpt(found, 10_000) == (found, False)


def test_sentences_on_more_data():
    def curve(*accuracies):
        from torrential.engine.reporting.history import CurvePoint

        return [CurvePoint(64 << i, 1.0, each) for i, each in enumerate(accuracies)]

    assert "hardly help" in more_data(curve(0.5, 0.8, 0.8))
    assert "may bring about 5.0" in more_data(curve(0.5, 0.7, 0.8))
    assert "hardly bring more" in more_data(curve(0.5, 0.9, 0.91))
    assert more_data(curve(0.5, 0.9)) == ""


@pytest.mark.parametrize(
    ("losses", "sentence"),
    [
        ((2.0, 1.0, 0.75), "lowered the loss by 25.0%; another may bring about 8.3%"),
        ((2.0, 1.0, 1.0), "did not lower the loss"),
        ((2.0, 1.0, 0.98), "another will hardly bring more"),
        ((2.0, 1.0), "^$"),
    ],
)
def test_sentences_on_more_data_by_the_loss(losses, sentence):
    from torrential.engine.reporting.history import CurvePoint

    found = more_data([CurvePoint(64 << i, loss, None) for i, loss in enumerate(losses)])
    assert re.search(sentence, found)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.integers(-3, 3), st.floats(-1e9, 1e9)), min_size=1, max_size=40),
    st.integers(0, 40),
)
def test_few_numbers_are_summed_exactly_however_they_are_cut(numbers, cut):
    values = np.array(numbers, float)
    parts = [BinnedSums(1), BinnedSums(1)]
    for part, some in zip(parts, (values[:cut], values[cut:]), strict=True):
        part.update(some, some[:, None] ** 2, np.ones(len(some)))
    whole = parts[0].merge(parts[1])
    expected = np.sort(values)
    for part in (0.0, 0.5, 0.9, 1.0):
        at = max(0, int(np.ceil(part * len(values))) - 1)
        assert whole.quantile(part) == pytest.approx(expected[at])
    assert whole.distance(2.0) == pytest.approx(np.abs(values - 2.0).mean())
    groups = whole.groups(4)
    assert sum(each.weight for each in groups) == len(values) == whole.weight
    assert sum(each.totals[0] for each in groups) == pytest.approx((values**2).sum())
    assert [each.low for each in groups] == sorted(each.low for each in groups)


def test_many_numbers_are_summed_in_few_bins_that_do_not_depend_on_their_order():
    values = np.random.default_rng(0).lognormal(3, 2, 60_000) - 20
    found = []
    for order in (values, values[::-1], np.sort(values)):
        sums = BinnedSums(0)
        for part in np.array_split(order, 13):
            sums.update(part, np.zeros((len(part), 0)), np.ones(len(part)))
        found.append(sums)
    assert 1000 < len(found[0]._bins) <= MOST_BINS
    assert all(np.array_equal(each._bins, found[0]._bins) for each in found)
    assert found[0].quantile(0.5) == pytest.approx(np.median(values), abs=0.01)
    assert found[0].distance(3.0) == pytest.approx(np.abs(values - 3.0).mean(), rel=1e-4)
    means = [each.mean for each in found[0].groups(10)]
    expected = [part.mean() for part in np.array_split(np.sort(values), 10)]
    assert means == pytest.approx(expected, rel=0.02)


def test_pairs_beyond_the_memory_are_spread_over_their_cells():
    random = np.random.default_rng(1)
    true = random.uniform(0, 100, 200_000)
    predicted = true + random.normal(0, 5, 200_000)
    pairs = PairSketch(2**14)
    pairs.update(true, predicted)
    found = heat_map(pairs)
    edges = np.array(found.edges)
    exact = np.histogram2d(
        np.clip(true, edges[0], edges[-1]), np.clip(predicted, edges[0], edges[-1]), [edges, edges]
    )[0]
    assert np.array(found.weights).sum() == pytest.approx(200_000)
    assert np.abs(np.array(found.weights) - exact).sum() / 200_000 < 0.15
    assert np.abs(np.sum(found.weights, axis=1) - exact.sum(axis=1)).sum() / 200_000 < 0.06
    low, high = (ends for ends in pairs.ends(pairs.cells())[0])
    assert (low <= high).all() and (low < high).any()


def test_intervals_of_correlations_hold_in_their_range():
    found = correlation(0.9, 20.0)
    assert -1 < found.low < 0.9 < found.high < 1
    assert (correlation(1.0, 50.0).low, correlation(0.5, 3.0).low) == (1.0, -1.0)
    assert correlation(0.9, 200.0).low > found.low
