"""Parameters of an estimator without scikit-learn, which takes a second to import."""

from typing import Any, Self

from torrential.errors import ParameterError


class PlainParameters:
    """Parameters as BaseEstimator has them, for a constructor with keywords that all have defaults.

    Where a class has BaseEstimator too, as `ScikitLearnParameters`, its methods are used.
    """

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name, in alphabetical order.

        Parameters
        ----------
        deep : bool, default=True
            Has no effect: no parameter is an estimator.
        """
        return {name: getattr(self, name) for name in sorted(_names(self))}

    def set_params(self, **parameters: Any) -> Self:
        """Set parameters, and return the estimator."""
        unknown = sorted(parameters.keys() - _names(self))
        if unknown:
            raise ParameterError(f"{unknown[0]} is not a parameter of {type(self).__name__}.")
        for name, value in parameters.items():
            setattr(self, name, value)
        return self


def _names(estimator: PlainParameters) -> set[str]:
    """Return the names of the constructor's parameters."""
    return set(type(estimator).__init__.__kwdefaults__ or ())
