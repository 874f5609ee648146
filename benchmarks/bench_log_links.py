"""Compare safe steps of losses with a log link with plain steps of the same losses.

    python benchmarks/bench_log_links.py

Needs no data: rows and targets are generated. ``SGDRegressor`` learns them in one pass and in ten,
with AdaGrad at several rates and no penalty, by its own steps and by plain ones, which are those of
the same formula from outside the package. A figure is the deviance that a model has on its rows
more than scikit-learn's optimum, as a share of what the optimum gains over the mean alone: 0 is the
optimum, and 1 is as good as the mean. The last table has processor seconds of a pass.
"""

import argparse
import math
import statistics
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.linear_model import TweedieRegressor

import torrential as tor
from common import print_table
from torrential.kernels.linear.losses import REGRESSION_LOSSES, deviance, deviance_slope, loss
from torrential.kernels.linear.own_loss import code_of

POWERS = {"poisson": 1.0, "tweedie": 1.5, "gamma": 2.0}
PLAIN = "plain"
RATES = (0.05, 0.2, 0.5, 2.0)
N_ROWS = 4000


def make_sets() -> Iterator[tuple[str, str, Any, Any]]:
    """Yield a name, a loss, rows and targets."""
    rng = np.random.default_rng(0)

    def dense(n_features: int, mean: float) -> tuple[Any, Any]:
        X = rng.normal(size=(N_ROWS, n_features))
        weights = rng.normal(size=n_features) * 0.5 / np.sqrt(n_features)
        return X, mean * np.exp(X @ weights)

    X, means = dense(10, 1)
    yield "counts, mean 1", "poisson", X, rng.poisson(means)
    X, means = dense(50, 50)
    yield "counts, mean 50", "poisson", X, rng.poisson(means)
    X, means = dense(30, 5000)
    yield "counts, mean 5000, noisy", "poisson", X, rng.poisson(means * rng.gamma(0.5, 2, N_ROWS))
    heavy = rng.lognormal(0, 1.5, size=(N_ROWS, 5)) / 5
    X = np.column_stack([heavy, rng.normal(size=(N_ROWS, 5))])
    scores = np.clip(X @ (0.3 * rng.normal(size=10)), -5, 5)
    yield "counts, heavy-tailed features", "poisson", X, rng.poisson(np.exp(scores))
    X, means = dense(20, 150)
    claims = [rng.gamma(2, m / 2, n).sum() for m, n in zip(means, rng.poisson(0.3, N_ROWS))]
    yield "claims, three of four 0", "tweedie", X, np.array(claims)
    X, means = dense(20, 1000)
    yield "gamma, mean 1000", "gamma", X, rng.gamma(2, means / 2)


def plain_code(power: float) -> int:
    """Return the code of the same loss from outside, whose steps are plain."""
    return code_of(
        lambda p, y, epsilon: deviance(p, y, power),
        lambda p, y, epsilon: deviance_slope(p, y, power),
    )


def mean_deviance(power: float, scores: Any, y: Any) -> float:
    """Return half the mean deviance of targets from the exponentials of scores."""
    kind = REGRESSION_LOSSES["tweedie"]
    return float(np.mean([loss(kind, s, t, power) for s, t in zip(scores.tolist(), y.tolist())]))


def fitted(name: str, X: Any, y: Any, eta0: float, n_passes: int) -> tuple[Any, float]:
    """Return a fitted model, and the processor seconds of its fit."""
    model = tor.SGDRegressor(name, alpha=0, eta0=eta0, max_iter=n_passes, tol=None, random_state=0)
    first = np.full(1, math.log(y.mean()))
    start = time.process_time()
    model.fit(X, y, intercept_init=first)
    return model, time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--repeats", type=int, default=7, help="pairs of timed fits")
    args = parser.parse_args()
    table, times = [], []
    for title, name, X, y in make_sets():
        power = POWERS[name]
        REGRESSION_LOSSES[PLAIN] = plain_code(power)
        y = y.astype(float)
        optimum = TweedieRegressor(power=power, link="log", alpha=0, max_iter=2000).fit(X, y)
        best = mean_deviance(power, X @ optimum.coef_ + optimum.intercept_, y)
        gain = mean_deviance(power, np.full(len(y), math.log(y.mean())), y) - best
        for each in (name, PLAIN):
            row = [title if each == name else "", "safe" if each == name else PLAIN]
            for eta0 in RATES:
                for n_passes in (1, 10):
                    try:
                        model, _ = fitted(each, X, y, eta0, n_passes)
                        scores = X @ model.coef_.astype(float) + model.intercept_
                        row.append(f"{(mean_deviance(power, scores, y) - best) / gain:.2g}")
                    except tor.TorrentialError:
                        row.append("error")
            table.append(row)
        wide = np.tile(X, (5, 1)), np.tile(y, 5)
        pairs = [
            [fitted(each, *wide, 0.2, 1)[1] for each in (name, PLAIN)]
            for _ in range(args.repeats + 1)
        ]
        ratios = [safe / plain for safe, plain in pairs[1:]]
        times.append([title, f"{statistics.median(ratios):.2f}"])
    print_table(
        "Deviance above the optimum, by rate and passes",
        ["set", "steps", *(f"{e:g}, {n}" for e in RATES for n in (1, 10))],
        table,
    )
    print_table("Processor seconds of a pass", ["set", "safe / plain"], times)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
