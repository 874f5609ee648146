"""Optimizers: how a step moves a weight, and the numbers kept with the weight for that."""

from collections.abc import Mapping
from dataclasses import dataclass

from torrential.errors import ParameterError
from torrential.kernels.linear.layout import ADAGRAD, COIN, FTRL, NORMALIZED, SGD, WEIGHT
from torrential.kernels.linear.slopes import CONSTANT, INVSCALING, OPTIMAL, PA1, PA2


@dataclass(frozen=True, slots=True)
class Slot:
    """A number that is kept for each weight, in the same row.

    Attributes
    ----------
    name : str
    is_signed : bool
        Whether it has the sign of a direction, so that it is mirrored with the weight when two
        classes that shared a column get one each.
    """

    name: str
    is_signed: bool = False


@dataclass(frozen=True, slots=True)
class Optimizer:
    """One way to learn, of which the kernels know by a code.

    Slot 0 of a row is always the weight, ready to be read; then come those of ``state``, in their
    order, and then the averaging sum, if there is one.

    Attributes
    ----------
    name : str
    code : int
        What kernels compare.
    schedules : mapping of str to int
        Each ``learning_rate`` that means this optimizer, and the kernels' code of its schedule.
    state : tuple of Slot
        Numbers kept for each weight.
    mass : str or None
        The slot that says how much a weight has learned, for averages by updates. It only grows.
    has_lanes : bool
        Whether models can learn in the lanes of common rows.
    eta0 : float or None
        Default rate; None if it is the estimator's.
    penalties : tuple of str
        The ``penalty`` values that it takes.
    is_summed : bool
        Whether ``alpha`` is the penalty of all rows together, not of each.
    """

    name: str
    code: int
    schedules: Mapping[str, int]
    state: tuple[Slot, ...]
    mass: str | None = None
    has_lanes: bool = False
    eta0: float | None = None
    penalties: tuple[str, ...] = ("l2", "l1", "elasticnet")
    is_summed: bool = False

    @property
    def keeps_marks(self) -> bool:
        """Whether each row keeps up to when a penalty is in its weights."""
        return self.code == SGD

    @property
    def decays_at_once(self) -> bool:
        """Whether penalties are applied to all weights at once, not when a feature occurs."""
        return self.code == ADAGRAD

    def n_slots(self, *, averaged: bool) -> int:
        """Return the number of slots of a weight in its row, including the weight itself."""
        return 1 + len(self.state) + averaged

    def slot(self, name: str) -> int | None:
        """Return the number of a slot of the state; None without a slot of this name."""
        names = [slot.name for slot in self.state]
        return WEIGHT + 1 + names.index(name) if name in names else None

    @property
    def signed(self) -> list[int]:
        """Numbers of the state's slots that are mirrored with the weight."""
        return [WEIGHT + 1 + place for place, slot in enumerate(self.state) if slot.is_signed]


SQUARES = "squares"
"""Sum of the squared gradients of a weight."""

SUMS = "sums"
"""FTRL's z: gradients summed up, less what proximal terms pull towards earlier weights."""

SCALE = "scale"
"""Largest absolute value of a feature; of the intercept, the mean squared norm of scaled rows.

It is in the first column of a tile, for all of its columns.
"""

ABSOLUTES = "absolutes"
"""Sum of the absolute gradients of a weight."""

RECEIVED = "received"
"""The part of the cumulative L1 penalty that a weight has had, with its sign."""

OPTIMIZERS: dict[str, Optimizer] = {}
"""All optimizers by name."""

LEARNING_RATES: dict[str, Optimizer] = {}
"""The optimizer that each ``learning_rate`` means."""


def register(optimizer: Optimizer) -> Optimizer:
    """Add an optimizer, and the values of ``learning_rate`` that select it.

    Raises
    ------
    ParameterError
        If its name, or that of a schedule, is taken by another one.
    """
    if OPTIMIZERS.get(optimizer.name, optimizer) != optimizer:
        raise ParameterError(f"optimizer={optimizer.name!r} already exists: choose another name.")
    for name in optimizer.schedules:
        if LEARNING_RATES.get(name, optimizer) != optimizer:
            raise ParameterError(f"learning_rate={name!r} already exists: choose another name.")
    OPTIMIZERS[optimizer.name] = optimizer
    LEARNING_RATES.update(dict.fromkeys(optimizer.schedules, optimizer))
    return optimizer


def rate_of(learning_rate: str, eta0: float | None, usual: float) -> float:
    """Return the rate of an estimator: as given, or the optimizer's default, or the usual one."""
    if eta0 is not None or learning_rate not in LEARNING_RATES:
        return usual if eta0 is None else eta0
    own = LEARNING_RATES[learning_rate].eta0
    return usual if own is None else own


def optimizer_of_code(code: int) -> Optimizer:
    """Return the optimizer with a kernel code."""
    return next(each for each in OPTIMIZERS.values() if each.code == code)


register(
    Optimizer(
        name="adagrad",
        code=ADAGRAD,
        schedules={"adagrad": CONSTANT},
        state=(Slot(SQUARES),),
        mass=SQUARES,
        has_lanes=True,
    )
)
register(
    Optimizer(
        name="sgd",
        code=SGD,
        schedules={
            "constant": CONSTANT,
            "optimal": OPTIMAL,
            "invscaling": INVSCALING,
            "pa1": PA1,
            "pa2": PA2,
        },
        state=(Slot(RECEIVED, is_signed=True),),
    )
)
register(
    Optimizer(
        name="ftrl",
        code=FTRL,
        schedules={"ftrl": CONSTANT},
        state=(Slot(SQUARES), Slot(SUMS, is_signed=True)),
        mass=SQUARES,
        eta0=0.2,
        is_summed=True,
    )
)
register(
    Optimizer(
        name="normalized",
        code=NORMALIZED,
        schedules={"normalized": CONSTANT},
        state=(Slot(SQUARES), Slot(SCALE)),
        mass=SQUARES,
        eta0=1.0,
        penalties=("l2",),
    )
)
register(
    Optimizer(
        name="coin",
        code=COIN,
        schedules={"coin": CONSTANT},
        state=(
            Slot(ABSOLUTES),
            Slot(SCALE),
            Slot("balance", is_signed=True),
            Slot("reward"),
            Slot("steepness"),
        ),
        mass=ABSOLUTES,
        eta0=8.0,
        penalties=("l2",),
    )
)
