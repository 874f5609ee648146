"""Estimators in notebooks: scikit-learn's view, without what takes long to compute."""

from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils import estimator_html_repr

from torrential.shown import Curve, Shown, counted, number

NOT_SHOWN = ("coef_", "intercept_", "model_", "predictor_")
"""Attributes that are made of all weights when they are read, and parts of the engine."""


class NotebookView:
    """Shows an estimator as scikit-learn does, in memory that does not depend on its columns.

    scikit-learn's own view asks for all attributes, of which ``coef_`` is as large as all columns
    of all classes, and for the names of all columns.
    """

    def _html_repr(self) -> str:
        view = object.__new__(_without_names(type(self)))
        view.__dict__.update(vars(self))
        return str(estimator_html_repr(view))

    def _get_fitted_attr_html(self, doc_link: str = "") -> Any:
        table = BaseEstimator()._get_fitted_attr_html(doc_link)
        table.estimator_class = type(self)
        for name in sorted({*dir(type(self)), *vars(self)}):
            if name.startswith("_") or not name.endswith("_") or name in NOT_SHOWN:
                continue
            value = getattr(self, name, None)
            if value is None or callable(value):
                continue
            table[name] = {"type_name": type(value).__name__, "value": value}
            if hasattr(value, "shape") and hasattr(value, "dtype"):
                table[name] |= {"shape": value.shape, "dtype": value.dtype}
        return table


def _without_names(kind: type[Any]) -> type[Any]:
    """Return a class that is equal but for the names of its columns."""

    def missing(self: Any) -> Any:
        raise AttributeError("get_feature_names_out")

    return type(kind.__name__, (kind,), {"get_feature_names_out": property(missing)})


class SearchView(NotebookView):
    """Shows a search as scikit-learn does, and the best candidates in a table with a curve."""

    cv_results_: dict[str, Any]

    def _html_repr(self) -> str:
        view = super()._html_repr()
        return view + _results(self).html() if hasattr(self, "cv_results_") else view


def _results(search: Any) -> Shown:
    """Return the candidates of a search, the best first."""
    table = search.cv_results_
    keys = [name.removeprefix("rank_") for name in table if name.startswith("rank_test_")]
    key = f"test_{search.refit}" if f"test_{search.refit}" in keys else keys[0]
    order = sorted(range(len(table["params"])), key=lambda place: table[f"rank_{key}"][place])
    rows = [
        (
            ", ".join(f"{name}={value}" for name, value in table["params"][place].items()),
            number(float(table[f"mean_{key}"][place])),
            number(float(table[f"std_{key}"][place])),
        )
        for place in order
    ]
    header = ("candidate", f"mean {key}", "deviation")
    facts = [counted(len(order), "candidate"), f"best {key} {rows[0][1]}"]
    curve = _curve(getattr(search, "learning_curves_", None), order[0])
    return Shown(type(search).__name__, facts, header, rows, curve)


def _curve(curves: Any, best: int) -> Curve | None:
    """Return the learning curve of the best candidate; None if there is none."""
    if curves is None or best >= len(curves.accuracy):
        return None
    points = list(zip(curves.n_rows[best], curves.accuracy[best], strict=True))
    return Curve(points, "accuracy of the best by rows", is_log=True)
