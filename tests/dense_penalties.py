"""Learning with penalties that are put off, over dense arrays: the twin of kernels."""

import numpy as np

from torrential.kernels.linear.layout import ADAGRAD
from torrential.kernels.linear.penalty import TINY
from torrential.kernels.linear.slopes import rate_at
from torrential.linear.decay import steps_between

ONE = np.float32(1)


class DensePenalties:
    """A linear model with hinge loss and an intercept, which learns row by row in float32.

    AdaGrad's penalties are those since they were applied last, to all weights, at a rate of
    eta0 / sqrt(G) for the sum of squared gradients G of each weight by then. With the other rates
    the L2 penalty is a factor of all weights in each step, and the cumulative L1 penalty is applied
    to the features of a row after it is learned.

    Parameters
    ----------
    settings : LinearSettings
    n_features, n_columns : int
        One column for two classes.

    Attributes
    ----------
    nearest : float
        Least distance of a score from the margin, where the slope of the hinge loss jumps.
    """

    def __init__(self, settings, n_features, n_columns):
        self.rule = settings.rule()
        self.is_adagrad = self.rule.optimizer == ADAGRAD
        self.every = steps_between(self.rule, n_features)
        shape = (n_features + 1, n_columns)  # the intercept is the last
        self.weights, self.squares = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self.received = np.zeros((n_features, n_columns))
        self.n_steps, self.settled, self.lasso = 0, 0, 0.0
        self.nearest = np.inf

    def learn(self, row, code):
        """Learn a row of the class with a code."""
        values = np.append(row, ONE)[:, None]
        scores = (values * self.weights).sum(axis=0)
        n_columns = len(scores)
        is_class = np.array([code == 1]) if n_columns == 1 else np.arange(n_columns) == code
        signs = np.where(is_class, ONE, -ONE)
        self.nearest = min(self.nearest, np.abs(signs * scores - ONE).min())
        gradients = values * np.where(signs * scores <= ONE, -signs, np.float32(0))
        self.n_steps += 1
        rate = rate_at(self.rule, self.n_steps)
        if self.is_adagrad:
            self.squares += gradients * gradients
            gradients /= np.sqrt(self.squares + TINY)
        else:
            self.weights[:-1] *= np.float32(1 - rate * self.rule.l2)
            self.lasso += rate * self.rule.l1
        self.weights -= np.float32(rate) * gradients
        if not self.is_adagrad:
            self.shrink(row != 0)
        elif self.every and self.n_steps % self.every == 0:
            self.settle()

    def settle(self):
        """Apply all penalties that were put off."""
        if not self.is_adagrad:
            self.shrink(slice(None))
            return
        due = (self.n_steps - self.settled) * self.rule.eta0 / np.sqrt(self.squares[:-1] + TINY)
        sizes = np.abs(self.weights[:-1]) * np.exp(-due * self.rule.l2) - due * self.rule.l1
        self.weights[:-1] = np.copysign(np.maximum(sizes, 0), self.weights[:-1])
        self.settled = self.n_steps

    def shrink(self, chosen):
        """Apply the cumulative L1 penalty (Tsuruoka et al., ACL 2009) to some features."""
        old, received = self.weights[:-1][chosen], self.received[chosen]
        new = np.where(
            old > 0,
            np.maximum(0, old - (self.lasso + received)),
            np.minimum(0, old + (self.lasso - received)),
        )
        new = np.where(old == 0, 0, new)
        self.received[chosen] += new - old
        self.weights[:-1][chosen] = new
