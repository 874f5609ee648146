"""The index of terms against Counter: exact within its budget, and never beyond it."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer

from torrential.errors import ParameterError
from torrential.features.settings import HashSettings
from torrential.features.terms.term_budget import parse_budget
from torrential.features.terms.term_index import TermIndex
from torrential.features.text.hasher import hash_texts

words = st.sampled_from([f"w{i}" for i in range(40)] + ["Straße", "日本語", "naïve", "x" * 70])
documents = st.lists(st.lists(words, max_size=12).map(" ".join), max_size=12)
recipes = st.sampled_from(
    [
        HashSettings(n_features=64),
        HashSettings(n_features=50, ngram_range=(1, 2), alternate_sign=False),
        HashSettings(n_features=64, analyzer="char_wb", ngram_range=(2, 3)),
        HashSettings(n_features=64, analyzer="char", ngram_range=(1, 2)),
        HashSettings(n_features=64, token_pattern=r"\S+"),
        HashSettings(n_features=64, stop_words="english", strip_accents="unicode"),
    ]
)


def counted(texts, recipe, budget=10**6, batch=5):
    index = TermIndex(recipe, budget)
    for at in range(0, len(texts), batch):
        text = pa.array(texts[at : at + batch], pa.string())
        index.update(hash_texts(text, recipe, count_terms=True).terms)
    return index


def as_dict(index):
    terms = index.counted()
    return dict(zip(terms.decoded(), terms.counts.tolist(), strict=True))


def naive_counts(texts, recipe):
    options = {
        name: getattr(recipe, name)
        for name in ("analyzer", "ngram_range", "token_pattern", "stop_words", "strip_accents")
    }
    analyze = CountVectorizer(**options).build_analyzer()
    return Counter(term for text in texts for term in analyze(text))


@given(documents, recipes)
@settings(max_examples=150, deadline=None)
def test_counts_are_those_of_a_counter(texts, recipe):
    assert as_dict(counted(texts, recipe)) == naive_counts(texts, recipe)


@given(documents, recipes)
@settings(max_examples=60, deadline=None)
def test_columns_and_signs_are_those_of_scikit_learn(texts, recipe):
    texts = [*texts, "w1 w2"]
    terms = counted(texts, recipe).counted()
    vectorizer = HashingVectorizer(
        n_features=recipe.n_features,
        alternate_sign=recipe.alternate_sign,
        norm=None,
        analyzer=lambda term: [term],
    )
    rows = vectorizer.transform(terms.decoded()).tocoo()
    assert terms.columns(recipe.n_features).tolist() == rows.col.tolist()
    assert terms.signs(recipe.alternate_sign).tolist() == rows.data.tolist()


@given(documents, documents, recipes)
@settings(max_examples=60, deadline=None)
def test_split_and_merge_equals_one_pass(first, second, recipe):
    whole = as_dict(counted(first + second, recipe))
    assert as_dict(counted(first, recipe).merge(counted(second, recipe))) == whole
    assert as_dict(counted(second, recipe).merge(counted(first, recipe))) == whole


@given(documents, documents, documents)
@settings(max_examples=60, deadline=None)
def test_merge_is_associative(first, second, third):
    parts = [first, second, third] * 2
    a, b, c, d, e, f = (counted(part, HashSettings()) for part in parts)
    assert as_dict(a.merge(b).merge(c)) == as_dict(d.merge(e.merge(f)))


@given(documents, documents, st.integers(1, 20))
@settings(max_examples=150, deadline=None)
def test_budget_is_never_exceeded_and_heavy_terms_survive(first, second, budget):
    recipe = HashSettings()
    index = counted(first, recipe, budget, batch=2).merge(counted(second, recipe, budget, batch=2))
    truth = naive_counts(first + second, recipe)
    kept = as_dict(index)
    assert len(index) == len(kept) <= budget
    for term, count in kept.items():
        assert count <= truth[term] <= count + index.offset
    for term, count in truth.items():
        assert term in kept or count <= index.offset
    # Each time the median is taken off, it is taken off half of the terms of a full index.
    assert index.offset * max(1, budget // 2) <= truth.total()


@given(documents, st.integers(1, 20), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_by_weight_terms_of_heavy_columns_survive(texts, budget, seed):
    recipe = HashSettings(n_features=64)
    weights = np.random.default_rng(seed).exponential(size=64).astype(np.float32) ** 3
    index = TermIndex(recipe, budget)
    for at in range(0, len(texts), 2):
        text = pa.array(texts[at : at + 2], pa.string())
        terms = hash_texts(text, recipe, count_terms=True).terms
        index.update(terms, weigh=lambda columns: weights[columns])
    truth, kept = naive_counts(texts, recipe), as_dict(index)
    assert len(kept) <= budget
    for term, count in kept.items():
        assert count <= truth[term] <= count + index.offset
    for term, count in truth.items():
        assert term in kept or count <= index.offset
    if len(texts) <= 2 and len(truth) > budget:
        everything = TermIndex(recipe)
        everything.update(terms)
        terms = everything.counted()
        ours = weights[terms.columns(64)]
        priority = np.log1p(terms.counts) * (ours + 1e-2 * ours.max())
        best = np.argsort(-priority)[: len(kept)]
        assert sorted(priority[best]) == pytest.approx(
            sorted(priority[[terms.decoded().index(term) for term in kept]]), rel=0.02
        )


def test_long_names_are_cut_off_and_their_bytes_are_bounded():
    texts = [f"{i:04d}" + "é" * 3000 for i in range(200)]
    index = counted(texts, HashSettings(), budget=40)
    assert max(len(name) for name in index.counted().decoded()) <= 255
    assert index.counted().names.nbytes <= 40 * 32 + 255
    assert len(index) > 0


def test_by_column_names_all_terms_by_frequency():
    recipe = HashSettings(n_features=1)
    index = counted(["bb bb aa cc cc cc"], recipe)
    assert index.by_column.names[index.by_column.of(0)].tolist() == ["cc", "bb", "aa"]
    assert index.by_column.names[index.by_column.of(1)].tolist() == []


def test_state_goes_round():
    recipe = HashSettings(ngram_range=(1, 2))
    index = counted(["a few words here", "few words there"] * 3, recipe, budget=4)
    again = TermIndex.from_state(*index.state(), recipe)
    assert as_dict(again) == as_dict(index)
    assert (again.budget, again.offset, again.is_complete) == (4, index.offset, False)


def test_merging_other_hashes_is_refused():
    index = TermIndex(HashSettings(seed=1))
    with pytest.raises(ParameterError, match=r"seed=2 of one summary is not seed=1"):
        index.merge(TermIndex(HashSettings(seed=2)))
    index.merge(TermIndex(HashSettings(seed=1, norm=None)))


@pytest.mark.parametrize("terms", [0, -1, "0 MB", "many", "5", 0.5, "nan MB", "inf GB"])
def test_budget_that_is_none_is_refused(terms):
    with pytest.raises(ParameterError, match="is not a budget: give True"):
        parse_budget(terms)


def test_memory_is_bounded_however_many_terms_come():
    rng = np.random.default_rng(0)
    index = TermIndex(HashSettings(), budget=1000)
    sizes = []
    for _ in range(20):
        text = pa.array([" ".join(map(str, rng.integers(10**6, 10**9, 2000)))])
        index.update(hash_texts(text, index.settings, count_terms=True).terms)
        sizes.append(index.n_bytes)
        assert len(index) <= 1000
    assert max(sizes) <= 1000 * (4 * 28 + 2 * 32 + 100)
