"""Explanations of a fitted model by its terms."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.adapters.inputs import Texts
from torrential.engine.progress.display import make_progress
from torrential.errors import ParameterError
from torrential.estimators.fused.prediction import FusedPrediction
from torrential.execution import opened
from torrential.features.terms.term_budget import parse_budget

if TYPE_CHECKING:
    from torrential.evaluation.explanation import TopTerms
    from torrential.features.terms.collisions import CollisionReport


class FusedExplanation(FusedPrediction):
    """Base of estimators: the terms of their columns."""

    verbose: int

    def top_terms(self, n: int = 20) -> "TopTerms":
        """Return the heaviest terms of each class; of numbers, of "lower" and "higher" ones.

        Parameters
        ----------
        n : int, default=20
            Terms of each class, at most.

        Returns
        -------
        TopTerms
            A mapping from each label to a list of TopTerm, heaviest first; ``named`` is the share
            of the weight whose columns have a name. A column that several terms share is listed
            under the most frequent one, and ``shared_with`` names the others.

        Raises
        ------
        ParameterError
            If the model kept no terms.
        """
        from torrential.engine.explaining.explanation import (
            HIGHER,
            LOWER,
            column_names,
            top_terms,
        )

        check_number(n)
        names = column_names(self._fitted())
        coef, _, classes = self._explained()
        return top_terms(names, coef, classes or [LOWER, HIGHER], n)

    def collect_terms(
        self, X: Texts, terms: bool | int | str = True, *, executor: Any = None
    ) -> Self:
        """Name the columns of a fitted model by the terms of some texts, without training again.

        They may be other texts than those it was trained on. Terms that the model has are replaced.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        terms : bool, int or str, default=True
            As the parameter of that name.
        executor : Threads, Dask, Joblib, str or None, default=None
            The engine that reads and counts; None is ``n_jobs`` threads.

        Returns
        -------
        self
        """
        from torrential.engine.explaining.explanation import collect_terms

        model, budget = self._fitted(), parse_budget(terms)
        if budget is None:
            raise ParameterError(f"terms={terms!r} keeps none: give True or a budget.")
        with opened(executor, self.n_jobs) as engine:
            progress = make_progress(self.verbose)
            model.terms = collect_terms(
                model,
                self._of_model(self._unlabeled(X)),
                budget,
                executor=engine,
                progress=progress,
            )
        return self

    def collisions(self) -> "CollisionReport":
        """Report how many of the terms that the model has seen share a column.

        Counted where the model has kept all terms (``terms=True``, and not too many of them), else
        estimated from the number of different terms, which it always keeps.
        """
        from torrential.engine.explaining.explanation import collisions

        return collisions(self._fitted())

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Name each column: its terms by frequency, with ' | ' between, or 'x' and its number.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        object array of str, shape (n_features,)
        """
        from torrential.engine.explaining.explanation import column_names
        from torrential.features.names import feature_names

        return feature_names(column_names(self._fitted()))


def check_number(n: Any) -> None:
    """Raise a ParameterError unless n is a number of terms."""
    if not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 1:
        raise ParameterError(f"n={n!r} is not a number of terms: give 1 or more.")
