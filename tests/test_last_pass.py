"""average='last-pass': the mean of the weights over the steps of the last pass."""

import signal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.estimators.fused import training
from torrential.linear import LinearModel, LinearSettings
from torrential.types import Csr

N_ROWS, N_FEATURES = 600, 2**8

DELAYED = [
    {"alpha": 1e-3},
    {"alpha": 1e-3, "penalty": "elasticnet"},
    {"alpha": 1e-3, "learning_rate": "constant", "penalty": "l1", "eta0": 0.01},
]
"""Penalties that differ a little with the steps at which they are applied."""

EXACT = [
    {"alpha": 0.0},
    {"alpha": 1e-3, "learning_rate": "invscaling"},
]


def make_rows(n_classes=2, seed=0, n=N_ROWS):
    random = np.random.default_rng(seed)
    labels = random.integers(0, n_classes, n)
    texts = [
        " ".join(f"w{(word + 7 * label) % 60}" for word in random.zipf(1.4, 12)) for label in labels
    ]
    return texts, labels


def settings_of(options, **changes):
    values = {"loss": "squared_hinge", "penalty": "l2", "eta0": 0.2} | options | changes
    return LinearSettings(**values)


def rows_of(n_classes):
    texts, labels = make_rows(n_classes)
    X = tor.HashingVectorizer(n_features=N_FEATURES).transform(texts).astype(np.float32)
    return Csr(X.data, X.indices, X.indptr.astype(np.int64), N_FEATURES), labels.astype(np.int32)


@pytest.mark.parametrize("n_classes", [2, 3, 20, 300])
@pytest.mark.parametrize("options", EXACT, ids=str)
def test_it_is_the_mean_of_the_weights_after_each_step(n_classes, options):
    rows, codes = rows_of(n_classes)
    codes[:n_classes] = np.arange(n_classes)
    model = LinearModel(settings_of(options, average="last-pass"), N_FEATURES)
    plain = LinearModel(settings_of(options), N_FEATURES)
    for each in (model, plain):
        each.update(rows, codes)
    model.begin_average()
    total = np.zeros((plain.n_columns, N_FEATURES + 1))
    steps = 40
    for step in range(steps):
        order = np.array([step])
        model.update(rows, codes, order=order)
        plain.update(rows, codes, order=order)
        total += np.column_stack([plain.coef(), plain.intercept()])
    model.take_average()
    found = np.column_stack([model.coef(), model.intercept()])
    np.testing.assert_allclose(found, total / steps, rtol=1e-3, atol=2e-5)
    assert np.abs(found - np.column_stack([plain.coef(), plain.intercept()])).max() > 1e-3
    model.update(rows, codes)  # learning goes on from there
    assert model.t == 2 * N_ROWS + steps


@pytest.mark.parametrize("n_classes", [2, 3, 300])
@pytest.mark.parametrize("options", [*EXACT, *DELAYED], ids=str)
def test_it_is_the_average_from_that_step_on(n_classes, options):
    rows, codes = rows_of(n_classes)
    model = LinearModel(settings_of(options, average="last-pass"), N_FEATURES)
    by_hand = LinearModel(settings_of(options, average=N_ROWS + 1), N_FEATURES)
    for number in range(2):
        if number == 1:
            model.begin_average()
        for each in (model, by_hand):
            each.update(rows, codes)
    np.testing.assert_array_equal(model.coef(), by_hand.coef())
    model.take_average()
    np.testing.assert_array_equal(model.coef(), by_hand.coef())
    np.testing.assert_array_equal(model.intercept(), by_hand.intercept())


def test_beginning_again_forgets_the_steps_before():
    rows, codes = rows_of(3)
    models = []
    for begins in (2, 1):
        model = LinearModel(settings_of({"alpha": 1e-3}, average="last-pass"), N_FEATURES)
        for number in range(2):
            if number >= 2 - begins:
                model.begin_average()
            model.update(rows, codes)
        model.take_average()
        models.append(model.coef())
    np.testing.assert_allclose(models[0], models[1], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_text_classifier_averages_its_last_pass_only(n_classes):
    rows = make_rows(n_classes)
    options = {"n_features": 2**10, "ngram_range": (1, 1), "idf": None, "C": 1}
    in_one, plain = (
        tor.TextClassifier(max_iter=1, average=average, **options).fit(*rows)
        for average in ("last-pass", False)
    )
    np.testing.assert_array_equal(in_one.coef_, plain.coef_)
    in_three = tor.TextClassifier(max_iter=3, average="last-pass", **options).fit(*rows)
    # The third pass begins after step 2n, so an average from the step after it is the same.
    by_hand = tor.TextClassifier(max_iter=3, average=2 * N_ROWS + 1, **options).fit(*rows)
    np.testing.assert_allclose(in_three.coef_, by_hand.coef_, rtol=1e-5, atol=1e-7)
    assert in_three.model_.linear.settings.average is False


@pytest.mark.parametrize("n_classes", [2, 3])
def test_shared_passes_have_the_bits_of_separate_fits(n_classes):
    texts, labels = make_rows(n_classes)
    model = tor.TextClassifier(n_features=2**10, max_iter=3)
    grid = {"C": [0.3, 1, 3]}
    search = tor.GridSearchCV(model, grid, cv=3).fit(texts, labels)
    alone = tor.TextClassifier(n_features=2**10, max_iter=3, **search.best_params_)
    assert search.best_estimator_.coef_.tobytes() == alone.fit(texts, labels).coef_.tobytes()
    for place, setting in enumerate(search.cv_results_["params"]):
        scores = tor.cross_validate(model.set_params(**setting), texts, labels, cv=3)
        found = [search.cv_results_[f"split{fold}_test_score"][place] for fold in range(3)]
        np.testing.assert_array_equal(found, scores["test_score"])


def test_matrices_average_as_texts_do():
    texts, labels = make_rows(3)
    X = tor.HashingVectorizer(n_features=N_FEATURES).transform(texts)
    options = {"max_iter": 4, "tol": None, "random_state": 0}
    model = tor.SGDClassifier(average="last-pass", **options).fit(X, labels)
    by_hand = tor.SGDClassifier(average=3 * N_ROWS + 1, **options).fit(X, labels)
    np.testing.assert_allclose(model.coef_, by_hand.coef_, rtol=1e-4, atol=1e-6)
    before = model.coef_.copy()
    model.partial_fit(X[:1], labels[:1])
    assert np.abs(model.coef_ - before).max() < 0.5


def test_it_ends_with_tol_too():
    rows = make_rows(3)
    model = tor.TextClassifier(n_features=2**10, max_iter=30, tol=1e-2).fit(*rows)
    assert 1 < model.n_iter_ < 30
    assert model.model_.linear.settings.average is False
    same = tor.TextClassifier(n_features=2**10, max_iter=model.n_iter_).fit(*rows)
    np.testing.assert_allclose(model.coef_, same.coef_, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("window", [3, 5, 6])
def test_a_checkpoint_in_the_last_pass_has_its_average(window, tmp_path, monkeypatch):
    """Interrupt after a window of 2 in each of 3 passes, then resume."""
    monkeypatch.setattr("torrential.engine.batches.windows.MAX_NONZEROS", 6000)
    texts, labels = make_rows(3)
    pq.write_table(pa.table({"text": texts, "label": labels}), tmp_path / "a", row_group_size=100)
    rows = tor.read(tmp_path / "a", text="text", target="label", format="parquet")
    whole = tor.TextClassifier(n_features=2**10, ngram_range=(1, 2), max_iter=3).fit(rows)
    n_seen, after = 0, training._after_window

    def interrupt(keeper, candidate):
        nonlocal n_seen
        after(keeper, candidate)
        n_seen += 1
        if n_seen == window:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(training, "_after_window", interrupt)
    path = tmp_path / "kept"
    model = tor.TextClassifier(n_features=2**10, ngram_range=(1, 2), max_iter=3)
    with pytest.raises(KeyboardInterrupt):
        model.fit(rows, checkpoint=path, checkpoint_every="0s")
    assert len(model.predict(texts[:5])) == 5
    monkeypatch.setattr(training, "_after_window", after)
    resumed = tor.TextClassifier(n_features=2**10, ngram_range=(1, 2), max_iter=3)
    resumed.fit(rows, checkpoint=path, resume=True)
    assert resumed.coef_.tobytes() == whole.coef_.tobytes()


def test_a_part_of_a_fit_does_not_average():
    texts, labels = make_rows(3)
    models = []
    for average in ("last-pass", False):
        model = tor.TextClassifier(n_features=2**10, average=average)
        for begin in range(0, N_ROWS, 200):
            model.partial_fit(texts[begin : begin + 200], labels[begin : begin + 200])
        models.append(model.coef_)
    np.testing.assert_array_equal(*models)
