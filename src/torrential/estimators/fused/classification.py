"""Classification: what a fitted estimator of classes predicts, and how good that is."""

from typing import Any, Self

from numpy.typing import ArrayLike, NDArray

from torrential.adapters.inputs import (
    Texts,
    check_class_weight,
    check_same_kind,
    encode_classes,
    say_missing_names,
)
from torrential.data import Dataset
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.display import make_progress
from torrential.engine.scoring.evaluate import accuracy, evaluate
from torrential.engine.scoring.hashed import decided_labels
from torrential.engine.scoring.row_filter import Threshold
from torrential.engine.targets.class_order import ClassOrder
from torrential.estimators.fused.training import FusedTraining
from torrential.evaluation.report import EvaluationReport
from torrential.evaluation.thresholds import Goal, ThresholdReport
from torrential.execution import opened
from torrential.linear.settings import CLASSIFICATION_LOSSES
from torrential.types import Float32, Float64


class FusedClassification(FusedTraining):
    """Base of classifiers: labels, probabilities and accuracy.

    Columns of the model are in the order in which labels were first seen; what users get is in the
    order of ``classes_``.
    """

    _losses = CLASSIFICATION_LOSSES

    class_weight: Any

    def decision_function(self, X: Texts, *, executor: Any = None) -> Float32:
        """Return scores, float32 of shape (n_rows,) for two classes, else (n_rows, n_classes).

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
            May be empty, here and in the other predictions.
        executor : Threads, Dask, Joblib, str or None, default=None
            The engine that reads, hashes and scores, in all methods; None is ``n_jobs`` threads.
        """
        scores = self._scores(X, executor)
        scores = self._order().by_class(scores)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(
        self, X: Texts, *, threshold: Threshold = None, executor: Any = None
    ) -> NDArray[Any]:
        """Return the label of each row, shape (n_rows,).

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        threshold : float, dict of label to float, or 'chosen', default=None
            Least probability of the label; rows that do not reach it have None, in an array of
            objects. Of several labels that reach theirs it is the one that exceeds its own by the
            largest factor; labels that a dict lacks are not given. 'chosen' has the thresholds of
            `choose_thresholds`.
        """
        scores = self._scores(X, executor)
        if threshold is None:
            return self._predictions_of(scores)
        return decided_labels(self.predictor_, scores, threshold)

    def choose_thresholds(
        self,
        *,
        min_precision: float | None = None,
        min_recall: float | None = None,
        cost: float | None = None,
    ) -> ThresholdReport:
        """Choose the least probability of each label, by the predictions that training has kept.

        These are the ones of rows before they were learned, in the later half of the first pass, as
        for ``calibration``: no rows are held out. The thresholds become part of the model, and of
        its file: ``threshold="chosen"`` in ``predict`` and ``predict_to`` applies them.

        Parameters
        ----------
        min_precision : float, optional
            The lowest thresholds at which this share of the rows is right, with one more wrong row
            than there are.
        min_recall : float, optional
            The highest thresholds that this share of the rows of a label reaches.
        cost : float, optional
            The thresholds of least cost, where a wrong label costs this much and a row without
            a label costs 1. By default, without any of these, those of the best F1.

        Returns
        -------
        report : ThresholdReport
            Threshold, precision, recall and F1 of each label, each alone, and the coverage and
            precision of all of them together.

        Raises
        ------
        ParameterError
            If a goal is invalid, there are two, or the model keeps no predictions.

        Examples
        --------
        >>> from torrential import TextClassifier
        >>> texts, labels = ["good film", "bad film"] * 100, ["yes", "no"] * 100
        >>> model = TextClassifier().fit(texts, labels)
        >>> report = model.choose_thresholds(min_precision=0.9)
        >>> [(each.label, each.precision) for each in report.labels]
        [('no', 1.0), ('yes', 1.0)]
        >>> model.predict(["good", "bad", "unseen"], threshold={"yes": 0.9}).tolist()
        ['yes', None, None]
        """
        report = self.predictor_.choose_thresholds(Goal(min_precision, min_recall, cost))
        codes = {label: code for code, label in enumerate(self.model_.labels.values)}
        self.model_.calibration.thresholds = {
            codes[label]: least for label, least in report.thresholds.items()
        }
        return report

    @property
    def thresholds_(self) -> dict[Any, float]:
        """Thresholds that were chosen, by label; empty if none were."""
        return self.predictor_.thresholds

    def predict_proba(self, X: Texts, *, executor: Any = None) -> Float64:
        """Return the probability of each class, shape (n_rows, n_classes), columns as ``classes_``.

        ``calibration`` says how they come from the scores. By default with log_loss the loss
        defines them; for other losses they come from a sigmoid (two classes) or a softmax, fitted
        on predictions for rows before they were learned. Of two classes the predicted label may be
        the less probable one: it goes by the sign of the score, which only the temperature
        keeps.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        """
        return self._probabilities_of(self._scores(X, executor))

    def score(
        self,
        X: Texts,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        executor: Any = None,
    ) -> float:
        """Return the accuracy on labeled rows; rows with a null label are ignored.

        Labels of another type than the classes count as the classes that they equal exactly, such
        as ``"1"`` for 1; the logger ``torrential.read`` says so.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,); None with a Dataset
        sample_weight : array-like of shape (n_rows,), optional
        executor : Threads, Dask, Joblib, str or None, default=None

        Raises
        ------
        DataError
            If no row has a label, none is one of the classes, or they are of a type that does not
            match the classes.
        """
        dataset = self._of_model(self._labeled(X, y, sample_weight))
        with opened(executor, self.n_jobs) as engine:
            return accuracy(self._fitted(), dataset, engine)

    def evaluate(
        self,
        X: Texts,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        executor: Any = None,
    ) -> EvaluationReport:
        """Measure the model on labeled rows, in one pass and bounded memory.

        Rows with a null label do not count. Labels that training has not seen count as errors, and
        the report names them. Labels of another type than the classes are read as in `score`.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,); None with a Dataset
        sample_weight : array-like of shape (n_rows,), optional
        executor : Threads, Dask, Joblib, str or None, default=None

        Returns
        -------
        report : EvaluationReport
            Accuracy, log loss, averages and the scores of each class; the same to the bit for any
            executor.

        Raises
        ------
        DataError
            As `score`.

        Examples
        --------
        >>> from torrential import TextClassifier
        >>> texts, labels = ["good film", "bad film"] * 50, ["yes", "no"] * 50
        >>> report = TextClassifier().fit(texts, labels).evaluate(texts, labels)
        >>> report.accuracy, report.n_rows
        (1.0, 100)
        """
        model, dataset = self._fitted(), self._of_model(self._labeled(X, y, sample_weight))
        with opened(executor, self.n_jobs) as engine:
            return evaluate(model, dataset, engine, make_progress(self.verbose))

    @property
    def classes_(self) -> NDArray[Any]:
        """Labels in ascending order."""
        return self._order().classes

    @property
    def coef_(self) -> Float32:
        """Weights, shape (1, n_features) for two classes, else (n_classes, n_features)."""
        return self._order().by_class(self._fitted().linear.coef(), axis=0)

    @property
    def intercept_(self) -> Float32:
        """Intercepts, shape (1,) for two classes, else (n_classes,)."""
        return self._order().by_class(self._fitted().linear.intercept())

    def partial_fit(
        self,
        X: Texts,
        y: Any = None,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn more rows, in their order.

        ``history_`` gets a pass that counts as one over unseen rows: its accuracy is honest where
        the rows are new to the model.

        After an error in the middle, such as a file that is cut off, and after Ctrl-C the rows that
        were learned before it stay learned, and learning can continue.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,)
        classes : array-like, optional
            Labels to expect. Not needed: a class first seen later gets its column then.
        sample_weight : array-like of shape (n_rows,), optional

        Returns
        -------
        self

        Raises
        ------
        DataError
            If rows are malformed, or labels have another type than earlier labels.
        ParameterError
            If a parameter is invalid; the message lists the valid values. If the model was saved
            with ``max_size``, and so lacks what learning needs.
        """
        expected = None if classes is None else encode_classes(classes)
        return self._learn_more(X, y, sample_weight, expected)

    def _explained(self) -> tuple[Float32, Float32, list[Any]]:
        return self.coef_, self.intercept_, self.classes_.tolist()

    def _check_before(self, dataset: Dataset, *, is_in_memory: bool) -> None:
        if is_in_memory:
            check_class_weight(self.class_weight, dataset)

    def _check_more(self, dataset: Dataset) -> None:
        check_same_kind(dataset, self.model_.labels.values)

    def _check_learned(self, model: HashedModel, dataset: Dataset, target: str | None) -> None:
        super()._check_learned(model, dataset, target)
        say_missing_names(self.class_weight, model.labels.values)

    @staticmethod
    def _is_of_use(model: HashedModel) -> bool:
        return len(model.labels) > 1

    def _predictions_of(self, scores: Float32) -> NDArray[Any]:
        """Return the label of each row, by its scores in the order of codes."""
        return self._order().labels_of(self.model_.task(scores).predict(scores))

    def _probabilities_of(self, scores: Float32) -> Float64:
        """Return the probability of each class, columns as ``classes_``, by the same scores."""
        return self._order().by_class(self.model_.probabilities(scores))

    def _order(self) -> ClassOrder:
        return self._fitted().labels.order()
