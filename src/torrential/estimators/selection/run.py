"""Interface of a search to the models of its candidates in all folds, wherever they learn."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from torrential.errors import TorrentialError
from torrential.estimators.selection.results import Columns
from torrential.evaluation.scoring import Scoring
from torrential.types import Arrays


class FoldCandidate(Protocol):
    """A candidate in one fold."""

    @property
    def failure(self) -> TorrentialError | None:
        """Error that ended the candidate's learning."""
        ...


class FoldRun(Protocol):
    """The models of some settings in all folds of a dataset: first they learn, then they score.

    There are three: text classifiers that share a pass, pipelines that share a pass, and folds
    that are tasks of an executor.

    Attributes
    ----------
    fit_time, score_time : float
        Seconds of the pass, and of scoring, for each model.
    """

    fit_time: float
    score_time: float

    @property
    def candidates(self) -> Sequence[Sequence[FoldCandidate]]:
        """Candidates by fold, and then by setting, once they have learned."""
        ...

    def train(
        self,
        after_rows: Callable[[int], object] = lambda n_rows: None,
        stops: Sequence[int] = (),
    ) -> None:
        """Learn all models.

        Parameters
        ----------
        after_rows : callable
            Called now and then with the number of rows that were read, in all epochs; at the stops
            always.
        stops : sequence of int, default=()
            Numbers of rows, ascending.
        """
        ...

    def scores_so_far(self, scoring: Scoring) -> list[Columns]:
        """Return each candidate's scores on the rows of the folds so far; at a stop."""
        ...

    def pass_stop(self) -> None:
        """Repeat the effect of `scores_so_far` on windows of learned rows; at a stop."""
        ...

    def drop(self, numbers: Iterable[int]) -> None:
        """Stop training candidates; at a stop, or before learning continues."""
        ...

    def progressive(self) -> list[float]:
        """Return each candidate's accuracy on new rows, the mean over folds; or nan.

        It is that of the first pass: later ones read the same rows again.
        """
        ...

    def curves(self) -> list[dict[int, float]]:
        """Return each candidate's progressive accuracy after 1, 2, 4, ... rows, over the folds."""
        ...

    def report(self, sentence: str) -> None:
        """Print a message along with the progress."""
        ...

    def check(self, *, is_alone: bool = False) -> None:
        """Raise a DataError if the models of a fold learned nothing, or there is only one class.

        Parameters
        ----------
        is_alone : bool, default=False
            Whether other folds are elsewhere, so that one class here may be one of several.
        """
        ...

    def known(self) -> list[list[Any]]:
        """Return the labels whose rows the models of each fold have learned."""
        ...

    def scores(self, side: str, scoring: Scoring) -> list[Columns]:
        """Return scikit-learn's keys, each with an array over the folds, by candidate.

        The scores of a candidate whose learning failed in a fold are nan there.
        """
        ...

    def refitted(self, setting: Mapping[str, Any]) -> Any | None:
        """Return an estimator fitted to all rows in memory; None if it has to read them."""
        ...

    def fitted(self, fold: int, candidate: int = 0) -> Any:
        """Return the estimator of a fold, of the class of the given one."""
        ...

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return what was learned, as arrays and JSON; in `after_rows`, or after an interrupt."""
        ...

    def restore(self, arrays: Arrays, header: dict[str, Any]) -> None:
        """Resume from `state`: rows of the epoch are read again, but not learned twice."""
        ...
