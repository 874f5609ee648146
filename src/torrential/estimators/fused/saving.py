"""Save a fitted estimator whose model the engine trains: whole, or smaller, to apply it only."""

import os
from typing import Any, Self

from torrential.estimators.common.saving import Member
from torrential.estimators.fused.explanation import FusedExplanation
from torrential.estimators.fused.model_file import contents_of, contents_within
from torrential.estimators.fused.restore import restored
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.linear.class_weight import ClassWeight
from torrential.types import Arrays
from torrential.units import parse_bytes


class FusedSaving(FusedExplanation):
    """Base of classifiers: ``save``, and what files have."""

    columns_: dict[str, Any]
    history_: list[ProgressiveValidation]
    interrupted_: bool
    _class_weight: ClassWeight
    _learned_C: float | None  # noqa: N815 - the parameter is C

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        max_size: str | int | None = None,
    ) -> None:
        """Write the fitted estimator to a file, whole or not at all; ``torrential.load`` reads it.

        The file is in the safetensors format and holds no code and no pickle. It has what was
        learned, so that learning can continue, and the parameters; ``n_jobs`` and ``verbose`` are
        not in it.

        Parameters
        ----------
        path : str or path-like
            A model that is there is replaced.
        overwrite : bool, default=False
            Whether to replace even a file that is not a model.
        max_size : str or int, default=None
            Most bytes of the file, such as "2 MB". It keeps the weights that matter most for the
            scores, a byte each, and leaves out what only learning needs: the model that is loaded
            predicts, evaluates and explains, but does not learn further. The names of terms get a
            tenth of it, where the model has some. None saves the whole model.

        Raises
        ------
        ParameterError
            If a file cannot hold a parameter or a label, such as a function; or if ``max_size`` is
            too small for a model that is of use, which the message says how large it is.
        OutputError
            If the file is not writable, or is not a model; what was there before is whole.

        Examples
        --------
        >>> import torrential as tor
        >>> texts, labels = ["good film", "bad film"] * 50, ["yes", "no"] * 50
        >>> model = tor.TextClassifier().fit(texts, labels)
        >>> path = getfixture("tmp_path") / "small.model"
        >>> model.save(path, max_size="100 KB")
        >>> path.stat().st_size <= 100_000, tor.load(path).predict(["a good one"])
        (True, array(['yes'], dtype='<U3'))
        """
        if max_size is None:
            super().save(path, overwrite=overwrite)
            return
        limit = parse_bytes("max_size", max_size)
        arrays, header = contents_within(self, self._fitted(), limit)
        self._write_contents(path, arrays, header, overwrite=overwrite)

    def _contents(self) -> tuple[Arrays, dict[str, Any]]:
        return contents_of(self, self._fitted())

    @classmethod
    def _restored(cls, arrays: Arrays, header: dict[str, Any], member: Member) -> Self:
        return restored(cls, arrays, header)
