"""The state of any estimator as arrays and JSON, so that a checkpoint needs no pickle.

The state of an estimator is in its attributes: arrays, numbers, texts, and lists, dicts and
objects of these. They are written by name, and put back into an estimator that was made, and has
learned a few rows, in the ordinary way; so nothing in a file decides which code is run.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from torrential.engine.model.validation import check_linear_state
from torrential.errors import ParameterError
from torrential.features.views import View
from torrential.linear.model import LinearModel
from torrential.types import Arrays

Node = dict[str, Any]

SCALARS = (bool, int, float, str, type(None))

STATELESS = ("sklearn._loss", "sklearn.linear_model._sgd_fast")
"""Modules of compiled objects that are made of parameters alone."""


def state_of(value: Any, name: str, arrays: Arrays, advice: str = "leave out checkpoint") -> Node:
    """Describe a value as JSON, and add its arrays to the given ones.

    Arrays that share their memory still do when they are restored.

    Raises
    ------
    ParameterError
        If it holds something other than plain data; the message has its name.
    """
    return _Writer(arrays, advice).node(value, name)


def restored(value: Any, node: Node, arrays: Arrays) -> Any:
    """Return the value that `state_of` described, given a value of the same kind.

    Raises
    ------
    KeyError, TypeError, ValueError
        Where the description lacks something.
    """
    return _Reader(arrays).value(value, node)


class _Writer:
    def __init__(self, arrays: Arrays, advice: str) -> None:
        self._arrays, self._advice = arrays, advice
        self._names: dict[tuple[Any, ...], str] = {}
        self._kept: list[Any] = []  # so that no other array gets the address of one that is gone
        self._open: set[int] = set()

    def node(self, value: Any, name: str) -> Node:
        if isinstance(value, float) and not np.isfinite(value):  # which JSON does not have
            return {"float": repr(float(value))}
        if isinstance(value, View):
            value = value.state()
        if isinstance(value, SCALARS) and not isinstance(value, np.generic):
            return {"plain": value}
        if isinstance(value, np.generic):
            return {"scalar": self.node(value.item(), name), "dtype": value.dtype.str}
        if isinstance(value, np.ndarray):
            return self._array(value, name)
        if isinstance(value, slice):
            return {"slice": [value.start, value.stop, value.step]}
        if sp.issparse(value):
            csr = value.tocsr()
            parts = {part: self._array(getattr(csr, part), name) for part in _PARTS}
            return {
                "csr": parts,
                "shape": list(csr.shape),
                "is_array": isinstance(value, sp.sparray),
            }
        if isinstance(value, list | tuple):
            items = [self.node(each, f"{name}[{i}]") for i, each in enumerate(value)]
            return {type(value).__name__ if type(value) in (list, tuple) else "list": items}
        if isinstance(value, Mapping):
            pairs = [[self.node(k, name), self.node(v, f"{name}[{k!r}]")] for k, v in value.items()]
            return {"dict": pairs}
        return self._object(value, name)

    def _array(self, array: np.ndarray[Any, Any], name: str) -> Node:
        if array.dtype.kind in "OUSM":
            return {"values": [self.node(v, name) for v in array.ravel().tolist()],
                    "dtype": array.dtype.str, "shape": list(array.shape)}  # fmt: skip
        is_bool = array.dtype == bool
        array = array.view(np.uint8) if is_bool else array
        is_by_column = not array.flags.c_contiguous and array.strides[0] < array.strides[-1]
        order = "F" if is_by_column else "C"  # products have other bits in the other order
        flat = np.ascontiguousarray(array.T if order == "F" else array).reshape(-1)
        key = (flat.__array_interface__["data"][0], flat.nbytes, flat.dtype.str)
        if key not in self._names:
            self._names[key] = f"{len(self._arrays)}"
            self._arrays[self._names[key]] = flat
            self._kept.append(flat)
        shape = list(array.shape)
        return {"array": self._names[key], "shape": shape, "order": order, "is_bool": is_bool}

    def _object(self, value: Any, name: str) -> Node:
        kind = type(value)
        if isinstance(value, LinearModel):
            arrays, header = value.state()
            parts = {part: self._array(array, name) for part, array in arrays.items()}
            return {"model": self.node(header, name), "parts": parts}
        if isinstance(value, np.random.RandomState):
            return {"random": self.node(value.get_state(legacy=False), name)}
        if isinstance(value, np.random.Generator):
            return {"random": self.node(value.bit_generator.state, name)}
        if (callable(value) and not hasattr(value, "__dict__")) or isinstance(value, type):
            return {"same": True}
        if isinstance(value, np.dtype) or kind.__module__.startswith(STATELESS):
            return {"same": True}
        if not hasattr(value, "__dict__") or id(value) in self._open:
            raise ParameterError(
                f"{name} is a {kind.__name__}, which does not fit into a file without pickle: "
                f"{self._advice}."
            )
        if callable(value) and not vars(value):
            return {"same": True}
        self._open.add(id(value))
        attributes = {each: self.node(item, f"{name}.{each}") for each, item in vars(value).items()}
        self._open.discard(id(value))
        return {"object": attributes}


class _Reader:
    def __init__(self, arrays: Arrays) -> None:
        self._arrays = {name: array.copy() for name, array in arrays.items()}

    def value(self, now: Any, node: Node) -> Any:
        if "plain" in node:
            return node["plain"]
        if "float" in node:
            return float(node["float"])
        if "scalar" in node:
            return np.dtype(node["dtype"]).type(self.value(None, node["scalar"]))
        if "array" in node:
            return self._array(node)
        if "values" in node:
            values = [self.value(None, each) for each in node["values"]]
            filled = np.empty(len(values), np.dtype(node["dtype"]))
            filled[:] = values
            return filled.reshape(node["shape"])
        if "slice" in node:
            return slice(*node["slice"])
        if "csr" in node:
            parts = [self._array(node["csr"][part]) for part in _PARTS]
            make = sp.csr_array if node.get("is_array", False) else sp.csr_matrix
            return make(tuple(parts), shape=tuple(node["shape"]))
        for kind in (list, tuple):
            if kind.__name__ in node:
                items = node[kind.__name__]
                before = now if isinstance(now, list | tuple) else []
                before = [*before, *[None] * (len(items) - len(before))]
                return kind(self.value(b, each) for b, each in zip(before, items, strict=False))
        if "dict" in node:
            known = now if isinstance(now, Mapping) else {}
            pairs = [(self.value(None, key), item) for key, item in node["dict"]]
            return {key: self.value(known.get(key), item) for key, item in pairs}
        return self._object(now, node)

    def _fields(self, now: Any, attributes: Node) -> dict[str, Any]:
        return {
            each.name: self.value(getattr(now, each.name), attributes[each.name])
            for each in fields(now)
        }

    def _array(self, node: Node) -> np.ndarray[Any, Any]:
        flat, shape = self._arrays[node["array"]], tuple(node["shape"])
        flat = flat.view(bool) if node["is_bool"] else flat
        return flat.reshape(shape[::-1]).T if node["order"] == "F" else flat.reshape(shape)

    def _object(self, now: Any, node: Node) -> Any:
        if "model" in node:
            arrays = {part: self._array(each) for part, each in node["parts"].items()}
            header = self.value(None, node["model"])
            check_linear_state(arrays, header)
            return LinearModel.from_state(arrays, header)
        if "random" in node:
            state = self.value(None, node["random"])
            if isinstance(now, np.random.Generator):
                now.bit_generator.state = state
            else:
                now.set_state(state)
        elif "object" in node:
            attributes = node["object"]
            if is_dataclass(now) and not isinstance(now, type) and _is_frozen(type(now)):
                return replace(now, **self._fields(now, attributes))
            for name in [name for name in vars(now) if name not in attributes]:
                delattr(now, name)
            for name, item in attributes.items():
                setattr(now, name, self.value(getattr(now, name, None), item))
        return now


def _is_frozen(kind: Any) -> bool:
    return bool(kind.__dataclass_params__.frozen)


_PARTS = ("data", "indices", "indptr")
