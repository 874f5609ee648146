"""Models saved with a largest size: what they keep, what they predict, and what they refuse."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torrential as tor
from model_files import assert_same_files
from torrential.engine.model import compact
from torrential.errors import ModelFileError, OutputError, ParameterError
from torrential.features.terms.kept_weights import idf_by_octave, octaves_of
from torrential.features.weighting import Weighting
from torrential.kernels.kept.ranks import find_ranks, ranks_of
from torrential.linear.compact.choice import Choice
from torrential.linear.compact.entries import Entries
from torrential.linear.compact.model import CompactModel
from torrential.linear.settings import LinearSettings
from torrential.persistence.model_file import read_model, write_model
from torrential.types import Csr

WORDS = [f"word{i}" for i in range(400)]


def texts_of(n_classes, n_rows=300, seed=0):
    """Return texts whose words tell their classes, more or less."""
    chance = np.random.default_rng(seed)
    labels = chance.integers(0, n_classes, n_rows)
    texts = []
    for label in labels:
        own = (chance.zipf(1.5, 6) * n_classes + label) % 400
        texts.append(" ".join(WORDS[i] for i in (*own, *chance.integers(0, 400, 3))))
    return texts, [f"class {label}" for label in labels]


KINDS = {
    "two classes": (2, {"n_features": 2**17}),
    "three classes": (3, {"n_features": 2**12}),
    "many classes": (40, {"n_features": 2**12, "loss": "log_loss"}),
    "no idf": (3, {"preset": "fast", "n_features": 2**12}),
    "views of many sorts": (3, {"views": ["word:1", "char:2:norm=l1:idf=no"], "n_features": 999}),
    "an optimizer without squares": (
        2,
        {
            "preset": "fast",
            "n_features": 2**12,
            "learning_rate": "constant",
            "alpha": 1e-6,
            "average": True,
        },
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def fitted(request):
    n_classes, parameters = KINDS[request.param]
    texts, labels = texts_of(n_classes)
    return tor.TextClassifier(**parameters).fit(texts, labels), texts, labels


# What is kept


def test_a_file_is_at_most_as_large_and_predicts_as_the_whole_model(fitted, tmp_path):
    model, texts, labels = fitted
    for size in (30_000, 60_000, 1_000_000):
        model.save(tmp_path / "small", max_size=size)
        assert (tmp_path / "small").stat().st_size <= size
    small = tor.load(tmp_path / "small")  # all weights, a byte each
    assert (small.predict(texts) == model.predict(texts)).mean() > 0.97
    differences = np.abs(small.predict_proba(texts) - model.predict_proba(texts))
    assert differences.mean() < 0.01 and differences.max() < 0.2  # norms lack columns of no weight
    assert small.classes_.tolist() == model.classes_.tolist()
    assert small.evaluate(texts, labels).accuracy > 0.97 * model.score(texts, labels)
    whole, kept = model.coef_, small.coef_
    if len(whole) > 1:
        whole = whole - whole.mean(axis=0)
    assert np.abs(whole - kept).max() < 0.01 * np.abs(whole).max()
    np.testing.assert_array_equal(small.intercept_, model.intercept_)


def test_the_size_may_be_a_text_or_a_number(fitted, tmp_path):
    model = fitted[0]
    model.save(tmp_path / "a", max_size="40 KB")
    model.save(tmp_path / "b", max_size=40_000)
    assert_same_files(tmp_path / "a", tmp_path / "b")
    tor.load(tmp_path / "a").save(tmp_path / "c")
    assert_same_files(tmp_path / "a", tmp_path / "c")
    tor.load(tmp_path / "a").save(tmp_path / "d", max_size=40_000)
    assert_same_files(tmp_path / "a", tmp_path / "d")
    with pytest.raises(ParameterError, match="max_size='tiny' is not a size"):
        model.save(tmp_path / "e", max_size="tiny")


def test_the_weights_that_are_kept_are_the_most_important_ones(fitted):
    model = fitted[0].model_
    importance = compact._importance_for(model)
    choice = Choice.of(model.linear, importance)
    coef = model.linear.coef()
    if len(coef) > 1:
        coef = coef - coef.astype(np.float64).mean(axis=0).astype(np.float32)
    found = np.zeros_like(coef)
    for first, features, weights, squares in model.linear.by_tile():
        lanes = slice(first, first + weights.shape[1])
        found[lanes, features] = importance(features, coef[lanes, features].T, squares).T
    edge = np.sort(found[found > 0])[-100]
    lowest = int(np.float32(edge).view(np.int32) >> 11)
    entries = choice.entries(lowest)
    kept = np.zeros_like(found, bool)
    kept[entries.all_classes, np.repeat(entries.columns, entries.counts)] = True
    assert kept[found >= edge].all() and not kept[found < 0.999 * edge].any()
    assert len(entries.codes) == choice.n_entries[lowest]
    assert len(entries.columns) == choice.n_columns[lowest]


def test_rows_are_weighed_as_if_the_other_columns_had_no_documents():
    chance = np.random.default_rng(0)
    columns = np.sort(chance.choice(1000, 100, replace=False))
    rows = np.sort(chance.integers(0, 1000, (20, 30)).astype(np.int32), axis=1).ravel()
    factors = chance.random(100).astype(np.float32)
    dense = np.zeros(1000, np.float32)
    dense[columns] = factors
    data, indptr = np.ones(600, np.float32), np.arange(0, 601, 30)
    kept = data.copy()
    Weighting(False, dense, "l2").apply(data, rows, indptr)
    Weighting(False, factors, "l2", (), ranks_of(columns, 1000), 1000).apply(kept, rows, indptr)
    np.testing.assert_array_equal(data, kept)
    assert 0 < np.count_nonzero(kept) < 600


def test_document_counts_are_kept_to_a_part_of_an_octave():
    counts = np.array([0, 1, 2, 3, 7, 15, 100, 12_345, 10**6, 2**31 - 1, 2**40])
    idf = idf_by_octave(2**31)[octaves_of(counts)]
    exact = np.log((2**31 + 1) / (np.minimum(counts, 2**31) + 1)) + 1
    np.testing.assert_allclose(idf[:5], exact[:5], atol=1e-3)
    np.testing.assert_allclose(idf, exact, atol=0.07)


def test_names_of_terms_are_kept_for_the_heaviest_columns(tmp_path):
    texts, labels = texts_of(3)
    model = tor.TextClassifier(preset="fast", n_features=2**14, terms=True).fit(texts, labels)
    model.save(tmp_path / "small", max_size="16 KB")
    small = tor.load(tmp_path / "small")
    assert 20 < len(small.model_.terms) < len(model.model_.terms)
    assert not small.model_.terms.is_complete
    for label, best in small.top_terms(3).items():
        assert best[0].term in [each.term for each in model.top_terms(5)[label]]
    model.save(tmp_path / "roomy", max_size="1 MB")
    assert len(tor.load(tmp_path / "roomy").model_.terms) > 0.9 * len(model.model_.terms)
    assert tor.load(tmp_path / "roomy").collisions().vocabulary > 300


def test_a_text_is_explained(fitted, tmp_path):
    model, texts, _ = fitted
    model.save(tmp_path / "small", max_size="1 MB")
    small = tor.load(tmp_path / "small")
    scores = np.atleast_1d(small.decision_function(texts[:1])[0])
    np.testing.assert_allclose(small.explain(texts[0]).decision, scores, atol=1e-4)


def test_a_table(tmp_path):
    chance = np.random.default_rng(0)
    rows = {"a": chance.integers(0, 90, 500).astype(str), "b": chance.random(500)}
    late = (rows["a"].astype(int) % 3 == 0).astype(int)
    model = tor.TableClassifier(crosses=["a*b"], max_iter=3, n_features=2**14).fit(rows, late)
    model.save(tmp_path / "small", max_size="20 KB")
    small = tor.load(tmp_path / "small")
    assert (small.predict(rows) == model.predict(rows)).mean() > 0.98
    assert abs(small.score(rows, late) - model.score(rows, late)) < 0.02


# What is refused


def test_a_model_cannot_learn_on(fitted, tmp_path):
    model, texts, labels = fitted
    model.save(tmp_path / "small", max_size="50 KB")
    small = tor.load(tmp_path / "small")
    before = small.decision_function(texts)
    with pytest.raises(ParameterError, match="was saved with max_size, which leaves out what"):
        small.partial_fit(texts, labels)
    with pytest.raises(ModelFileError, match="is another kind of model"):
        small.fit(texts, labels, checkpoint=tmp_path / "small", resume=True)
    np.testing.assert_array_equal(small.decision_function(texts), before)
    linear = small.model_.linear
    linear.add_classes(0)
    for learn in (linear.update, lambda: linear.add_classes(1), lambda: linear.set_weights(0, 0)):
        with pytest.raises(ParameterError, match="was saved with max_size"):
            learn()
    small.fit(texts, labels)  # from the beginning
    np.testing.assert_array_equal(small.coef_, model.coef_)


def test_a_size_that_is_too_small_names_the_least(fitted, tmp_path):
    model = fitted[0]
    with pytest.raises(ParameterError, match="give at least") as error:
        model.save(tmp_path / "small", max_size=500)
    assert not (tmp_path / "small").exists()
    least = int(str(error.value).split("at least ")[1].split(" ")[0].replace(",", ""))
    model.save(tmp_path / "small", max_size=least)
    with pytest.raises(ParameterError, match="give at least"):
        model.save(tmp_path / "small", max_size=least - 1)
    small = tor.load(tmp_path / "small")
    assert len(small.model_.linear.entries.codes) / small.model_.linear.n_columns >= 16
    with pytest.raises(ParameterError, match="which was saved with max_size before: load the who"):
        small.save(tmp_path / "smaller", max_size=least // 2)


def test_other_files_are_not_replaced(fitted, tmp_path):
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(OutputError, match="not a model"):
        fitted[0].save(tmp_path / "notes", max_size="50 KB")
    assert (tmp_path / "notes").read_text() == "mine"


# The file


def broken(arrays, name, change):
    copies = {each: array.copy() for each, array in arrays.items()}
    copies[name] = change(copies[name])
    return copies


def first_as(value):
    def change(array):
        array[0] = value
        return array

    return change


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("compact_columns", lambda array: array[::-1].copy()),
        ("compact_columns", lambda array: array[:-1]),
        ("compact_columns", lambda array: array.astype(np.int64)),
        ("compact_columns", lambda array: array.reshape(1, -1)),
        ("compact_blocks", lambda array: array[:-1]),
        ("compact_blocks", first_as(2**15)),
        ("compact_counts", first_as(255)),
        ("compact_counts", lambda array: array[1:]),
        ("compact_classes", first_as(3)),
        ("compact_classes", lambda array: array[1:]),
        ("compact_codes", lambda array: array[1:]),
        ("compact_codes", lambda array: array.astype(np.int16)),
        ("compact_scales", first_as(np.nan)),
        ("compact_scales", first_as(3e38)),
        ("compact_scales", lambda array: array[1:]),
        ("compact_intercepts", first_as(np.inf)),
        ("document_octaves", lambda array: array[1:]),
        ("document_octaves", lambda array: array.astype(np.int8)),
        ("calibration_codes", lambda array: np.ones(1, np.int32)),
    ],
)
def test_arrays_that_contradict_each_other(name, change, tmp_path):
    texts, labels = texts_of(3)
    model = tor.TextClassifier(n_features=1000, max_iter=1).fit(texts, labels)
    model.save(tmp_path / "small", max_size="50 KB")
    arrays, header = read_model(tmp_path / "small")
    write_model(tmp_path / "broken", broken(arrays, name, change), header)
    with pytest.raises(ModelFileError, match="is not a model that torrential wrote"):
        tor.load(tmp_path / "broken")
    for missing in arrays:
        others = {each: array for each, array in arrays.items() if each != missing}
        write_model(tmp_path / "broken", others, header)
        with pytest.raises(ModelFileError):
            tor.load(tmp_path / "broken")


def test_columns_beyond_the_features(tmp_path):
    texts, labels = texts_of(2)
    tor.TextClassifier(n_features=1000).fit(texts, labels).save(tmp_path / "m", max_size="50 KB")
    arrays, header = read_model(tmp_path / "m")
    blocks = arrays["compact_blocks"].copy()
    blocks[-1] += blocks[0]
    blocks[0] = 0
    write_model(tmp_path / "broken", {**arrays, "compact_blocks": blocks}, header)
    with pytest.raises(ModelFileError):
        tor.load(tmp_path / "broken")


def test_versions_before_refuse_the_file_by_its_version(fitted, tmp_path, monkeypatch):
    fitted[0].save(tmp_path / "small", max_size="50 KB")
    fitted[0].save(tmp_path / "whole")
    small = tor.load(tmp_path / "small")
    small.save(tmp_path / "again")
    tor.VotingClassifier([small]).save(tmp_path / "votes")
    monkeypatch.setattr("torrential.persistence.model_header.FORMAT_VERSION", 1)
    tor.load(tmp_path / "whole")
    for name in ("small", "again", "votes"):
        with pytest.raises(ModelFileError, match="newer version of torrential"):
            tor.load(tmp_path / name)


def test_workers_and_ensembles_take_it(fitted, tmp_path):
    model, texts, _ = fitted
    model.save(tmp_path / "small", max_size="50 KB")
    small = tor.load(tmp_path / "small")
    scores = small.decision_function(texts)
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(small)).decision_function(texts), scores
    )
    np.testing.assert_array_equal(small.model_.copy().linear.coef(), small.model_.linear.coef())
    votes = tor.VotingClassifier([small, small], voting="soft")
    votes.save(tmp_path / "votes")
    again = tor.load(tmp_path / "votes")
    np.testing.assert_allclose(again.predict_proba(texts), small.predict_proba(texts))


# Kernels against naive twins


@settings(max_examples=30)
@given(st.sets(st.integers(0, 299)), st.lists(st.integers(0, 299), max_size=20))
def test_ranks(columns, asked):
    ordered = sorted(columns)
    places = np.empty(len(asked), np.int64)
    ranks = ranks_of(np.array(ordered, np.int64), 300)
    find_ranks(np.array(asked, np.int32), ranks, places)
    assert places.tolist() == [ordered.index(c) if c in columns else -1 for c in asked]


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 3, 300]), st.sampled_from([70, 10_000]))
def test_scores(seed, n_classes, n_features):
    chance = np.random.default_rng(seed)
    n_entries = int(chance.integers(0, 60))
    keys = np.unique(chance.integers(0, 70 * n_classes, n_entries))
    columns, classes = keys // n_classes, keys % n_classes
    weights = chance.normal(size=len(keys)).astype(np.float32)
    intercepts = chance.normal(size=n_classes).astype(np.float32)
    entries = Entries.of(columns, classes, weights, intercepts, n_features)
    again = Entries.from_arrays(entries.arrays(), n_features, n_classes)
    for name in ("columns", "begins", "classes", "codes", "scales", "intercepts"):
        np.testing.assert_array_equal(getattr(entries, name), getattr(again, name))
    largest = np.abs(weights).max(initial=0)
    np.testing.assert_allclose(entries.weights(), weights, atol=0.009 * largest)
    model = CompactModel(LinearSettings(loss="log_loss"), max(2, n_classes), again)
    rows = chance.integers(0, 70, (5, 8)).astype(np.int32)
    data = chance.normal(size=(5, 8)).astype(np.float32)
    csr = Csr(data.ravel(), rows.ravel(), np.arange(0, 41, 8), n_features)
    dense = np.zeros((n_features, n_classes), np.float32)
    dense[columns, classes] = entries.weights()
    expected = intercepts + np.einsum("ij,ijk->ik", data, dense[rows])
    np.testing.assert_allclose(model.decision(csr), expected, rtol=1e-5, atol=1e-5)
    features = np.arange(70, dtype=np.int32)
    np.testing.assert_array_equal(model.largest_weights(features), np.abs(dense[:70]).max(axis=1))
    np.testing.assert_array_equal(model.coef(), dense.T)


def test_columns_of_many_classes_have_the_same_bits_in_rows_of_their_own():
    chance = np.random.default_rng(0)
    keys = np.unique(chance.zipf(1.2, 400) % 1000)
    weights = chance.normal(size=len(keys)).astype(np.float32)
    entries = Entries.of(keys // 20, keys % 20, weights, np.ones(20, np.float32), 50)
    model = CompactModel(LinearSettings(), 20, entries)
    indices = chance.integers(0, 50, 300).astype(np.int32)
    data = chance.normal(size=300).astype(np.float32)
    csr = Csr(data, indices, np.arange(0, 301, 30), 50)
    rows, codes = model._dense
    assert 0 < rows.max() + 1 == len(codes) // 20 < len(entries.columns)
    expected = model.decision(csr)
    model._dense = entries.dense(0)
    assert model._dense[0].max() == -1
    np.testing.assert_array_equal(model.decision(csr), expected)
