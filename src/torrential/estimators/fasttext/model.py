"""FastTextModel: a supervised model of fastText that predicts."""

import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from torrential.adapters.inputs import Texts, labeled, unlabeled, with_text
from torrential.data import Dataset
from torrential.engine.explaining.leaving_out import ADDED, leave_out
from torrential.engine.progress.display import make_progress
from torrential.engine.progress.progress import SilentProgress
from torrential.engine.scoring.chosen import Threshold
from torrential.engine.scoring.contract import BEST, Predictions, Wanted
from torrential.engine.scoring.deciding import deciding_filter
from torrential.engine.scoring.fasttext import FastTextPredictor
from torrential.engine.scoring.predictions_of import evaluate_predictor, predictions_of
from torrential.errors import DataError, ParameterError
from torrential.estimators.common.applying import Applying
from torrential.estimators.common.plain import PlainParameters
from torrential.estimators.fasttext.facts import FastTextFacts, facts_of
from torrential.evaluation.left_out import LeftOutWords
from torrential.evaluation.report import EvaluationReport
from torrential.execution import opened
from torrential.types import Float32, Float64


class FastTextModel(PlainParameters, Applying):
    r"""A supervised model of fastText (``.bin`` or ``.ftz``), for prediction only.

    ``torrential.load`` returns it for such a file. The file is mapped: threads and processes share
    its matrices. Labels and probabilities are those of the ``fasttext`` module, for any ``n_jobs``.

    Parameters
    ----------
    path : str or path-like
    n_jobs : int or None, default=None
        Threads; None is 1, -1 all cores.
    verbose : int, default=0
        1 shows progress.

    Attributes
    ----------
    classes_ : array of str of shape (n_classes,)
        Labels in ascending order, without ``__label__``.
    facts_ : FastTextFacts
        Sizes and settings of the model.
    columns_ : dict
        Names of the columns that are read where none is named: text, and label.
    predictor_ : FastTextPredictor
        The model for the functions of ``torrential.engine``.

    Raises
    ------
    ModelFileError
        If the file is not a supervised model of fastText, or is damaged or cut off.
    MissingDataError
        If there is no such file.

    Notes
    -----
    A text is one line for fastText: it ends with the token ``</s>``, and a line feed in it is a
    space. What follows ``</s>`` in a text is left out, and so are labels. Probabilities are those
    that fastText returns, which are larger than those of the model by 1e-5, so that they do not add
    up to 1; more than 1 becomes 1. Where labels have equal probabilities, as is common with the
    losses ova and ns, their order is that of fastText on Linux.

    Examples
    --------
    >>> model = torrential.load("lid.176.ftz")  # doctest: +SKIP
    >>> model.predict(["hello world, how are you?"])  # doctest: +SKIP
    array(['en'], dtype='<U3')
    """

    _kind = "FastTextModel"

    def __init__(
        self, path: str | os.PathLike[str], *, n_jobs: int | None = None, verbose: int = 0
    ) -> None:
        self.path = os.fspath(path)
        self.n_jobs = n_jobs
        self.verbose = verbose
        self._predictor = FastTextPredictor(path)
        self._predictor.prepare()

    @property
    def predictor_(self) -> FastTextPredictor:
        """The model for the functions of ``torrential.engine``."""
        return self._predictor

    @property
    def classes_(self) -> NDArray[Any]:
        """Labels in ascending order."""
        labels = self._predictor.labels
        return np.array([labels[code] for code in self._predictor.order])

    @property
    def columns_(self) -> dict[str, Any]:
        """Names of the columns that are read where none is named."""
        return {"text": ["text"], "target": "label", "weight": None}

    @property
    def facts_(self) -> FastTextFacts:
        """Sizes and settings of the model."""
        return facts_of(self._predictor.file)

    def predict(self, X: Texts, *, executor: Any = None) -> NDArray[Any]:
        """Return the label of each text, shape (n_rows,).

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
            May be empty, here and in the other predictions.
        executor : Threads, Dask, Joblib, str or None, default=None
            The engine that reads and predicts, in all methods; None is ``n_jobs`` threads.
        """
        return self._labels_of(self._predictions(X, BEST, executor))[:, 0]

    def predict_proba(self, X: Texts, *, executor: Any = None) -> Float64:
        """Return the probability of each class, shape (n_rows, n_classes), columns as ``classes_``.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        """
        wanted = Wanted(1, tuple(self._predictor.order))
        return self._predictions(X, wanted, executor).of_codes.astype(np.float64)

    def top_k(self, X: Texts, k: int = 1, *, executor: Any = None) -> tuple[NDArray[Any], Float32]:
        """Return the most probable labels of each text, the best first, and their probabilities.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        k : int, default=1
            How many labels; all, if there are fewer.

        Returns
        -------
        labels : array of str of shape (n_rows, k)
        probabilities : float32 array of shape (n_rows, k)

        Raises
        ------
        ParameterError
            If k is not a number of labels.
        """
        if not isinstance(k, int | np.integer) or isinstance(k, bool) or k < 1:
            raise ParameterError(f"k={k!r} has to be a number of labels, 1 or more.")
        wanted = Wanted(min(int(k), len(self._predictor.labels)))
        predictions = self._predictions(X, wanted, executor)
        return self._labels_of(predictions), predictions.probabilities

    def score(
        self,
        X: Texts,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        executor: Any = None,
    ) -> float:
        """Return the accuracy on labeled texts; rows with a null label are ignored.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,); None with a Dataset
        sample_weight : array-like of shape (n_rows,), optional

        Raises
        ------
        DataError
            If no row has a label, or none is one of the classes.
        """
        dataset = with_text(labeled(X, y, sample_weight))
        with opened(executor, self.n_jobs) as engine:
            progress = SilentProgress()
            report = evaluate_predictor(self._predictor, dataset, engine, progress, is_full=False)
        return report.accuracy

    def evaluate(
        self,
        X: Texts,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        threshold: Threshold = None,
        executor: Any = None,
    ) -> EvaluationReport:
        """Measure the model on labeled texts, in one pass and bounded memory.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,); None with a Dataset
        sample_weight : array-like of shape (n_rows,), optional
        threshold : float or dict of label to float, default=None
            Least probability of the label, in all of them or in each; rows that do not reach it get
            no label, and are the share ``rejected`` of the report.

        Returns
        -------
        report : EvaluationReport
            As of :meth:`torrential.TextClassifier.evaluate`.

        Raises
        ------
        DataError
            As `score`.
        """
        row_filter = deciding_filter(self._predictor, threshold)
        dataset = with_text(labeled(X, y, sample_weight))
        with opened(executor, self.n_jobs) as engine:
            progress = make_progress(self.verbose)
            return evaluate_predictor(
                self._predictor, dataset, engine, progress, row_filter=row_filter
            )

    def explain(self, text: str, n: int | None = None) -> LeftOutWords:
        """Return what each word of a text adds to the log odds of the predicted label.

        Each word is left out, wherever the text has it, and the rest is predicted: pairs with its
        neighbors are gone, too, and the neighbors are a pair.

        Parameters
        ----------
        text : str
        n : int, optional
            Words at most, those of the largest changes; by default all.

        Returns
        -------
        LeftOutWords

        Raises
        ------
        DataError
            If ``text`` is not one text.
        ParameterError
            If n is not a number of words.
        """
        if not isinstance(text, str):
            raise DataError(f"explain takes one text, a str, not {type(text).__name__}.")
        if n is not None and (not isinstance(n, int | np.integer) or n < 0):
            raise ParameterError(f"n={n!r} has to be a number of words, or None for all.")
        loss = self._predictor.file.settings.loss
        added = 0.0 if loss == "hs" else ADDED
        found = leave_out(self._predictor, text, added, is_shared=loss in ("softmax", "hs"))
        return LeftOutWords(found.predicted, found.probability, found.words[:n])

    def _predictions(self, X: Texts, wanted: Wanted, executor: Any) -> Predictions:
        with opened(executor, self.n_jobs) as engine:
            return predictions_of(self._predictor, self._unlabeled(X), engine, wanted)

    def _labels_of(self, predictions: Predictions) -> NDArray[Any]:
        return np.array(self._predictor.labels)[predictions.codes]

    def _unlabeled(self, X: Texts) -> Dataset:
        return with_text(unlabeled(X))

    def __repr__(self) -> str:
        return f"FastTextModel({self.path!r})"
