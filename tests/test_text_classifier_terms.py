"""The terms of a classifier: heaviest ones, explanations, and those collected afterwards."""

from collections import Counter
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer

import torrential as tor
from torrential.errors import DataError, ParameterError
from torrential.features.terms.collisions import report_collisions

NOUNS = ["film", "book", "plot", "actor", "music", "scene", "story", "song", "ending", "cast"]
GOOD = ["great", "lovely", "superb", "moving", "brilliant"]
BAD = ["awful", "boring", "dull", "clumsy", "dreadful"]
FINE = ["fine", "decent", "okay", "average", "plain"]


def reviews(n=600, classes=("good", "bad"), seed=0):
    rng = np.random.default_rng(seed)
    words = {"good": GOOD, "bad": BAD, "fine": FINE}
    labels = rng.choice(classes, n).tolist()
    texts = [
        " ".join([*rng.choice(words[label], 2), *rng.choice(NOUNS, 6), rng.choice(NOUNS)])
        for label in labels
    ]
    return texts, labels


@pytest.mark.parametrize("classes", [("good", "bad"), ("good", "bad", "fine")])
def test_top_terms_are_the_heaviest_of_the_vocabulary(classes):
    texts, labels = reviews(classes=classes)
    model = tor.TextClassifier(preset="fast", terms=True, ngram_range=(1, 2)).fit(texts, labels)
    top = model.top_terms(5)
    words = {"good": GOOD, "bad": BAD, "fine": FINE}
    assert list(top) == sorted(classes)
    for label in classes:
        assert {term.term.split()[0] for term in top[label]} <= set(words[label])
        weights = [term.weight for term in top[label]]
        assert weights == sorted(weights, reverse=True)
    assert top.named == pytest.approx(1.0)
    # Each weight is that of the term's own column, as scikit-learn hashes it.
    hasher = HashingVectorizer(norm=None, ngram_range=(1, 2))
    for place, label in enumerate(model.classes_):
        for term in top[label]:
            score = (hasher.transform([term.term]) @ model.coef_.T).ravel()
            alone = hasher.transform(term.term.split()) @ model.coef_.T
            score = score - alone.sum(axis=0) * (len(term.term.split()) > 1)
            expected = score[place] if len(classes) > 2 else score[0] * (1 if place else -1)
            assert term.weight == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"idf": "running", "sublinear_tf": True},
        {"n_features": 16},
        {"n_features": 16, "binary": True},
        {"n_features": 16, "idf": "two-pass"},
        {"n_features": 8, "alternate_sign": False, "norm": "l1"},
        {"analyzer": "char_wb", "ngram_range": (2, 4)},
        {"tokenizer": str.split, "token_pattern": None},
    ],
)
@pytest.mark.parametrize("classes", [("good", "bad"), ("good", "bad", "fine")])
def test_contributions_add_up_to_the_decision(parameters, classes):
    texts, labels = reviews(classes=classes)
    model = tor.TextClassifier(preset="fast", **parameters).fit(texts, labels)
    for text in [*texts[:5], "", "great great film never seen words", "awful " * 50]:
        explained = model.explain(text)
        total = explained.intercept + sum(each.scores for each in explained.terms)
        decision = np.ravel(model.decision_function([text]))
        np.testing.assert_allclose(explained.decision, decision, atol=2e-5)
        np.testing.assert_allclose(total, decision, atol=2e-5)
        assert explained.predicted == model.predict([text])[0]
        assert explained.named == pytest.approx(1.0)


def test_explanation_of_some_terms_says_how_much_they_are():
    texts, labels = reviews()
    model = tor.TextClassifier(preset="fast", terms=True).fit(texts, labels)
    whole, part = (
        model.explain("great film awful zebra"),
        model.explain("great film awful zebra", 2),
    )
    sizes = [float(np.abs(each.scores).sum()) for each in whole.terms]
    assert sizes == sorted(sizes, reverse=True)
    assert part.named == pytest.approx(sum(sizes[:2]) / sum(sizes))
    assert {each.term: each.is_known for each in whole.terms}["zebra"] is False
    assert {each.term: each.is_known for each in whole.terms}["great"] is True


def test_counts_and_names_are_those_of_the_texts():
    texts, labels = reviews()
    model = tor.TextClassifier(preset="fast", terms=True, n_features=8).fit(texts, labels)
    truth = Counter(word for text in texts for word in text.split())
    terms = model.model_.terms.counted()
    assert dict(zip(terms.decoded(), terms.counts.tolist(), strict=True)) == truth
    names = model.get_feature_names_out()
    assert len(names) == 8
    named = [name.split(" | ") for name in names if not name.startswith("x")]
    assert sorted(chain(*named)) == sorted(truth)
    for shared in named:
        counts = [truth[term] for term in shared]
        assert counts == sorted(counts, reverse=True)


def test_terms_are_the_same_for_any_number_of_threads_and_saved(tmp_path):
    texts, labels = reviews(3000)
    one, four = (
        tor.TextClassifier(preset="fast", terms=20, n_jobs=n_jobs, ngram_range=(1, 2)).fit(
            texts, labels
        )
        for n_jobs in (1, 4)
    )
    one.save(tmp_path / "one.model")
    four.save(tmp_path / "four.model")
    loaded = tor.load(tmp_path / "one.model")
    for other in (four, loaded):
        assert other.top_terms(10).to_dict() == one.top_terms(10).to_dict()
        ours, theirs = one.model_.terms.state(), other.model_.terms.state()
        assert ours[1] == theirs[1]
        assert all((ours[0][name] == theirs[0][name]).all() for name in ours[0])
        reports = [replace(each.collisions(), memory=0) for each in (one, other)]
        assert reports[0] == reports[1]
    assert len(one.model_.terms) <= 20


def test_terms_are_collected_afterwards(tmp_path):
    texts, labels = reviews()
    tor.TextClassifier(preset="fast").fit(texts, labels).save(tmp_path / "plain.model")
    model = tor.load(tmp_path / "plain.model")
    with pytest.raises(ParameterError, match="kept no terms: train it with terms=True"):
        model.top_terms()
    coef = model.coef_
    assert model.collect_terms(texts) is model
    assert (model.coef_ == coef).all()
    with_terms = tor.TextClassifier(preset="fast", terms=True).fit(texts, labels)
    assert model.top_terms().to_dict() == with_terms.top_terms().to_dict()
    model.save(tmp_path / "named.model")
    assert tor.load(tmp_path / "named.model").top_terms(3) == model.top_terms(3)


def test_partial_fit_goes_on_counting():
    texts, labels = reviews()
    model = tor.TextClassifier(preset="fast", terms=True)
    model.partial_fit(texts[:300], labels[:300]).partial_fit(texts[300:], labels[300:])
    counts = dict(
        zip(
            model.model_.terms.counted().decoded(),
            model.model_.terms.counted().counts.tolist(),
            strict=True,
        )
    )
    assert counts == Counter(word for text in texts for word in text.split())


def test_inverse_transform_gives_the_terms_of_rows():
    texts, labels = reviews()
    model = tor.TextClassifier(preset="fast", terms=True).fit(texts, labels)
    rows = HashingVectorizer().transform(texts[:20])
    expected = CountVectorizer().fit(texts)
    for found, truth in zip(
        model.inverse_transform(rows),
        expected.inverse_transform(expected.transform(texts[:20])),
        strict=True,
    ):
        assert sorted(found) == sorted(truth)
    with pytest.raises(DataError, match="X has 4 columns and the terms have 1048576"):
        model.inverse_transform(np.eye(4))


def test_wrong_questions():
    texts, labels = reviews()
    model = tor.TextClassifier(preset="fast").fit(texts, labels)
    with pytest.raises(ParameterError, match="kept no terms"):
        model.get_feature_names_out()
    with pytest.raises(ParameterError, match="n=0 is not a number of terms"):
        model.explain("film", n=0)
    with pytest.raises(DataError, match="explain takes one text, a str, not list"):
        model.explain(["film"])
    with pytest.raises(ParameterError, match="terms=0 is not a budget"):
        tor.TextClassifier(preset="fast", terms=0).fit(texts, labels)
    with pytest.raises(ParameterError, match="terms=False keeps none"):
        model.collect_terms(texts, terms=False)


def test_collisions_are_measured_where_all_terms_are_kept():
    texts = [" ".join(f"word{i}" for i in range(at, at + 50)) for at in range(0, 2000, 25)]
    labels = ["a", "b"] * (len(texts) // 2)
    measured = (
        tor.TextClassifier(preset="fast", terms=True, n_features=2**12)
        .fit(texts, labels)
        .collisions()
    )
    estimated = tor.TextClassifier(preset="fast", n_features=2**12).fit(texts, labels).collisions()
    counts = Counter(word for text in texts for word in text.split())
    hasher = HashingVectorizer(n_features=2**12, norm=None)
    columns = dict(zip(counts, hasher.transform(counts).indices.tolist(), strict=True))
    crowd = Counter(columns.values())
    shared = [term for term in counts if crowd[columns[term]] > 1]
    assert measured.is_measured
    assert measured.vocabulary == len(counts)
    assert measured.occupied == len(crowd)
    assert measured.shared_terms == pytest.approx(len(shared) / len(counts))
    mass = sum(counts[term] for term in shared) / counts.total()
    assert measured.shared_mass == pytest.approx(mass)
    for collision in measured.heaviest:
        assert {columns[term] for term in collision.terms} == {collision.column}
        assert len(collision.terms) == crowd[collision.column] > 1
    assert not estimated.is_measured
    assert estimated.vocabulary == pytest.approx(len(counts), rel=0.02)
    assert estimated.occupied == pytest.approx(len(crowd), rel=0.03)
    assert estimated.shared_terms == pytest.approx(len(shared) / len(counts), rel=0.1)
    for report in (measured, estimated):
        assert 8 * report.vocabulary <= report.smallest_n_features < 16 * report.vocabulary
        again = tor.TextClassifier(preset="fast", terms=True, n_features=report.smallest_n_features)
        more = again.fit(texts, labels).collisions()
        assert more.shared_mass < 0.2 and more.cost <= 0.2
        assert f"{report.vocabulary:,} terms" in str(report)


def test_more_terms_per_column_cost_more():
    reports = [report_collisions(2**10, 2**power) for power in range(4, 20)]
    costs = [report.cost for report in reports]
    assert costs == sorted(costs)
    assert costs[0] == 0 and "cost no measurable accuracy" in str(reports[0])
    assert "1 terms per column: this many cost at most" in str(reports[6])
    assert "cost more than" in str(reports[-1])
    assert report_collisions(2**10, 0).cost == 0
