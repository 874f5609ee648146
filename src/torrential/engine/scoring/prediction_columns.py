"""Predictions as Arrow columns: their names, types and values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.engine.scoring.contract import Predictions, Predictor, Wanted
from torrential.engine.targets.label_values import as_arrow
from torrential.errors import ParameterError
from torrential.evaluation.thresholds import NO_LABEL
from torrential.types import Float32

LABEL, PROBABILITY = "label", "probability"
PREDICTION, NUMBER = "prediction", "number"


@dataclass(frozen=True, slots=True)
class PredictionColumns:
    """The columns that hold a model's predictions.

    Attributes
    ----------
    fields : tuple of pa.Field
        The label, its probability; with ``top_k`` as ``label_2``, ``probability_2`` and so on those
        of the next ones; or the probability of each label. Before them, of a model that gives a
        row any number of labels, ``labels`` and ``probabilities`` with the lists of them. Of
        numbers, the prediction alone; of levels, also the number that each is made of.
    labels : pa.Array of shape (n_labels,), or None
        Label of each code; None of numbers.
    wanted : Wanted
        What the model is asked for.
    """

    fields: tuple[pa.Field, ...]
    labels: pa.Array | None
    wanted: Wanted

    @classmethod
    def of(
        cls,
        predictor: Predictor,
        *,
        top_k: int = 1,
        all_probabilities: bool = False,
        name: str | None = None,
    ) -> "PredictionColumns":
        """Return the columns of a model.

        Parameters
        ----------
        predictor : Predictor
        top_k : int, default=1
            How many of the most probable labels have columns; all, if there are fewer.
        all_probabilities : bool, default=False
            Whether each label has a column with its probability.
        name : str, default=None
            Of the column with the label, where it is one of several models; the others begin with
            it.

        Raises
        ------
        ParameterError
            If ``top_k`` is not a whole number above 0, or both are asked for; or one of them of a
            model of numbers.

        Examples
        --------
        >>> from torrential import TextClassifier
        >>> model = TextClassifier(preset="fast").fit(["a b", "c d"] * 9, ["en", "de"] * 9)
        >>> columns = PredictionColumns.of(model.predictor_, top_k=2, name="language")
        >>> [field.name for field in columns.fields]
        ['language', 'language_probability', 'language_2', 'language_probability_2']
        """
        check_top_k(top_k, all_probabilities=all_probabilities)
        if not predictor.labels:
            if top_k > 1 or all_probabilities:
                raise ParameterError(
                    "top_k and all_probabilities are of labels, but the model predicts numbers: "
                    "leave them out."
                )
            names = [name or PREDICTION]
            if predictor.has_levels:
                names.append(NUMBER if name is None else f"{name}_{NUMBER}")
            wanted = Wanted(1, (0,) if predictor.has_levels else ())
            return cls(tuple(pa.field(each, pa.float32()) for each in names), None, wanted)
        labels = as_arrow(predictor.labels)
        label = name or LABEL
        probability = PROBABILITY if name is None else f"{name}_{PROBABILITY}"
        top = min(top_k, len(labels))
        fields = []
        if predictor.is_multilabel:
            fields += [
                pa.field(name or "labels", pa.list_(labels.type)),
                pa.field(
                    "probabilities" if name is None else f"{name}_probabilities",
                    pa.list_(pa.float32()),
                ),
            ]
            label = LABEL if name is None else f"{name}_{LABEL}"
        for place in range(1, top + 1):
            suffix = "" if place == 1 else f"_{place}"
            fields.append(pa.field(label + suffix, labels.type))
            fields.append(pa.field(probability + suffix, pa.float32()))
        codes = tuple(predictor.order) if all_probabilities else ()
        shown = [predictor.labels[code] for code in codes]
        fields += [pa.field(f"{probability}_{each}", pa.float32()) for each in shown]
        return cls(tuple(fields), labels, Wanted(top, codes, predictor.is_multilabel))

    def arrays(self, predictions: Predictions) -> list[pa.Array]:
        """Return the values of the columns."""
        if self.labels is None:
            numbers = [predictions.of_codes[:, place] for place in range(len(self.wanted.codes))]
            return [*map(as_floats, [predictions.probabilities[:, 0], *numbers])]
        arrays = []
        if predictions.sets is not None:
            sets, ends = predictions.sets, pa.array(predictions.sets.ends.astype(np.int32))
            names = self.labels.take(pa.array(sets.codes))
            arrays.append(pa.ListArray.from_arrays(ends, names))
            arrays.append(pa.ListArray.from_arrays(ends, as_floats(sets.probabilities)))
        for place in range(self.wanted.top):
            codes = predictions.codes[:, place]
            arrays.append(self.labels.take(pa.array(codes, mask=codes == NO_LABEL)))
            arrays.append(as_floats(predictions.probabilities[:, place]))
        n_named = len(self.wanted.codes)
        return arrays + [as_floats(predictions.of_codes[:, number]) for number in range(n_named)]

    def struct(self, predictions: Predictions, is_null: pa.Array | None = None) -> pa.StructArray:
        """Return the values as one array, null where a row is.

        Parameters
        ----------
        predictions : Predictions
        is_null : bool array of shape (n_rows,), default=None
        """
        arrays = with_nulls(self.arrays(predictions), is_null)
        return pa.StructArray.from_arrays(arrays, fields=list(self.fields), mask=is_null)


def check_top_k(top_k: int, *, all_probabilities: bool) -> None:
    """Raise a ParameterError if ``top_k`` is not a number of labels, or not alone."""
    is_whole = isinstance(top_k, int | np.integer) and not isinstance(top_k, bool)
    if not is_whole or top_k < 1:
        raise ParameterError(f"top_k={top_k!r} is not a number of labels: give 1 or more.")
    if all_probabilities and top_k > 1:
        raise ParameterError("top_k and all_probabilities exclude each other: give one of them.")


def with_nulls(arrays: Sequence[pa.Array], is_null: pa.Array | None) -> list[pa.Array]:
    """Return columns that are null in some rows."""
    if is_null is None:
        return list(arrays)
    return [pc.if_else(is_null, pa.scalar(None, array.type), array) for array in arrays]


def as_floats(column: Float32) -> pa.Array:
    """Return a column of probabilities or numbers."""
    return pa.array(np.ascontiguousarray(column))
