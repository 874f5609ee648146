"""The scores that users ask for by name, for models of a task."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from torrential.errors import ParameterError
from torrential.evaluation.scorers import PROBABILITIES, RANKING, SCORERS, Scorer, or_nan
from torrential.evaluation.tasks import MULTILABEL, TARGETS

AT_CUT = {"roc_auc": ("roc_auc_error", "roc_auc_at_3"), "f1": (None, "f1_at_3")}
"""Figures at a cut of numbers that have scorers, with their errors and an example of a name."""


def scorer_named(name: Any) -> Scorer | None:
    """Return a scorer by its name; also one of numbers at any cut, such as ``f1_at_3``.

    >>> scorer_named("f1_at_2.5").cut, scorer_named("f1_at_x")
    (2.5, None)
    """
    if not isinstance(name, str) or name in SCORERS:
        return SCORERS.get(name) if isinstance(name, str) else None
    figure, _, cut = name.partition("_at_")
    if figure not in AT_CUT or not re.fullmatch(r"-?\d+(\.\d+)?", cut):
        return None
    error = AT_CUT[figure][0]
    how = None if error is None else or_nan(error)
    return Scorer(name, or_nan(figure), (TARGETS,), error=how, cut=float(cut))


class ScoredTask(Protocol):
    """Interface of the table to a task (`torrential.engine.targets.task.Task`).

    Attributes
    ----------
    solved_by : str
        What solves it: "classifier" or "regressor".
    """

    solved_by: str

    def takes(self, tasks: tuple[str, ...]) -> bool:
        """Return whether a scorer for these tasks applies."""
        ...


def names_of(task: ScoredTask) -> list[str]:
    """Return the names of the scorers that apply to a task."""
    return [name for name, each in SCORERS.items() if task.takes(each.tasks)]


@dataclass(frozen=True, slots=True)
class Scoring:
    """The requested scores.

    Attributes
    ----------
    names : tuple of pairs of str
        Each score's key in the result, and its name here.
    is_single : bool
        Whether there is one, with the key "score".
    """

    names: tuple[tuple[str, str], ...]
    is_single: bool

    @classmethod
    def of(cls, scoring: Any, task: ScoredTask) -> Self:
        """Return the scores that a user's ``scoring`` names, for models of a task.

        Raises
        ------
        ParameterError
            If a scorer is unknown, needs more than a stream, or is of the other kind.
        """
        known = names_of(task)
        if scoring is None or isinstance(scoring, str):
            name = scoring or known[0]
            _check_name(name, task)
            return cls((("score", name),), is_single=True)
        if isinstance(scoring, Mapping):
            pairs = tuple(scoring.items())
        elif isinstance(scoring, Sequence | set | frozenset):
            pairs = tuple((name, name) for name in scoring)
        else:
            raise ParameterError(_refusal(scoring, known))
        if not pairs:
            raise ParameterError("scoring is empty: name at least one scorer, or pass None.")
        for _, name in pairs:
            _check_name(name, task)
        return cls(pairs, is_single=False)

    @property
    def scorers(self) -> list[Scorer]:
        """Scorers in the order of `names`."""
        return [*self.by_key.values()]

    @property
    def by_key(self) -> dict[str, Scorer]:
        """Scorer of each key in the result."""
        found = {key: scorer_named(name) for key, name in self.names}
        return {key: each for key, each in found.items() if each is not None}  # they were checked

    @property
    def needs_probabilities(self) -> bool:
        """Whether a score is computed from probabilities."""
        return len(self.of_probabilities) > 0

    @property
    def of_probabilities(self) -> tuple[str, ...]:
        """Names of the scores that are computed from probabilities."""
        return tuple(each.name for each in self.scorers if PROBABILITIES in each.needs)

    @property
    def needs_ranking(self) -> bool:
        """Whether a score depends on the order of all scores."""
        return any(RANKING in each.needs for each in self.scorers)


def _check_name(name: Any, task: ScoredTask) -> None:
    known, scorer = names_of(task), scorer_named(name)
    if scorer is not None and task.takes(scorer.tasks):
        return
    if task.takes((TARGETS,)):
        known += [example for _, example in AT_CUT.values()]
    if scorer is not None:
        has_sets = MULTILABEL not in scorer.tasks and task.takes((MULTILABEL,))
        usual = "classifiers of one label a row" if has_sets else "classifiers"
        others = _FOR.get(scorer.tasks, usual)
        raise ParameterError(
            f"scoring={name!r} is for {others}, but this is a {task.solved_by}: choose among "
            f"{', '.join(known)}."
        )
    raise ParameterError(_refusal(name, known))


_FOR: dict[tuple[str, ...], str] = {
    (TARGETS,): "regressors",
    (MULTILABEL,): "classifiers of several labels a row",
}


def _refusal(scorer: Any, known: Sequence[str]) -> str:
    return f"scoring={scorer!r} is not computable from a stream: choose among {', '.join(known)}."
