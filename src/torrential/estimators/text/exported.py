"""The method that exports a model of texts to scikit-learn."""

from typing import Any


class ToScikitLearn:
    """Base of estimators of texts: the equal pipeline of scikit-learn."""

    def to_sklearn(self) -> Any:
        """Return a fitted pipeline of scikit-learn that predicts the same.

        It is scikit-learn's ``HashingVectorizer``, a ``TfidfTransformer`` where the model has IDF
        or sublinear counts, and a linear model with the same weights. Scores are equal up to the
        rounding of float32 numbers, and so are labels; probabilities are there where scikit-learn
        computes the same ones (two classes, ``loss='log_loss'``, without calibration). All weights
        are in memory, zeros too: ``pipeline[-1].sparsify()`` makes those of a classifier small.

        Sublinear counts with ``alternate_sign=True``, the default, need a step of torrential's, as
        scikit-learn takes the logarithm of negative counts; with ``alternate_sign=False`` the
        pipeline needs scikit-learn alone.

        Returns
        -------
        pipeline : sklearn.pipeline.Pipeline

        Raises
        ------
        ParameterError
            If no pipeline is equal: for models with several views, a ``hash_seed``, or several
            labels a row, for levels and links of regressions, and for small models.

        Examples
        --------
        >>> from torrential import TextClassifier
        >>> texts = ["good film", "bad film"] * 50
        >>> model = TextClassifier(preset="fast", alternate_sign=False, n_features=2**10)
        >>> pipeline = model.fit(texts, ["yes", "no"] * 50).to_sklearn()
        >>> [type(step).__name__ for step in pipeline]
        ['HashingVectorizer', 'TfidfTransformer', 'LinearSVC']
        >>> pipeline.predict(["a good one"])
        array(['yes'], dtype='<U3')
        """
        # Here, as it imports much of scikit-learn.
        from torrential.estimators.text.to_sklearn import pipeline_of

        return pipeline_of(self)
