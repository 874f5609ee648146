"""``report`` and ``compare`` of estimators whose models the engine trains."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from torrential.adapters.inputs import Texts
from torrential.estimators.fused.training import FusedTraining

if TYPE_CHECKING:
    from torrential.pages.comparison_report import ComparisonReport
    from torrential.pages.model_report import ModelReport


class FusedReports(FusedTraining):
    """Base of estimators: a report of the model, and its comparison with another one."""

    def report(
        self,
        X: Texts | None = None,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        by: Sequence[str] = (),
        n_errors: int = 30,
        train: Texts | None = None,
        label_errors: bool = False,
        executor: Any = None,
    ) -> "ModelReport":
        """Measure the model on labeled rows, and say where it is wrong and why.

        Without rows it has what the model knows of itself: the progress of its training, the labels
        by predictions that it has kept, terms, and parameters.

        The rows are read once, as `evaluate` reads them, in memory that does not grow with them.
        The report has the figures with intervals, and a baseline; the rows that are most wrong with
        what each word adds; the heaviest terms; figures by length, script, share of unknown terms,
        file and columns; the learning curve; and parameters, versions and fingerprints. Of classes
        it has each with the probability from which on 95 % of its predictions are right, the most
        frequent confusions, reliability, and precision by coverage; of numbers the targets against
        the predictions, and the bias by prediction.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,), optional
        y : array-like of shape (n_rows,); None with a Dataset
        sample_weight : array-like of shape (n_rows,), optional
        by : sequence of str, default=()
            Columns of the dataset whose values are segments, too.
        n_errors : int, default=30
            Wrong predictions that it shows, up to 1000.
        train : Dataset, or array-like of str, default=None
            The rows of the training, which are read first, and remembered in 16 MB. The report then
            says how many of the rows are among them, and how good it is on the others.
        label_errors : bool, default=False
            Whether to look for rows of the training whose labels are probably wrong: three models
            are trained, each on two thirds of the rows of ``train``, a Dataset with labels, and the
            rows that they have not learned and contradict with most confidence are shown. Only
            with one label a row.
        executor : Threads, Dask, Joblib, str or None, default=None

        Returns
        -------
        report : ModelReport
            ``save("report.html")`` writes it as a page, ``save("README.md")`` as a model card.

        Raises
        ------
        DataError
            As `evaluate`.
        ParameterError
            If ``by``, ``n_errors`` or ``label_errors`` is invalid.

        Examples
        --------
        >>> from torrential import TextClassifier
        >>> texts, labels = ["good film", "bad film"] * 50, ["yes", "no"] * 50
        >>> report = TextClassifier().fit(texts, labels).report(texts, labels)
        >>> [(each.label, each.precision) for each in report.figures.classes]
        [('no', 1.0), ('yes', 1.0)]
        """
        from torrential.estimators.fused.reporting import Asked, report_of, training_report_of
        from torrential.pages.model_report import ModelReport

        learned = None if train is None else self._of_model(self._unlabeled(train))
        asked = Asked(by, n_errors, train=learned, label_errors=label_errors)
        if X is None:
            return ModelReport(training_report_of(self, asked))
        dataset = self._measured_rows(X, y, sample_weight)
        return ModelReport(report_of(self, dataset, asked, executor))

    def compare(
        self,
        other: Any,
        X: Texts,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        n_changed: int = 30,
        executor: Any = None,
    ) -> "ComparisonReport":
        """Compare the model with another one on labeled rows.

        The rows are read once, and hashed once where both have the same features. The report has
        the paired difference of their accuracies, or of their errors, with its interval; McNemar's
        exact test, or the sign test; the figures of both; the classes; and the rows that one of
        them predicts better, with what each word adds in both.

        Parameters
        ----------
        other : estimator
            A fitted estimator of the same kind of target and of the same columns: the one to be
            better than.
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,); None with a Dataset
        sample_weight : array-like of shape (n_rows,), optional
        n_changed : int, default=30
            Rows of each kind of change that it shows, up to 1000.
        executor : Threads, Dask, Joblib, str or None, default=None

        Returns
        -------
        report : ComparisonReport
            ``save("comparison.html")`` writes it as a page.

        Raises
        ------
        DataError
            As `evaluate`.
        ParameterError
            If they are not of the same kind of target and of the same columns.

        Examples
        --------
        >>> from torrential import TextClassifier
        >>> texts, labels = ["good film", "bad film"] * 50, ["yes", "no"] * 50
        >>> fast = TextClassifier(preset="fast").fit(texts, labels)
        >>> report = TextClassifier().fit(texts, labels).compare(fast, texts, labels)
        >>> report.figures.difference.value, report.figures.p_value
        (0.0, 1.0)
        """
        from torrential.estimators.fused.comparing import comparison_of
        from torrential.estimators.fused.reporting import Asked
        from torrential.pages.comparison_report import ComparisonReport

        asked = Asked((), n_changed)
        dataset = self._measured_rows(X, y, sample_weight)
        return ComparisonReport(comparison_of(other, self, dataset, asked, executor))
