"""FTRL-Proximal, normalized steps and coin betting: their specifications, and what they are for."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import torrential as tor
from torrential import SGDClassifier, SGDRegressor, TextClassifier
from torrential.errors import ParameterError
from torrential.estimators.text.presets import with_preset
from torrential.kernels.linear.losses import LOSSES, slope
from torrential.linear import LinearModel, LinearSettings
from torrential.types import Csr

N_FEATURES = 12
RATES = ("ftrl", "normalized", "coin")

seeds = st.integers(0, 2**32 - 1)


def csr_of(X: np.ndarray) -> Csr:
    matrix = sp.csr_matrix(X.astype(np.float32))
    return Csr(matrix.data, matrix.indices, matrix.indptr.astype(np.int64), X.shape[1])


@dataclass
class NaiveLearner:
    """The algorithms as they are written down: dense, float64, one weight after the other."""

    settings: LinearSettings
    n_columns: int
    t: int = 0
    weight: float = 0.0  # of all rows
    w: np.ndarray = field(init=False)  # the last row is the intercept

    def __post_init__(self) -> None:
        shape = (N_FEATURES + 1, self.n_columns)
        self.w, self.n, self.z, self.sum = (np.zeros(shape) for _ in range(4))
        width = 1 if self.n_columns == 1 else 8 if self.n_columns <= 8 else 16
        self.edges = [*range(0, self.n_columns, width), self.n_columns]
        self.scale = np.zeros((N_FEATURES, len(self.edges) - 1))
        self.mean = np.zeros(len(self.edges) - 1)
        self.reward, self.steepness = np.zeros(shape), np.zeros(shape)

    def slopes(self, scores: np.ndarray, target: float) -> np.ndarray:
        if self.n_columns > 1 and self.settings.softmax:
            odds = np.exp(scores - scores.max())
            return odds / odds.sum() - (np.arange(self.n_columns) == target)
        y = np.where(np.arange(self.n_columns) == target, 1.0, -1.0)
        y = np.array([target]) if self.n_columns == 1 else y
        number = self.settings.rule().epsilon
        return np.array(
            [slope(LOSSES[self.settings.loss], p, v, number) for p, v in zip(scores, y)]
        )

    def learn(self, x: np.ndarray, target: float, weight: float) -> np.ndarray:
        self.t += 1
        self.weight += weight
        if self.settings.learning_rate != "ftrl":
            for tile, (begin, end) in enumerate(pairwise(self.edges)):
                self.scale_up(x, tile, begin, end)
        scores = x @ self.w
        n_pieces = max(1, int(weight + 0.5))
        for piece in range(n_pieces):
            part = weight / n_pieces
            mass = part if weight >= 1 else max(weight, min(1.0, self.weight / self.t))
            slopes = self.slopes(x @ self.w, target) * (part > 0)
            for tile, (begin, end) in enumerate(pairwise(self.edges)):
                if slopes[begin:end].any():
                    for feature in np.flatnonzero(x):
                        self.step(feature, x, slopes, part, mass, piece, tile, begin, end)
        if self.settings.average and self.t >= int(self.settings.average):
            self.sum += self.w
        return scores

    def scale_up(self, x: np.ndarray, tile: int, begin: int, end: int) -> None:
        norm = 1.0
        for feature in np.flatnonzero(x[:-1]):
            before, size = self.scale[feature, tile], abs(x[feature])
            if before > 0 and size > before:
                at = feature, slice(begin, end)
                scaled = self.w[at] * before / size
                is_coin = self.settings.learning_rate == "coin"
                self.w[at] = self.bet(at, size) / self.mean[tile] if is_coin else scaled
            if before > 0 or self.n_columns == 1:  # else it has no row of weights yet
                self.scale[feature, tile] = max(before, size)
            norm += min(1.0, size / before) ** 2 if before > 0 else 1.0
        self.mean[tile] += (norm - self.mean[tile]) / self.t

    def bet(self, at, scale: float) -> np.ndarray:
        rule = self.settings.rule()
        most = np.maximum(rule.beta, self.steepness[at]) * scale
        share = self.z[at] / np.maximum(most + self.n[at], 1e-300)
        return (rule.eta0 + self.reward[at]) * share / np.maximum(most, 1e-300)

    def step(self, feature, x, slopes, part, mass, piece, tile, begin, end) -> None:
        rule, is_intercept = self.settings.rule(), feature == N_FEATURES
        if is_intercept and not rule.fit_intercept:
            return
        at = feature, slice(begin, end)
        g = slopes[begin:end] * x[feature]
        if self.settings.learning_rate == "ftrl":
            sigma = (np.sqrt(self.n[at] + mass * g**2) - np.sqrt(self.n[at])) / rule.eta0
            self.z[at] += part * g - sigma * self.w[at]
            self.n[at] += mass * g**2
            l1, l2 = (0.0, 0.0) if is_intercept else (rule.l1, rule.l2)
            rate = 1 / ((rule.beta + np.sqrt(self.n[at])) / rule.eta0 + l2)
            new = -rate * (self.z[at] - np.sign(self.z[at]) * l1)
            self.w[at] = np.where(np.abs(self.z[at]) <= l1, 0.0, new)
            return
        scale = 1.0
        if not is_intercept:
            scale = self.scale[feature, tile] = max(self.scale[feature, tile], abs(x[feature]))
        if self.settings.learning_rate == "coin":
            moved = part * g
            if not is_intercept and piece == 0:
                moved = np.where(g != 0, moved + part / np.sqrt(mass) * rule.l2 * self.w[at], moved)
            steepness = np.where(g != 0, part * np.abs(slopes[begin:end]), 0.0)
            self.steepness[at] = np.maximum(self.steepness[at], steepness)
            most = np.maximum(self.settings.beta, self.steepness[at]) * scale
            moved = np.clip(moved, -most, most)
            self.reward[at] -= moved * self.bet(at, scale)
            self.z[at] -= moved
            self.n[at] += np.abs(moved)
            self.w[at] = np.where(g != 0, self.bet(at, scale) / self.mean[tile], self.w[at])
            return
        root = np.sqrt(mass)
        g = g * root
        if not is_intercept and piece == 0:
            g = np.where(g != 0, g + rule.l2 * self.w[at], g)
        self.n[at] += g**2
        rate = rule.eta0 / np.sqrt(self.mean[tile])
        change = rate * part / root * g / (scale * np.sqrt(self.n[at] + (rule.beta * scale) ** 2))
        self.w[at] -= np.where(g != 0, change, 0.0)

    def weights(self) -> np.ndarray:
        first = int(self.settings.average)
        return self.sum / (self.t - first + 1) if first and self.t >= first else self.w


def check(parameters: dict[str, Any], n_classes: int, seed: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    n_rows = 40
    X = rng.normal(size=(n_rows, N_FEATURES)) * (rng.random((n_rows, N_FEATURES)) < density)
    weight = rng.choice([0.3, 0.9, 1.0, 1.4, 2.6, 7.0], n_rows).astype(np.float32)
    order = rng.permutation(n_rows)
    s = LinearSettings(**parameters)
    model = LinearModel(s, N_FEATURES)
    if s.is_regression:
        targets = naive_targets = rng.normal(size=n_rows).astype(np.float32)
    else:
        model.add_classes(n_classes)
        targets = rng.integers(0, n_classes, n_rows).astype(np.int32)
        naive_targets = 2.0 * targets - 1 if n_classes <= 2 else targets
    naive = NaiveLearner(s, model.n_columns)
    scores = np.concatenate(
        [model.update(csr_of(X), targets, weight, some) for some in (order[:15], order[15:])]
    )
    x = np.column_stack([X.astype(np.float32), np.ones(n_rows)])
    expected = np.array([naive.learn(x[r], naive_targets[r], float(weight[r])) for r in order])
    if s.loss == "hinge":  # sums that only rounding tells from the kink
        near = np.abs(np.abs(np.stack([scores, expected])) - 1.0)
        assume(not ((near > 0) & (near < 1e-5)).any())
    close = {"rtol": 2e-3, "atol": 3e-4 * max(1.0, np.abs(expected).max())}  # float32
    np.testing.assert_allclose(scores, expected, **close)
    np.testing.assert_allclose(model.coef(), naive.weights()[:-1].T, **close)
    np.testing.assert_allclose(model.intercept(), naive.weights()[-1], **close)
    np.testing.assert_allclose(model.decision(csr_of(X)), x @ naive.weights(), **close)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(RATES),
    st.sampled_from(["log_loss", "hinge"]),
    st.sampled_from([2, 3, 8, 9, 17]),
    seeds,
    st.sampled_from([0.0, 0.2, 0.6, 1.0]),
    st.sampled_from([False, 7]),
)
def test_classes(rate, loss, n_classes, seed, density, average) -> None:
    parameters = {"learning_rate": rate, "loss": loss, "average": average, "eta0": 0.3}
    check(parameters, n_classes, seed, density)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(RATES),
    st.sampled_from(["squared_error", "huber", "log_loss"]),
    seeds,
    st.sampled_from([0.0, 0.5, 2.0]),
    st.booleans(),
    st.sampled_from(["l2", "l1", "elasticnet"]),
)
def test_one_column_with_penalties(rate, loss, seed, beta, fit_intercept, penalty) -> None:
    penalty = penalty if rate == "ftrl" else "l2"
    beta = max(beta, 0.5) if rate == "coin" else beta
    parameters = {"learning_rate": rate, "loss": loss, "beta": beta, "eta0": 0.1}
    parameters |= {"fit_intercept": fit_intercept, "penalty": penalty, "alpha": 0.2}
    check(parameters, 1 if loss != "log_loss" else 2, seed, 0.6)


def click_rows(n: int = 4000, seed: int = 0) -> tuple[sp.csr_array, np.ndarray]:
    """Return rows with one of 1,000 rare features each, of which a few matter, and a common one."""
    rng = np.random.default_rng(seed)
    rare = 1 + (rng.zipf(1.2, n) % 1000)
    indices = np.column_stack([np.zeros(n, np.int64), rare]).ravel()
    X = sp.csr_array((np.ones(2 * n, np.float32), indices, np.arange(0, 2 * n + 1, 2)), (n, 1001))
    return X, (rng.random(n) < np.where(rare < 5, 0.9, 0.2)).astype(int)


def test_l1_of_ftrl_makes_most_weights_exactly_zero():
    X, y = click_rows()
    sparse = SGDClassifier("log_loss", learning_rate="ftrl", penalty="l1", alpha=3.0)
    dense = SGDClassifier("log_loss", learning_rate="ftrl", penalty=None)
    sparse.partial_fit(X, y)
    dense.partial_fit(X, y)
    seen = np.flatnonzero(X.sum(axis=0))
    assert np.count_nonzero(dense.coef_[0, seen]) == len(seen)
    assert 1 <= np.count_nonzero(sparse.coef_) < len(seen) / 4
    assert sparse.score(X, y) > dense.score(X, y) - 0.02


def test_c_of_ftrl_is_the_penalty_of_all_rows():
    X, y = click_rows()
    of_all = SGDClassifier("log_loss", learning_rate="ftrl", penalty="l1", alpha=0.5)
    by_c = SGDClassifier("log_loss", learning_rate="ftrl", penalty="l1", C=2.0)
    for model in (of_all, by_c):
        model.partial_fit(X[:1000], y[:1000]).partial_fit(X[1000:], y[1000:])
    np.testing.assert_array_equal(of_all.coef_, by_c.coef_)
    assert np.count_nonzero(of_all.coef_) > 0


@settings(deadline=None, max_examples=20)
@given(seeds, st.sampled_from([2, 3]), st.sampled_from(["normalized", "coin"]))
def test_steps_are_the_same_for_features_of_any_scale(seed, n_classes, rate):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(60, 5)).astype(np.float32), rng.integers(0, n_classes, 60)
    y[:n_classes] = np.arange(n_classes)
    factors = np.float32(2.0) ** rng.integers(-20, 20, 5)  # exact, so rounding is the same
    plain, scaled = (
        SGDClassifier("log_loss", learning_rate=rate, alpha=0).partial_fit(rows, y)
        for rows in (X, X * factors)
    )
    np.testing.assert_allclose(
        scaled.decision_function(X * factors), plain.decision_function(X), rtol=1e-4, atol=1e-5
    )
    assert np.abs(plain.decision_function(X)).max() > 0.01


@pytest.mark.jit  # Python warns of the overflow of AdaGrad's scores
def test_raw_numbers_are_learned_only_by_scale_free_steps():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 4)) * [1e-3, 1.0, 1e3, 1e5]
    y = (X @ [1e3, 0.3, -1e-3, 0.0] + rng.normal(size=3000) > 0).astype(int)
    scores = {
        rate: SGDClassifier("log_loss", learning_rate=rate).partial_fit(X, y).score(X, y)
        for rate in ("adagrad", "normalized", "coin")
    }
    for rate in ("normalized", "coin"):
        assert scores[rate] > 0.7  # at most 0.77
        assert scores[rate] > scores["adagrad"] + 0.1


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("n_classes", [2, 3, 20])
def test_batches_jobs_and_files_change_nothing(rate, n_classes, tmp_path):
    rng = np.random.default_rng(1)
    X = sp.random_array((600, 50), density=0.2, rng=rng, format="csr", dtype=np.float32)
    y = rng.integers(0, n_classes, 600)
    y[:n_classes] = np.arange(n_classes)

    def new(n_jobs: int | None = None) -> SGDClassifier:
        return SGDClassifier("hinge", learning_rate=rate, n_jobs=n_jobs)

    whole = new().partial_fit(X, y)
    parts = new(n_jobs=2).partial_fit(X[:200], y[:200])
    parts.save(tmp_path / "parts.model")
    parts = tor.load(tmp_path / "parts.model").partial_fit(X[200:], y[200:])
    np.testing.assert_array_equal(parts.coef_, whole.coef_)
    np.testing.assert_array_equal(parts.intercept_, whole.intercept_)
    assert whole.coef_.any()


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("loss", ["log_loss", "hinge"])
def test_a_third_class_leaves_the_scores_of_two(rate, loss):
    rng = np.random.default_rng(2)
    X = rng.normal(size=(200, 6)).astype(np.float32)
    y = (X[:, 0] - X[:, 1] > 0).astype(int)
    model = LinearModel(LinearSettings(loss=loss, learning_rate=rate, eta0=0.3), 6)
    model.update(csr_of(X), y.astype(np.int32))
    before = model.decision(csr_of(X))[:, 0]
    model.add_classes(1)
    after = model.decision(csr_of(X))
    scale = 0.5 if loss == "log_loss" else 1.0
    np.testing.assert_allclose(after[:, 1], scale * before, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(after[:, 0], -scale * before, rtol=1e-4, atol=1e-6)
    one = np.zeros(1, np.int64)  # a row that is nearly right moves the weights but little
    turned = model.decision(csr_of(X))
    row = int(np.argmax(np.abs(before)))
    model.update(csr_of(X[row : row + 1]), y[row : row + 1].astype(np.int32), order=one)
    moved = np.abs(model.decision(csr_of(X)) - turned)[:, :2].max()
    assert moved < 0.25 * np.abs(before).max()


@pytest.mark.parametrize("rate", RATES)
def test_learning_goes_on_from_weights_that_were_set_or_averaged(rate):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(400, 5)).astype(np.float32)
    y = (X[:, 0] - X[:, 1] > 0).astype(int)
    options = {"learning_rate": rate, "tol": None, "random_state": 0}
    first = SGDClassifier("log_loss", max_iter=2, average="last-pass", **options).fit(X, y)
    start = first.coef_
    near = 0.35 * np.abs(start).max()
    np.testing.assert_allclose(first.partial_fit(X[:1], y[:1]).coef_, start, atol=near)
    assert np.abs(start).max() > 0.5
    if rate != "ftrl":  # their initial weights shrink while scales are found
        return
    warm = SGDClassifier("log_loss", max_iter=1, **options)
    warm.fit(X[:5], y[:5], coef_init=start, intercept_init=first.intercept_)
    np.testing.assert_allclose(warm.coef_, start, atol=near)


@pytest.mark.parametrize("rate", RATES)
def test_models_are_averaged_and_searched_as_others(rate, tmp_path):
    rng = np.random.default_rng(4)
    words = np.array([f"w{i}" for i in range(300)])
    y = rng.integers(0, 2, 400)
    texts = [" ".join(words[(rng.zipf(1.5, 12) + 150 * label) % 300]) for label in y]
    labels = np.array(["no", "yes"])[y]
    text = TextClassifier(preset="fast", n_features=2**10, loss="log_loss", learning_rate=rate)
    average = tor.ParameterAveraging(text, n_rounds=2).fit(texts, labels)
    assert np.mean(average.predict(texts) == labels) > 0.85
    found = tor.cross_validate(text, texts, labels, cv=3)
    assert np.mean(found["test_score"]) > 0.8
    accurate = TextClassifier(n_features=2**12, learning_rate=rate, max_iter=2).fit(texts, labels)
    accurate.save(tmp_path / "text.model")
    again = tor.load(tmp_path / "text.model")
    np.testing.assert_array_equal(again.predict_proba(texts), accurate.predict_proba(texts))


def test_a_search_learns_models_of_all_optimizers_in_the_same_folds():
    rng = np.random.default_rng(5)
    y = rng.integers(0, 2, 300)
    texts = [f"a{i % 7} {'yes' if label else 'no'} b{i % 11}" for i, label in enumerate(y)]
    text = TextClassifier(preset="fast", n_features=2**10, loss="log_loss")
    grid = {"learning_rate": ["adagrad", *RATES]}
    found = tor.GridSearchCV(text, grid, cv=3, scoring="neg_log_loss").fit(texts, y)
    for place, rate in enumerate(grid["learning_rate"]):
        alone = tor.cross_validate(
            text.set_params(learning_rate=rate), texts, y, cv=3, scoring="neg_log_loss"
        )
        expected = np.mean(alone["test_score"])
        assert found.cv_results_["mean_test_score"][place] == pytest.approx(expected, rel=1e-9)
        assert expected > -0.6  # of chance: -0.69


@pytest.mark.parametrize("rate", RATES)
def test_many_classes_share_threads(rate):
    rng = np.random.default_rng(6)
    y = np.append(np.arange(300), rng.integers(0, 300, 900))
    rows, own = np.repeat(np.arange(1200), 3), 3 * y[:, None] + rng.integers(0, 3, (1200, 3))
    X = sp.csr_array((np.ones(3600, np.float32), (rows, own.ravel())), (1200, 900))
    one, two = (
        SGDClassifier("hinge", learning_rate=rate, n_jobs=n_jobs).partial_fit(X, y)
        for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(one.coef_, two.coef_)
    assert one.score(X, y) > 0.9


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"learning_rate": "ftrl", "loss": "poisson"}, "learning_rate='ftrl' does not work"),
        (
            {"learning_rate": "normalized", "penalty": "l1", "alpha": 0.1},
            "penalty='l1' does not work with learning_rate='normalized'",
        ),
        ({"learning_rate": "ftrl", "beta": -1.0}, "beta=-1.0 is invalid"),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_sentence(parameters, message):
    with pytest.raises(ParameterError, match=message) as caught:
        LinearSettings(**parameters)
    assert "\n" not in str(caught.value)


def test_each_optimizer_has_its_own_default_rate():
    rates = {
        rate: SGDClassifier(learning_rate=rate)._settings().eta0
        for rate in ("adagrad", "constant", *RATES)
    }
    assert rates == {"adagrad": 0.1, "constant": 0.1, "ftrl": 0.2, "normalized": 1.0, "coin": 8.0}
    assert SGDRegressor()._settings().eta0 == 0.5
    texts = {
        rate: with_preset(TextClassifier(preset="fast", learning_rate=rate).get_params())["eta0"]
        for rate in ("adagrad", *RATES)
    }
    assert texts == {"adagrad": 0.2, "ftrl": 1.0, "normalized": 1.0, "coin": 8.0}
    assert SGDRegressor(learning_rate="ftrl", eta0=0.3)._settings().eta0 == 0.3
