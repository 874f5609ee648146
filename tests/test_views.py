"""Several views of a text in one row: as scikit-learn's FeatureUnion of its vectorizers."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import HashingVectorizer as Twin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion, make_pipeline

import torrential as tor
from torrential.cli.parameters import given as given_options
from torrential.cli.wording import in_options
from torrential.errors import ParameterError
from torrential.features.views import MAX_VIEWS, View, column_edges, parse_view, parse_views

COLUMNS = 2**30  # enough for each term of a small text to have its own
DOCUMENTS = st.lists(
    st.text("aAbΣσßé中😀_' .-\n\t", max_size=25)
    | st.lists(st.sampled_from(["the", "The", "cat", "ΟΔΟΣ"]), max_size=6).map(" ".join),
    min_size=1,
    max_size=4,
)
NORMS = st.sampled_from(["l1", "l2", None])
VIEWS = st.lists(
    st.builds(
        View,
        st.sampled_from(["word", "char", "char_wb"]),
        st.sampled_from([(1, 1), (1, 2), (2, 3)]),
        st.sampled_from([1.0, 0.5, 2.0]),
        NORMS,
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda view: view.name,
)
TEXTS = ["The cat sat.", "", "naïve ΟΔΟΣ the the", "中文 文本", "a good film", "a bad film"] * 20
LABELS = ["x", "y", "x", "y", "x", "y"] * 20
UNION = ["word:1-2", "char_wb:2-4"]


def union_of(views, make, **options):
    """FeatureUnion of a vectorizer for each view."""
    steps = [
        (
            view.name,
            make(analyzer=view.analyzer, ngram_range=view.ngram_range, norm=view.norm, **options),
        )
        for view in views
    ]
    return FeatureUnion(steps, transformer_weights={view.name: view.weight for view in views})


def assert_same_up_to_columns(found, expected):
    """Compare the sizes of each row's values, and the products of all rows."""
    for row in range(expected.shape[0]):
        ours, theirs = (np.sort(abs(rows[row].data)) for rows in (found, expected))
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    ours, theirs = (dense(rows) for rows in (found, expected))
    np.testing.assert_allclose(ours @ ours.T, theirs @ theirs.T, rtol=1e-5, atol=1e-6)


def dense(rows):
    """Return the columns that have a value."""
    columns, places = np.unique(rows.indices, return_inverse=True)
    shape = rows.shape[0], len(columns)
    return sp.csr_array((rows.data, places, rows.indptr), shape=shape).toarray()


@given(DOCUMENTS, VIEWS, st.booleans(), st.booleans())
@settings(deadline=None)
def test_rows_are_those_of_a_union_of_hashing_vectorizers(documents, views, binary, alternate_sign):
    options = {"binary": binary, "alternate_sign": alternate_sign}
    found = tor.HashingVectorizer(views=views, n_features=COLUMNS, **options).transform(documents)
    expected = union_of(views, Twin, n_features=COLUMNS, **options).fit_transform(documents)
    assert found.shape == (len(documents), COLUMNS)
    assert_same_up_to_columns(found, expected)


@given(VIEWS, st.booleans())
@settings(deadline=None, max_examples=30)
def test_weighted_rows_are_those_of_a_union_of_tfidf_vectorizers(views, sublinear_tf):
    counts = tor.HashingVectorizer(
        views=[View(view.analyzer, view.ngram_range, norm=None) for view in views],
        n_features=2**22,
        alternate_sign=False,
    ).transform(TEXTS)
    ours = tor.HashedTfidfTransformer(views=views, sublinear_tf=sublinear_tf).fit_transform(counts)
    theirs = union_of(views, TfidfVectorizer, sublinear_tf=sublinear_tf).fit_transform(TEXTS)
    assert_same_up_to_columns(ours, theirs)


def test_a_view_without_idf_is_weighed_without_it():
    views = [View("word", idf=False), View("char_wb", (2, 3))]
    counts = tor.HashingVectorizer(
        views=["word", "char_wb:2-3"], norm=None, n_features=2**22
    ).transform(TEXTS)
    found = tor.HashedTfidfTransformer(views=views).fit_transform(counts)
    words = Twin(n_features=2**22).transform(TEXTS)
    np.testing.assert_allclose(np.sort(found[:, : 2**21].data), np.sort(words.data), rtol=1e-6)


def test_the_first_view_has_the_columns_and_signs_of_one_alone():
    found = tor.HashingVectorizer(views=UNION, n_features=2**12).transform(TEXTS)
    alone = Twin(ngram_range=(1, 2), n_features=2**11).transform(TEXTS)
    assert abs(found[:, : 2**11] - alone).max() < 1e-6
    assert not np.array_equal(
        found[:, 2**11 :].toarray(),
        tor.HashingVectorizer(analyzer="char_wb", ngram_range=(2, 4), n_features=2**11)
        .transform(TEXTS)
        .toarray(),
    )


def test_columns_ascend_and_those_of_views_are_disjoint():
    rows = tor.HashingVectorizer(views="word+char:2+char_wb:3", n_features=100).transform(TEXTS)
    assert column_edges(100, 3).tolist() == [0, 33, 66, 100]
    assert all(np.all(np.diff(rows[i].indices) > 0) for i in range(rows.shape[0]))


@pytest.mark.parametrize("idf", [None, "running", "two-pass"])
@pytest.mark.parametrize("norm", ["l2", None])
def test_one_view_is_today_s_model_to_the_bit(idf, norm):
    options = {"idf": idf, "norm": norm, "n_features": 2**12, "terms": True}
    one = tor.TextClassifier(preset="fast", views=["char_wb:2-3"], **options).fit(TEXTS, LABELS)
    other = tor.TextClassifier(preset="fast", analyzer="char_wb", ngram_range=(2, 3), **options)
    other.fit(TEXTS, LABELS)
    np.testing.assert_array_equal(one.coef_, other.coef_)
    ours, theirs = ({term.term for term in each.top_terms(5)["x"]} for each in (one, other))
    assert ours == {f'char_wb: "{term}"' for term in theirs}


@pytest.mark.parametrize("idf", [None, "two-pass"])
def test_a_classifier_scores_the_rows_of_the_vectorizers(idf):
    views = [View("word", (1, 2), weight=2.0), View("char_wb", (2, 3), norm="l1", idf=False)]
    model = tor.TextClassifier(
        preset="fast", views=views, idf=idf, sublinear_tf=False, n_features=2**16
    )
    model.fit(TEXTS, LABELS)
    counts = tor.HashingVectorizer(
        views=["word:1-2", "char_wb:2-3"], norm=None, n_features=2**16
    ).transform(TEXTS)
    weigh = tor.HashedTfidfTransformer(views=views, use_idf=idf is not None)
    rows = weigh.fit_transform(counts)
    scores = rows @ model.coef_[0] + model.intercept_[0]
    np.testing.assert_allclose(model.decision_function(TEXTS), scores, atol=1e-5)


@pytest.mark.parametrize("idf", [None, "running"])
def test_names_explanations_and_collisions_say_the_view(idf):
    model = tor.TextClassifier(
        preset="fast", views=[*UNION, "word:3"], idf=idf, terms=True, n_features=3 * 2**18
    )
    model.fit(TEXTS, LABELS)
    top = model.top_terms(30)
    assert top.named == pytest.approx(1.0)
    assert {term.term for term in top["y"]} >= {'word:1-2: "bad"', 'char_wb: "bad "'}
    explanation = model.explain("a bad film")
    assert explanation.decision == pytest.approx(model.decision_function(["a bad film"]), abs=1e-5)
    counts = {each.term: each.count for each in explanation.terms}
    assert counts['char_wb: "fil"'] == counts['word:1-2: "bad film"'] == 1
    assert 'word:3-3: "bad film"' not in counts
    report = model.collisions()
    assert report.is_measured
    assert report.vocabulary == len(model.model_.terms)
    assert model.model_.vocabulary.n_terms() == pytest.approx(report.vocabulary, rel=0.05)
    names = model.get_feature_names_out()
    assert sum(name[0] != "x" for name in names) == report.occupied
    rows = tor.HashingVectorizer(views=[*UNION, "word:3"], n_features=3 * 2**18).transform(TEXTS)
    assert 'char_wb: "ood "' in model.inverse_transform(rows)[4]


def test_a_saved_model_goes_on(tmp_path):
    views = [
        View("word", (1, 2), idf=False),
        "char_wb:2-4:weight=0.5",
        View("char", (3, 3), norm=None),
    ]
    model = tor.TextClassifier(
        preset="fast", views=views, idf="running", terms=True, n_features=1000
    )
    model.fit(TEXTS, LABELS)
    model.save(tmp_path / "a.model")
    loaded = tor.load(tmp_path / "a.model")
    assert loaded.views == [
        "word:1-2:norm=l2:idf=no", "char_wb:2-4:weight=0.5", "char:3-3:norm=none",
    ]  # fmt: skip
    assert loaded.model_.hashing == model.model_.hashing
    for each in (model, loaded):
        each.partial_fit(TEXTS, LABELS)
    np.testing.assert_array_equal(model.coef_, loaded.coef_)
    assert str(model.top_terms()) == str(loaded.top_terms())
    again = clone(loaded).fit(TEXTS, LABELS)
    assert again.model_.hashing == model.model_.hashing


def test_a_saved_pipeline_and_a_saved_idf_have_their_views(tmp_path):
    views = [View("word", (1, 2)), "char_wb:2-3:weight=0.5"]
    hasher = tor.HashingVectorizer(views=views, n_features=2**12)
    model = tor.OutOfCore(make_pipeline(hasher, tor.SGDClassifier())).fit(TEXTS, LABELS)
    model.save(tmp_path / "a.model")
    loaded = tor.load(tmp_path / "a.model")
    np.testing.assert_array_equal(loaded.decision_function(TEXTS), model.decision_function(TEXTS))
    rows = hasher.transform(TEXTS)
    weigh = tor.HashedTfidfTransformer(views=views).fit(rows)
    weigh.save(tmp_path / "b.model")
    assert abs(tor.load(tmp_path / "b.model").transform(rows) - weigh.transform(rows)).nnz == 0


def test_a_search_over_views_finds_what_separate_fits_give():
    texts = [f"{text} {number}" for number, text in enumerate(TEXTS)]
    model = tor.TextClassifier(preset="fast", n_features=2**12)
    choices = [None, UNION, "word+char:1-3:norm=l1"]
    search = tor.GridSearchCV(model, {"views": choices, "idf": [None, "running"]}, cv=3)
    search.fit(texts, LABELS)
    for params, score in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        alone = tor.cross_validate(clone(model).set_params(**params), texts, LABELS, cv=3)
        assert alone["test_score"].mean() == score


def test_a_model_is_the_same_for_any_threads_and_from_a_checkpoint(tmp_path):
    options = {"views": UNION, "idf": "running", "terms": True, "n_features": 2**12}
    models = [
        tor.TextClassifier(preset="fast", **options, n_jobs=n_jobs, max_iter=2).fit(TEXTS, LABELS)
        for n_jobs in (1, 2)
    ]
    kept = {"checkpoint": tmp_path / "kept.model", "resume": True}
    models += [
        tor.TextClassifier(preset="fast", **options, max_iter=2).fit(TEXTS, LABELS, **kept)
        for _ in range(2)
    ]
    for each in models:
        np.testing.assert_array_equal(models[0].coef_, each.coef_)
        assert str(models[0].top_terms()) == str(each.top_terms())
    with pytest.raises(ParameterError, match="was made with views="):
        tor.TextClassifier(preset="fast", terms=True, idf="running", max_iter=2).fit(
            TEXTS, LABELS, **kept
        )


def test_models_of_the_same_views_are_averaged():
    options = {"views": UNION, "terms": True, "n_features": 2**12}
    averaging = tor.ParameterAveraging(
        tor.TextClassifier(preset="fast", **options), n_partitions=2, n_rounds=2
    )
    model = averaging.fit(TEXTS, LABELS).estimator_
    assert model.score(TEXTS, LABELS) > 0.8
    assert 'char_wb: "ood"' in {term.term for term in model.top_terms(100)["x"]}
    other = tor.TextClassifier(preset="fast", views=["word"], n_features=2**12).fit(TEXTS, LABELS)
    with pytest.raises(ParameterError, match="views"):
        tor.average([model, other])


def test_indexes_of_other_views_do_not_merge():
    hasher = tor.HashingVectorizer(views=UNION, terms=100).fit(TEXTS)
    hasher.set_params(views=["word:1-2:norm=l1", "char_wb:2-4:weight=3"]).partial_fit(TEXTS)
    with pytest.raises(ParameterError, match="views="):
        hasher.set_params(views=["word:1-2"]).partial_fit(TEXTS)


@given(VIEWS, NORMS)
def test_a_view_is_what_its_text_says(views, norm):
    assert parse_views("+".join(map(str, views)), norm) == tuple(views)


@pytest.mark.parametrize(
    ("views", "message"),
    [
        (["words"], "unknown kind 'words'"),
        (["word:x"], "'word:x', which is not a view"),
        (["word:1-2:size=3"], "which is not a view"),
        (["word:2-1"], "'word:2-1', whose n-grams have no length"),
        (["word:0-2"], "'word:0-2', whose n-grams have no length"),
        (["word:1-2:1-3"], "which is not a view"),
        (["word:weight=1:weight=2"], "which is not a view"),
        ([View(weight=1e-50)], "weight of 1e-50"),
        ([View(weight=1e50)], "weight of 1e.50"),
        (["word", "word:1-1:weight=2"], "'word:1-1' twice"),
        (["word:1:weight=0"], "weight of 0.0"),
        (["word:1:weight=nan"], "weight of nan"),
        ([View(norm="l3")], "norm='l3'"),
        ([View(ngram_range=3)], "ngram_range 3"),
        ([View(weight="1")], "weight of '1'"),
        ([View(idf=None)], "idf=None"),
        ([3], "3, which is not a view"),
        ([], "list of 1 to 16 views"),
        ([f"char:{n}" for n in range(1, MAX_VIEWS + 2)], "list of 1 to 16 views"),
        (7, "list of 1 to 16 views"),
    ],
)
def test_bad_views(views, message):
    for estimator in (
        tor.TextClassifier(preset="fast", views=views),
        tor.HashingVectorizer(views=views),
    ):
        with pytest.raises(ParameterError, match=message) as raised:
            estimator.fit(TEXTS, LABELS)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("weight", [np.float64(0.3), np.float32(0.5), Fraction(1, 3), np.int64(2)])
def test_any_number_is_a_weight_that_files_hold(weight, tmp_path):
    model = tor.TextClassifier(preset="fast", views=[View("word", weight=weight)]).fit(
        TEXTS, LABELS
    )
    model.save(tmp_path / "a.model")
    again = tor.load(tmp_path / "a.model")
    np.testing.assert_array_equal(again.predict_proba(TEXTS), model.predict_proba(TEXTS))


def test_spaces_around_a_view_are_no_part_of_it():
    assert parse_views("word:1-2 + char:3") == parse_views(["word:1-2", "char:3"])


@pytest.mark.parametrize("alone", [{"analyzer": "char"}, {"ngram_range": (1, 2)}])
def test_views_do_not_go_with_a_kind_or_a_range(alone):
    for cls in (tor.TextClassifier, tor.HashingVectorizer):
        with pytest.raises(ParameterError, match="does not go with views"):
            cls(views=UNION, **alone).fit(TEXTS, LABELS)


def test_more_views_than_columns():
    with pytest.raises(ParameterError, match=r"n_features=1 is out of range: .* from 2"):
        tor.TextClassifier(preset="fast", views=UNION, n_features=1).fit(TEXTS, LABELS)


def test_a_view_by_a_function_learns_but_is_not_saved(tmp_path):
    model = tor.TextClassifier(preset="fast", views=["word", View(str.split)]).fit(TEXTS, LABELS)
    assert model.score(TEXTS, LABELS) > 0.5
    with pytest.raises(ParameterError, match=r"views has the analyzer .*split.* cannot hold"):
        model.save(tmp_path / "a.model")
    assert parse_view(View(str.split)).name == "split:1-1"


def test_views_on_the_command_line(run, grouped_reviews, tmp_path):
    columns, path = ["--text", "body", "--target", "stars"], tmp_path / "a.model"
    views = ["--preset", "fast", "--view", "word:1-2", "--view", "char_wb:2-4:weight=0.5"]
    code, _, err = run("train", grouped_reviews, *columns, *views, "--terms", "-q", "-o", path)
    assert (code, err) == (0, "")
    assert tor.load(path).views == ["word:1-2", "char_wb:2-4:weight=0.5"]
    _, out, _ = run("inspect", path)
    assert "--view word:1-2 --view 'char_wb:2-4:weight=0.5'" in out
    _, out, _ = run("terms", path)
    assert 'char_wb: "' in out
    grid = ["--grid", "views=word+char:2-3,none", "--cv", "2", "-q", "-o", tmp_path / "b.model"]
    code, out, _ = run("search", grouped_reviews, *columns, *grid)
    assert code == 0
    assert {line.split()[1] for line in out.splitlines()[1:3]} == {"word+char:2-3", "none"}


def test_wrong_views_on_the_command_line(run, grouped_reviews, tmp_path):
    for words, message in (
        (["--view", "words:1-2"], "unknown kind 'words'"),
        (["--view", "word", "--ngram-range", "1-2"], "--ngram-range 1-2 does not go with views"),
        (
            ["--view", "word:1:weight=x"],
            "such as 'char_wb:2-5', then :weight=X, :norm=NAME or :idf",
        ),
        (["--view", "word:2-1"], "--view has 'word:2-1', whose n-grams have no length"),
    ):
        code, _, err = run(
            "train", grouped_reviews, "--text", "body", "--target", "stars", *words,
            "-o", tmp_path / "a.model",
        )  # fmt: skip
        assert code == 2
        assert message in err


def test_an_option_for_each_view_or_one_for_all():
    for words in (["word:1-2", "char:3"], ["word:1-2+char:3"]):
        assert given_options({"views": words}) == {"views": ["word:1-2", "char:3"]}
    assert given_options({"views": ["none"]}) == {"views": None}
    assert in_options("made with views=['word', 'char:3'].", {"views": ["--view"]}, []) == (
        "made with --view word+char:3."
    )
