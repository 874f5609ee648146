"""IDF in a stream: the numbers of the transformer, on any number of threads, saved and resumed."""

import pickle

import numpy as np
import pytest

import torrential as tor
from torrential.errors import ParameterError
from torrential.estimators.hashing.tfidf import HashedTfidfTransformer
from torrential.estimators.hashing.vectorizer import HashingVectorizer
from torrential.estimators.linear.sgd_classifier import SGDClassifier
from torrential.estimators.text.classifier import TextClassifier

pytestmark = pytest.mark.jit

MODES = ["two-pass", "running"]
RANDOM = np.random.default_rng(0)
WORDS = np.array([f"word{i}" for i in range(60)])
CHANCES = 1 / np.arange(1, 61)
TEXTS = [
    " ".join(RANDOM.choice(WORDS, RANDOM.integers(1, 12), p=CHANCES / CHANCES.sum()))
    for _ in range(300)
]
LABELS = np.array(["abc"[len(text) % 3] for text in TEXTS])
TWO = np.where(LABELS == "a", "a", "b")
SETTINGS = {"n_features": 2**10, "shuffle": False}


@pytest.mark.parametrize("sublinear_tf", [False, True])
@pytest.mark.parametrize("norm", ["l2", "l1", None])
@pytest.mark.parametrize("idf", [None, "two-pass"])
def test_equal_to_hasher_transformer_and_classifier(idf, norm, sublinear_tf):
    counts = HashingVectorizer(n_features=2**10, norm=None).transform(TEXTS)
    transformer = HashedTfidfTransformer(
        norm=norm, use_idf=idf is not None, sublinear_tf=sublinear_tf
    )
    rows = transformer.fit_transform(counts).astype(np.float32)
    twin = SGDClassifier("squared_hinge", eta0=0.2, alpha=0, shuffle=False, max_iter=2, tol=None)
    expected = twin.fit(rows, TWO).decision_function(rows)
    model = TextClassifier(
        preset="fast", idf=idf, norm=norm, sublinear_tf=sublinear_tf, max_iter=2, **SETTINGS
    ).fit(TEXTS, TWO)
    np.testing.assert_allclose(model.decision_function(TEXTS), expected, rtol=1e-3, atol=1e-4)
    if idf is not None:
        frequencies = model.model_.weighting.frequencies
        np.testing.assert_array_equal(frequencies.counts, transformer.document_counts_)


@pytest.mark.parametrize("idf", MODES)
def test_the_same_bits_for_any_number_of_threads(idf, tmp_path):
    path = tmp_path / "rows.parquet"
    write_parquet(path)
    dataset = tor.read(path, text="text", target="label")
    models = [
        TextClassifier(preset="fast", idf=idf, max_iter=2, n_jobs=n).fit(dataset) for n in (1, 2, 3)
    ]
    for model in models[1:]:
        np.testing.assert_array_equal(model.coef_, models[0].coef_)
        scores = model.decision_function(dataset)
        np.testing.assert_array_equal(scores, models[0].decision_function(dataset))


def write_parquet(path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"text": TEXTS, "label": LABELS})
    pq.write_table(table, path, row_group_size=70)


def test_running_frequencies_end_as_those_of_all_rows():
    two_pass = TextClassifier(preset="fast", idf="two-pass", **SETTINGS).fit(TEXTS, LABELS)
    running = TextClassifier(preset="fast", idf="running", **SETTINGS)
    for begin in range(0, len(TEXTS), 70):
        part = slice(begin, begin + 70)
        running.partial_fit(TEXTS[part], LABELS[part])
    found, expected = running.model_.weighting.frequencies, two_pass.model_.weighting.frequencies
    np.testing.assert_array_equal(found.counts, expected.counts)
    assert found.n_documents == expected.n_documents == len(TEXTS)
    assert not np.array_equal(running.coef_, two_pass.coef_)


def test_running_is_two_pass_where_one_window_holds_all_rows():
    two_pass = TextClassifier(preset="fast", idf="two-pass", **SETTINGS).fit(TEXTS, LABELS)
    running = TextClassifier(preset="fast", idf="running", **SETTINGS).fit(TEXTS, LABELS)
    np.testing.assert_array_equal(running.coef_, two_pass.coef_)


@pytest.mark.parametrize("idf", [None, *MODES])
def test_saved_models_weigh_as_before_and_learn_on(idf, tmp_path):
    model = TextClassifier(preset="fast", idf=idf, sublinear_tf=True, **SETTINGS).fit(
        TEXTS[:200], LABELS[:200]
    )
    model.save(tmp_path / "model")
    loaded = tor.load(tmp_path / "model")
    assert (loaded.idf, loaded.sublinear_tf) == (idf, True)
    for _ in range(2):
        np.testing.assert_array_equal(
            loaded.decision_function(TEXTS), model.decision_function(TEXTS)
        )
        for each in (loaded, model):
            each.partial_fit(TEXTS[200:], LABELS[200:])


@pytest.mark.parametrize("idf", MODES)
def test_terms_that_no_row_had_are_left_out(idf):
    model = TextClassifier(preset="fast", idf=idf).fit(TEXTS, LABELS)
    new = [text + " never seen before, quite new" for text in TEXTS]
    before, after = HashingVectorizer(norm=None).transform([TEXTS[0], new[0]])
    assert after.nnz == before.nnz + 5
    np.testing.assert_allclose(
        model.decision_function(new), model.decision_function(TEXTS), rtol=1e-5, atol=1e-6
    )


def test_partial_fit_cannot_count_first():
    with pytest.raises(ParameterError, match="use idf='running', or call fit first"):
        TextClassifier(preset="fast", idf="two-pass").partial_fit(TEXTS, LABELS)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"idf": "exact"}, "idf='exact' is not known"), ({"sublinear_tf": "yes"}, "sublinear_tf=")],
)
def test_unknown_values(options, said):
    with pytest.raises(ParameterError, match=said):
        TextClassifier(preset="fast", **options).fit(TEXTS, LABELS)


def test_factors_are_kept_until_counts_change():
    model = TextClassifier(preset="fast", idf="running", **SETTINGS)
    model.partial_fit(TEXTS[:100], LABELS[:100], classes=list("abc"))
    weights = model.model_.weighting
    before = weights.current().factors
    assert weights.current().factors is before
    copy = weights.copy()
    sent = pickle.loads(pickle.dumps(weights))
    assert sent._known is None
    model.partial_fit(TEXTS[100:], LABELS[100:])
    weights = model.model_.weighting
    assert weights.frequencies.n_documents == len(TEXTS)
    after = weights.current().factors
    assert (after != before).any()
    for other in (copy, sent):
        np.testing.assert_array_equal(other.current().factors, before)
    again = pickle.loads(pickle.dumps(weights)).current().factors
    np.testing.assert_array_equal(again, after)
