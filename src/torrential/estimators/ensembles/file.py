"""Files of ensembles: their parameters, and the members one after the other."""

from collections.abc import Sequence
from typing import Any

from torrential.engine.checkpoints.namespaces import part, under
from torrential.errors import DataError
from torrential.estimators.common.saving import (
    Member,
    contents_of,
    plain_parameters,
    stamp,
)
from torrential.schema import list_of, record
from torrential.types import Arrays

MEMBERS = record({"members": list_of(record({}), max_length=2**16)})


def ensemble_contents(
    ensemble: Any, members: Sequence[Any], inner: str
) -> tuple[Arrays, dict[str, Any]]:
    """Return arrays and header of an ensemble.

    Parameters
    ----------
    ensemble : estimator
    members : sequence of fitted estimators
    inner : str
        Name of the parameter that holds an estimator or several; it is not written.

    Raises
    ------
    ParameterError
        If no file can hold a member or a parameter.
    """
    arrays: Arrays = {}
    headers = []
    for number, member in enumerate(members):
        own, header = contents_of(member, f"Model {number}")
        arrays |= under(f"{number}", own)
        headers.append(header)
    parameters = plain_parameters(ensemble, without=(inner, "executor"))
    return arrays, {
        **stamp(ensemble._kind),
        "parameters": parameters,
        "members": headers,
    }


def members_of(arrays: Arrays, header: dict[str, Any], member: Member) -> list[Any]:
    """Return the members of an ensemble from its file."""
    MEMBERS(header, "")
    if not header["members"]:
        raise DataError("it has no members")
    return [
        member(part(f"{number}", arrays), inner) for number, inner in enumerate(header["members"])
    ]
