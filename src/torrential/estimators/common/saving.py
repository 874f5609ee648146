"""Save fitted estimators to files without pickle: what all of them share.

Each class that can be saved defines the contents of its file (``_contents``) and how they are read
(``_restored``). The file names the class by its kind; ``torrential.load`` knows the kinds, so a
file never decides which code is run.
"""

import datetime
import os
from collections.abc import Callable
from typing import Any, ClassVar, Self

from torrential.engine.checkpoints.file import NOT_SAVED, is_left_out, plain
from torrential.engine.targets.label_values import from_json
from torrential.errors import ParameterError
from torrential.estimators.common.fitted import check_fitted
from torrential.persistence.model_file import write_model
from torrential.persistence.model_header import COMPACT, WHOLE
from torrential.persistence.outputs import check_model_file
from torrential.schema import Schema, either, flag, label, list_of, number, optional, row_of, text
from torrential.schema import values_of as each_of
from torrential.types import Arrays
from torrential.version import __version__

Member = Callable[[Arrays, Any], Any]
"""Restores an inner estimator, from its arrays and its header."""

SCALAR = either(flag, number(finite=False, nan=True), text(), what="a number, a text or a flag")

PARAMETERS: Schema = each_of(
    optional(
        either(
            SCALAR,
            list_of(SCALAR),
            list_of(row_of(label, number())),
            list_of(either(text(), list_of(text()), what="a text or a list of texts")),
            what="a number, a text, null, or a list of them",
        )
    )
)
"""Parameters of an estimator, by name."""


class Savable:
    """Base of estimators that ``torrential.load`` reads from the files they write."""

    _kind: ClassVar[str]

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
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

        Raises
        ------
        ParameterError
            If a file cannot hold a parameter, a label or a part, such as a function.
        OutputError
            If the file is not writable, or is not a model; what was there before is whole.
        """
        arrays, header = self._contents()
        self._write_contents(path, arrays, header, overwrite=overwrite)

    def _write_contents(
        self,
        path: str | os.PathLike[str],
        arrays: Arrays,
        header: dict[str, Any],
        *,
        overwrite: bool,
    ) -> None:
        """Write the contents of a file."""
        check_model_file(path, overwrite=overwrite, hint="pass overwrite=True")
        write_model(path, arrays, header, _version_of(arrays))

    def _contents(self) -> tuple[Arrays, dict[str, Any]]:
        """Return arrays and header of the file."""
        raise NotImplementedError

    @classmethod
    def _restored(cls, arrays: Arrays, header: dict[str, Any], member: Member) -> Self:
        """Return the estimator of arrays and header, which may be damaged or hostile."""
        raise NotImplementedError


def _version_of(arrays: Arrays) -> int:
    """Return the version of a file's format, which is new where a model in it is compact."""
    return COMPACT if any(name.endswith("compact_codes") for name in arrays) else WHOLE


def stamp(kind: str) -> dict[str, Any]:
    """Return the fields of a header that all files have."""
    saved = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return {"kind": kind, "torrential": __version__, "saved": saved}


def plain_parameters(estimator: Any, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return an estimator's own parameters as JSON, or raise an error that names the wrong one."""
    return {
        name: plain(name, value)
        for name, value in estimator.get_params(deep=False).items()
        if name not in (*NOT_SAVED, *without) and not is_left_out(name, value)
    }


def parameters_of(header: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that `plain_parameters` wrote."""
    PARAMETERS(header["parameters"], "parameters")
    parameters = dict(header["parameters"])
    if isinstance(parameters.get("class_weight"), list):
        weights = parameters["class_weight"]
        parameters["class_weight"] = {from_json(name): weight for name, weight in weights}
    if isinstance(parameters.get("kinds"), list):
        parameters["kinds"] = dict(parameters["kinds"])
    return parameters


def contents_of(estimator: Any, name: str) -> tuple[Arrays, dict[str, Any]]:
    """Return the contents of an inner estimator, or raise an error if no file can hold it."""
    if not isinstance(estimator, Savable):
        raise ParameterError(
            f"{name} is a {type(estimator).__name__}, which a model file cannot hold: only "
            "torrential's own estimators can be saved without pickle."
        )
    return estimator._contents()


class SavesFitted:
    """Base of estimators that save only the estimator they have fitted."""

    _fitted_name: ClassVar[str]

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the fitted estimator to a file; ``torrential.load`` returns that estimator.

        Of a search it is ``best_estimator_``, of ParameterAveraging ``estimator_``. The table of
        the search, and how the average was made, are not in the file.

        Parameters
        ----------
        path : str or path-like
            A model that is there is replaced.
        overwrite : bool, default=False
            Whether to replace even a file that is not a model.

        Raises
        ------
        ParameterError
            If the estimator is not one of torrential's, or is not savable.
        OutputError
            If the file is not writable, or is not a model; what was there before is whole.
        """
        check_fitted(self, self._fitted_name)
        estimator = getattr(self, self._fitted_name)
        contents_of(estimator, self._fitted_name)
        estimator.save(path, overwrite=overwrite)
