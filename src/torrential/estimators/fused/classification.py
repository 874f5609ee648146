"""Classification: what a fitted estimator of classes predicts, and how good that is."""

from typing import TYPE_CHECKING, Any, Self

from numpy.typing import ArrayLike, NDArray

from torrential.adapters.inputs import (
    Texts,
    encode_classes,
)
from torrential.engine.progress.display import make_progress
from torrential.estimators.fused.classes import FusedClasses
from torrential.execution import opened
from torrential.linear.settings import CLASSIFICATION_LOSSES
from torrential.types import Float32, Float64

if TYPE_CHECKING:
    from torrential.engine.scoring.chosen import Threshold
    from torrential.evaluation.multilabel_report import MultilabelReport
    from torrential.evaluation.report import EvaluationReport
    from torrential.evaluation.set_thresholds import SetThresholdReport
    from torrential.evaluation.thresholds import ThresholdReport


class FusedClassification(FusedClasses):
    """Base of classifiers: labels, probabilities and accuracy.

    Rows have one label each, or any number of them: that is decided by the first rows that are
    learned.
    """

    _losses = CLASSIFICATION_LOSSES

    def decision_function(self, X: Texts, *, executor: Any = None) -> Float32:
        """Return scores, float32 of shape (n_rows,) for two classes, else (n_rows, n_classes).

        With several labels a row, the shape is always the second, and scores above 0 are predicted.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
            May be empty, here and in the other predictions.
        executor : Threads, Dask, Joblib, str or None, default=None
            The engine that reads, hashes and scores, in all methods; None is ``n_jobs`` threads.
        """
        scores = self._scores(X, executor)
        scores = self._order().by_class(scores)
        is_single = scores.shape[1] == 1 and not self.model_.is_multilabel
        return scores[:, 0] if is_single else scores

    def predict(
        self, X: Texts, *, threshold: "Threshold" = None, executor: Any = None
    ) -> NDArray[Any]:
        """Return the label of each row, shape (n_rows,).

        With several labels a row, these are tuples of labels in ascending order, possibly empty; if
        the model was fitted to a matrix of 0 and 1, such a matrix of shape (n_rows, n_classes).

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        threshold : float, dict of label to float, or 'chosen', default=None
            Least probability of the label; rows that do not reach it have None, in an array of
            objects. Of several labels that reach theirs it is the one that exceeds its own by the
            largest factor; labels that a dict lacks are not given. 'chosen' has the thresholds of
            `choose_thresholds`. With several labels a row, it gets all that reach theirs; labels
            that a dict lacks are decided by their scores, or by the threshold of ``None`` in it.
            Chosen thresholds decide for several labels by default; an empty dict has the scores
            decide.
        """
        scores = self._scores(X, executor)
        if threshold is None:
            return self._predictions_of(scores)
        from torrential.engine.scoring.hashed import decided_labels

        if self.model_.is_multilabel:
            model = self.predictor_.with_thresholds(threshold).model
            return self._sets_of(model.task(scores).predict(scores))
        return decided_labels(self.predictor_, scores, threshold)

    def choose_thresholds(
        self,
        *,
        min_precision: float | None = None,
        min_recall: float | None = None,
        cost: float | None = None,
    ) -> "ThresholdReport | SetThresholdReport":
        """Choose the least probability of each label, by the predictions that training has kept.

        These are the ones of rows before they were learned, in the later half of the first pass, as
        for ``calibration``: no rows are held out. The thresholds become part of the model, and of
        its file: ``threshold="chosen"`` in ``predict`` and ``predict_to`` applies them.

        With several labels a row they decide in all predictions from then on, where nothing else is
        said. Labels with fewer than 10 rows in the sample share a threshold.

        Parameters
        ----------
        min_precision : float, optional
            The lowest thresholds at which this share of the rows is right, with one more wrong row
            than there are.
        min_recall : float, optional
            The highest thresholds that this share of the rows of a label reaches.
        cost : float, optional
            The thresholds of least cost, where a wrong label costs this much and a row without
            a label costs 1; with several labels a row, a missing one costs 1. By default, without
            any of these, those of the best F1.

        Returns
        -------
        report : ThresholdReport, or SetThresholdReport with several labels a row
            Threshold, precision, recall and F1 of each label, each alone, and the coverage and
            precision of all of them together; or their precision, recall and F1.

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
        >>> report.coverage, report.precision
        (1.0, 1.0)
        >>> model.predict(["good", "bad", "unseen"], threshold={"yes": 0.9}).tolist()
        ['yes', None, None]
        """
        from torrential.evaluation.thresholds import Goal

        report = self.predictor_.choose_thresholds(Goal(min_precision, min_recall, cost))
        codes = {label: code for code, label in enumerate(self.model_.labels.values)}
        self.model_.calibration.thresholds = {
            codes[label]: least for label, least in report.thresholds.items()
        }
        return report

    @property
    def thresholds_(self) -> dict[Any, float]:
        """Thresholds that were chosen, by label; empty if none were.

        With several labels a row, infinity for one that is not to be given.
        """
        return self.predictor_.thresholds

    def predict_proba(self, X: Texts, *, executor: Any = None) -> Float64:
        """Return the probability of each class, shape (n_rows, n_classes), columns as ``classes_``.

        ``calibration`` says how they come from the scores. By default with log_loss the loss
        defines them; for other losses they come from a sigmoid (two classes) or a softmax, fitted
        on predictions for rows before they were learned. Of two classes the predicted label may be
        the less probable one: it goes by the sign of the score, which only the temperature
        keeps. With several labels a row each has a probability of its own, all from one sigmoid.

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

        With several labels a row it is the share of rows that get exactly their labels.

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
        from torrential.engine.scoring.evaluate import accuracy

        dataset = self._measured_rows(X, y, sample_weight)
        with opened(executor, self.n_jobs) as engine:
            return accuracy(self._fitted(), dataset, engine)

    def evaluate(
        self,
        X: Texts,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        threshold: "Threshold" = None,
        executor: Any = None,
    ) -> "EvaluationReport | MultilabelReport":
        """Measure the model on labeled rows, in one pass and bounded memory.

        Rows with a null label do not count. Labels that training has not seen count as errors, and
        the report names them. Labels of another type than the classes are read as in `score`.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,); None with a Dataset
        sample_weight : array-like of shape (n_rows,), optional
        threshold : float, dict of label to float, or 'chosen', default=None
            As in `predict`: rows that get no label are the share ``rejected`` of the report.
        executor : Threads, Dask, Joblib, str or None, default=None

        Returns
        -------
        report : EvaluationReport, or MultilabelReport with several labels a row
            Accuracy, log loss, averages and the scores of each class; the same to the bit for any
            executor.

        Raises
        ------
        DataError
            As `score`.
        ParameterError
            If a threshold is invalid.

        Examples
        --------
        >>> from torrential import TextClassifier
        >>> texts, labels = ["good film", "bad film"] * 50, ["yes", "no"] * 50
        >>> report = TextClassifier().fit(texts, labels).evaluate(texts, labels)
        >>> report.accuracy, report.n_rows
        (1.0, 100)
        """
        from torrential.engine.scoring.deciding import deciding_filter
        from torrential.engine.scoring.evaluate import evaluate

        predictor = self.predictor_
        row_filter = deciding_filter(predictor, threshold)
        if predictor.is_multilabel:
            predictor = predictor.with_thresholds(threshold)
        dataset = self._measured_rows(X, y, sample_weight)
        with opened(executor, self.n_jobs) as engine:
            progress = make_progress(self.verbose)
            return evaluate(predictor.model, dataset, engine, progress, row_filter)

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
