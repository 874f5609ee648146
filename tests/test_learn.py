"""The learning kernel against its specification, a twin that touches every weight each step."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from torrential.kernels.linear.losses import LOSSES, REGRESSION_LOSSES, loss, slope
from torrential.linear import LinearModel, LinearSettings
from torrential.linear.decay import steps_between
from torrential.linear.links import IDENTITY, LOG, LOGIT
from torrential.types import Csr

TINY = 1e-6
N_FEATURES = 12


def csr_of(X: np.ndarray) -> Csr:
    matrix = sp.csr_matrix(X.astype(np.float32))
    return Csr(matrix.data, matrix.indices, matrix.indptr.astype(np.int64), X.shape[1])


def pieces_of(weight: float) -> list[float]:
    """Return the pieces in which a row of this weight is learned."""
    if weight <= 64:
        n_pieces = max(1, int(weight + 0.5))
        return [weight / n_pieces] * n_pieces
    pieces = [1.0] * 64
    while sum(pieces) < weight * (1 - 1e-9):
        pieces.append(min(sum(pieces) / 16, weight - sum(pieces)))
    return pieces


@dataclass
class NaiveLearner:
    """Stochastic gradient descent as it is written down: dense, float64, nothing put off."""

    settings: LinearSettings
    n_columns: int
    t: int = 0
    due: float = 0.0  # cumulative L1 penalty
    weight: float = 0.0  # of all rows
    n_put_off: int = 0  # steps without AdaGrad's penalties
    w: np.ndarray = field(init=False)  # the last row is the intercept

    def __post_init__(self) -> None:
        shape = (N_FEATURES + 1, self.n_columns)
        self.w, self.squares, self.had = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.w_sum, self.n_averaged = np.zeros(shape), 0

    def rate(self) -> float:
        s = self.settings
        if s.learning_rate == "optimal":
            typical = np.sqrt(1 / np.sqrt(s.alpha))
            eta = typical / max(1.0, slope(LOSSES[s.loss], -typical, 1.0, s.epsilon))
            return 1 / (s.alpha * (1 / (eta * s.alpha) + self.t - 1))
        return s.eta0 / self.t**s.power_t if s.learning_rate == "invscaling" else s.eta0

    def slopes(self, x: np.ndarray, scores: np.ndarray, target: float) -> np.ndarray:
        s, kind = self.settings, LOSSES[self.settings.loss]
        if self.n_columns > 1 and s.softmax:
            odds = np.exp(scores - scores.max())
            return odds / odds.sum() - (np.arange(self.n_columns) == target)
        y = np.where(np.arange(self.n_columns) == target, 1.0, -1.0)
        y = np.array([target]) if self.n_columns == 1 else y
        number = s.rule().epsilon
        result = np.array([slope(kind, p, v, number) for p, v in zip(scores, y)])
        if s.learning_rate not in ("pa1", "pa2"):
            return result
        losses = np.array([loss(kind, p, v, number) for p, v in zip(scores, y)])
        norm = x[:-1] @ x[:-1]
        if norm == 0:
            return 0 * result
        by_norm = np.minimum(s.eta0, losses / norm)
        steps = by_norm if s.learning_rate == "pa1" else losses / (norm + 0.5 / s.eta0)
        return np.sign(result) * steps

    def learn(self, x: np.ndarray, target: float, weight: float) -> np.ndarray:
        s, rule = self.settings, self.settings.rule()
        every = steps_between(rule, N_FEATURES)
        scores = x @ self.w
        self.t += 1
        self.weight += weight
        rate = self.rate()
        gradient = np.outer(x, weight * self.slopes(x, scores, target))
        if not s.fit_intercept:
            gradient[-1] = 0
        if s.learning_rate == "adagrad":
            before, shares = np.zeros(self.n_columns), np.ones(self.n_columns)
            for number, piece in enumerate(pieces_of(weight)):
                mass = piece if weight >= 1 else max(weight, min(1.0, self.weight / self.t))
                slopes = self.slopes(x, x @ self.w, target)
                if number >= 64:
                    shares[np.sign(slopes) != np.sign(before)] *= 0.5
                before = slopes if self.n_columns == 1 else np.where(shares < 1, 0.0, slopes)
                self.step(x, target, rate * shares, piece, mass, before)
            self.n_put_off += 1
            if every and self.t % every == 0:
                self.decay(every - 1)
        else:
            self.w[:-1] *= max(0.0, 1 - rate * rule.l2)
            change = -(1.0 if s.learning_rate in ("pa1", "pa2") else rate) * gradient
            self.w += self.share(x, scores, target, change) * change
            self.due += rate * rule.l1
            self.shrink(np.flatnonzero(x[:-1]))
        if s.average and self.t >= int(s.average):
            self.w_sum += self.w
            self.n_averaged += 1
        return scores

    def decay(self, n_counted: int) -> None:
        """Apply AdaGrad's penalties for the steps since the last time.

        Of these steps the first n_counted are in the sum of the weights, without their penalties.
        """
        rule, n, average = self.settings.rule(), self.n_put_off, int(self.settings.average)
        rates = n * rule.eta0 / np.sqrt(self.squares[:-1] + TINY)
        kept = np.abs(self.w[:-1]) * np.exp(-rates * rule.l2) - rates * rule.l1
        new = np.sign(self.w[:-1]) * np.maximum(0, kept)
        for k in range(1, n_counted + 1):
            if average and self.t - n + k >= average:
                self.w_sum[:-1] += (new - self.w[:-1]) * k / n
        self.w[:-1], self.n_put_off = new, 0

    def step(
        self,
        x: np.ndarray,
        target: float,
        rate: np.ndarray,
        piece: float,
        mass: float,
        slopes: np.ndarray,
    ) -> None:
        """Learn a piece of a row with AdaGrad, which adds some of its squares to the sums."""
        gradient = np.outer(x, slopes)
        if not self.settings.fit_intercept:
            gradient[-1] = 0
        added = (mass if piece > 0 else 0.0) * gradient**2
        if self.settings.link is LOG:
            added = np.where(self.squares > 0, np.minimum(added, 10 * self.squares), added)
        self.squares += added
        change = -rate * piece * gradient / np.sqrt(self.squares + TINY)
        self.w += self.share(x, x @ self.w, target, change) * change

    def share(self, x: np.ndarray, scores: np.ndarray, target: float, change: np.ndarray) -> float:
        """Return the share of a step of the weights at whose end the slope is that share."""
        rule, by_weights = self.settings.rule(), float((x @ change)[0])
        if self.settings.link is not LOG:
            return 1.0
        first = slope(rule.loss, scores[0], target, rule.epsilon)
        if first == 0.0 or by_weights == 0.0:
            return 1.0

        def excess(share: float) -> float:
            return slope(rule.loss, scores[0] + share * by_weights, target, rule.epsilon) - (
                share * first
            )

        return float(brentq(excess, 0.0, 1.0))

    def shrink(self, features: Any) -> None:
        """Apply the cumulative L1 penalty to some features."""
        old, had = self.w[features], self.had[features]
        new = np.where(old > 0, np.maximum(0, old - (self.due + had)), old)
        new = np.where(old < 0, np.minimum(0, old + (self.due - had)), new)
        self.w[features] = new
        self.had[features] += new - old

    def weights(self) -> np.ndarray:
        if self.settings.learning_rate == "adagrad":
            self.decay(self.n_put_off)
        if self.settings.average and self.n_averaged:
            return self.w_sum / self.n_averaged
        if self.settings.learning_rate != "adagrad" and self.settings.penalty in (
            "l1",
            "elasticnet",
        ):
            self.shrink(np.arange(N_FEATURES))
        return self.w


def check(
    parameters: dict[str, Any],
    n_classes: int,
    seed: int,
    density: float,
    weighted: bool = True,
    n_rows: int = 40,
    heavy: tuple[float, ...] = (),
) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, N_FEATURES)) * (rng.random((n_rows, N_FEATURES)) < density)
    weight = rng.choice([0.0, 0.3, 0.9, 1.0, 1.4, 2.6, 7.0, *heavy], n_rows).astype(np.float32)
    weight = weight if weighted else None
    order = rng.permutation(n_rows)
    s = LinearSettings(**parameters)
    model = LinearModel(s, N_FEATURES)
    if s.is_regression:
        drawn = rng.gamma(1.0, 3.0, n_rows) if s.link is LOG else rng.normal(size=n_rows)
        drawn = drawn if s.link is not LOGIT else rng.choice([0.0, 0.3, 0.8, 1.0], n_rows)
        targets = naive_targets = drawn.astype(np.float32)
    else:
        model.add_classes(n_classes)
        targets = rng.integers(0, n_classes, n_rows).astype(np.int32)
        naive_targets = 2.0 * targets - 1 if n_classes <= 2 else targets
    naive = NaiveLearner(s, model.n_columns)
    if s.is_regression and s.link is not IDENTITY:
        naive.w[-1] = s.link.first_score(float(np.average(targets, weights=weight)))
    scores = model.update(csr_of(X), targets, weight, order)
    x = np.column_stack([X.astype(np.float32), np.ones(n_rows)])
    expected = np.zeros_like(scores)
    for place, row in enumerate(order):
        factor = 1.0 if weight is None else float(weight[row])
        expected[place] = naive.learn(x[row], naive_targets[row], factor)
    if s.loss in ("hinge", "perceptron"):  # sums that only rounding tells from the kink
        near = np.abs(np.stack([scores, expected])[..., None] - np.array([-1.0, 0.0, 1.0]))
        assume(not ((near > 0) & (near < 1e-6)).any())
    close = {"rtol": 2e-3, "atol": 2e-4 * max(1.0, np.abs(expected).max())}  # float32
    np.testing.assert_allclose(scores, expected, **close)
    np.testing.assert_allclose(model.coef(), naive.weights()[:-1].T, **close)
    np.testing.assert_allclose(model.intercept(), naive.weights()[-1], **close)
    np.testing.assert_allclose(model.decision(csr_of(X)), x @ naive.weights(), **close)


seeds = st.integers(0, 2**32 - 1)
densities = st.sampled_from([0.0, 0.2, 0.6, 1.0])
losses = st.sampled_from(["log_loss", "hinge", "squared_hinge", "modified_huber", "perceptron"])
numbers_of_classes = st.sampled_from([2, 3, 8, 9, 16, 17, 40])


@settings(deadline=None, max_examples=40)
@given(losses, numbers_of_classes, seeds, densities, st.sampled_from([False, True, 7]))
def test_adagrad(loss: str, n_classes: int, seed: int, density: float, average: bool | int) -> None:
    check({"loss": loss, "average": average, "eta0": 0.1}, n_classes, seed, density)


@settings(deadline=None, max_examples=30)
@given(
    losses, numbers_of_classes, seeds, st.sampled_from([0.2, 0.6]), st.sampled_from([64.4, 99, 2e3])
)
def test_heavy_rows(loss: str, n_classes: int, seed: int, density: float, heavy: float) -> None:
    check({"loss": loss, "eta0": 0.1}, n_classes, seed, density, n_rows=15, heavy=(heavy,))


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from(["squared_error", "huber", "poisson"]), seeds, st.sampled_from([64.4, 99, 2e3])
)
def test_heavy_rows_of_a_regression(loss: str, seed: int, heavy: float) -> None:
    parameters = {"loss": loss, "eta0": 0.02, "epsilon": 0.2}
    check(parameters, 1, seed, 0.2, n_rows=15, heavy=(heavy,))


@settings(deadline=None, max_examples=40)
@given(
    losses,
    numbers_of_classes,
    seeds,
    densities,
    st.sampled_from(["constant", "invscaling", "optimal"]),
    st.sampled_from([None, "l2", "l1", "elasticnet"]),
)
def test_shared_rates_and_penalties(
    loss: str, n_classes: int, seed: int, density: float, learning_rate: str, penalty: str | None
) -> None:
    assume(learning_rate != "optimal" or loss in ("log_loss", "hinge", "perceptron"))  # diverges
    parameters = {"loss": loss, "learning_rate": learning_rate, "penalty": penalty, "eta0": 0.02}
    check(parameters | {"alpha": 0.03}, n_classes, seed, density)


@settings(deadline=None, max_examples=30)
@given(numbers_of_classes, seeds, densities, st.sampled_from(["l2", "l1"]))
def test_adagrad_penalties(n_classes: int, seed: int, density: float, penalty: str) -> None:
    parameters = {"loss": "log_loss", "multi_class": "ovr", "penalty": penalty, "alpha": 0.01}
    check(parameters | {"eta0": 0.1}, n_classes, seed, density, n_rows=100)


@settings(deadline=None, max_examples=20)
@given(numbers_of_classes, seeds, st.sampled_from(["constant", "adagrad"]))
def test_elastic_net_and_average_on_dense_rows(
    n_classes: int, seed: int, learning_rate: str
) -> None:
    parameters = {"penalty": "elasticnet", "alpha": 0.02, "learning_rate": learning_rate}
    parameters |= {"loss": "squared_hinge", "average": 5, "eta0": 0.01}
    check(
        parameters, n_classes, seed, density=1.0, n_rows=100 if learning_rate == "adagrad" else 40
    )


@settings(deadline=None, max_examples=50)
@given(
    st.sampled_from(list(REGRESSION_LOSSES)),
    seeds,
    densities,
    st.sampled_from(["adagrad", "constant"]),
)
def test_regression(loss: str, seed: int, density: float, learning_rate: str) -> None:
    parameters = {"loss": loss, "learning_rate": learning_rate, "eta0": 0.02, "epsilon": 0.2}
    check(parameters | {"quantile": 0.8, "power": 1.7}, 1, seed, density)


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from(["poisson", "gamma", "tweedie"]),
    seeds,
    st.sampled_from(["adagrad", "constant", "invscaling"]),
    st.sampled_from([None, "l2", "l1"]),
    st.sampled_from([False, 7]),
)
def test_long_steps_of_losses_of_logs(
    loss: str, seed: int, learning_rate: str, penalty: str | None, average: bool | int
) -> None:
    parameters = {"loss": loss, "learning_rate": learning_rate, "penalty": penalty, "alpha": 0.01}
    # The L1 penalties of features that a row lacks come into an average when they next occur.
    density = 1.0 if average and penalty == "l1" else 0.6
    check(parameters | {"eta0": 0.3, "average": average}, 1, seed, density)


@settings(deadline=None, max_examples=20)
@given(
    st.sampled_from(["hinge", "epsilon_insensitive"]),
    st.sampled_from(["pa1", "pa2"]),
    numbers_of_classes,
    seeds,
    densities,
)
def test_passive_aggressive(
    loss: str, rate: str, n_classes: int, seed: int, density: float
) -> None:
    check({"loss": loss, "learning_rate": rate, "eta0": 0.5}, n_classes, seed, density)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_one_adagrad_step_in_closed_form(fit_intercept: bool) -> None:
    model = LinearModel(LinearSettings(loss="hinge", eta0=0.5, fit_intercept=fit_intercept), 3)
    scores = model.update(csr_of(np.array([[2.0, 0.0, -1.0]])), np.zeros(1, np.int32))
    assert scores.tolist() == [[0.0]]
    np.testing.assert_allclose(model.coef(), [[-0.5, 0.0, 0.5]], rtol=1e-6)
    np.testing.assert_allclose(model.intercept(), [-0.5 * fit_intercept], rtol=1e-6)


def test_average_is_the_mean_of_the_weights_after_each_step() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 5)), rng.integers(0, 2, 30).astype(np.int32)
    plain = LinearModel(LinearSettings(), 5)
    averaged = LinearModel(LinearSettings(average=11), 5)
    weights = []
    for row in range(30):
        plain.update(csr_of(X[row : row + 1]), y[row : row + 1])
        weights.append(plain.coef())
        averaged.update(csr_of(X[row : row + 1]), y[row : row + 1])
        expected = np.mean(weights[10:], axis=0) if row >= 10 else weights[-1]
        np.testing.assert_allclose(averaged.coef(), expected, rtol=1e-4, atol=1e-6)
