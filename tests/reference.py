"""Which classes a user of the package can be given, by the types that its docstrings name."""

import ast
import importlib
import inspect
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from numpydoc.docscrape import NumpyDocString

import torrential
from torrential import arrow, results

PACKAGE = Path(torrential.__file__).parent
WORD = re.compile(r"[A-Za-z_]\w*")
PUBLIC = [
    *(getattr(torrential, name) for name in torrential.__all__),
    *(getattr(results, name) for name in results.__all__),
    arrow.predict_function,
    arrow.PredictFunction,
]


def is_own(value):
    """Return whether a value is a class of the package."""
    return inspect.isclass(value) and value.__module__.split(".")[0] == "torrential"


@cache
def names_in(module):
    """Return what names mean in a module, with those that it imports for types alone."""
    found = dict(vars(importlib.import_module(module)))
    source = inspect.getsource(importlib.import_module(module))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("torrential"):
            for alias in node.names:
                name = alias.asname or alias.name
                if name not in found:
                    found[name] = getattr(importlib.import_module(node.module), alias.name)
    return found


@cache
def modules_of_classes():
    """Return the modules that define a class, by its name."""
    found = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(module)
    return found


def classes_named(text, module):
    """Return the classes of the package that a type names, as they are meant in the module."""
    for word in WORD.findall(text):
        value = names_in(module).get(word)
        modules = modules_of_classes()[word]
        if value is None and len(modules) == 1:  # a name of the docstring alone
            value = getattr(importlib.import_module(modules[0]), word)
        if is_own(value):
            yield value


def as_text(annotation):
    return annotation.__name__ if inspect.isclass(annotation) else str(annotation)


def documented(thing, *sections):
    """Return the names and types in sections of a docstring; names are separated by commas."""
    doc = NumpyDocString(inspect.getdoc(thing) or "")
    return [(each.name, each.type) for section in sections for each in doc[section]]


def members_of(kind):
    """Return the public functions of a class, of its own and of its bases here."""
    for name in dir(kind):
        value = inspect.getattr_static(kind, name)
        if isinstance(value, staticmethod | classmethod):
            value = value.__func__
        if isinstance(value, property):
            value = value.fget
        is_public = inspect.isfunction(value) and not name.startswith("_")
        if is_public and value.__module__.startswith("torrential."):
            yield name, value


def attributes_of(kind):
    """Return name, type and module of the public attributes of a class, annotated or described."""
    for base in filter(is_own, kind.__mro__):
        for name, annotation in vars(base).get("__annotations__", {}).items():
            if not name.startswith("_"):
                yield name, as_text(annotation), base.__module__
        for name, text in documented(base, "Attributes"):
            yield name, text, base.__module__


def returned_by(function):
    """Return the types that a function gives back, by its annotation and its docstring."""
    function = inspect.unwrap(function)
    types = [as_text(function.__annotations__.get("return", ""))]
    types += [f"{n} {t}" for n, t in documented(function, "Returns", "Yields")]
    return " ".join(types)


def given_by(thing):
    """Yield the classes that a class or function gives to its user, each with the place."""
    if inspect.isclass(thing):
        for name, function in members_of(thing):
            for kind in classes_named(returned_by(function), function.__module__):
                yield kind, f"{thing.__name__}.{name}"
        for name, text, module in attributes_of(thing):
            for kind in classes_named(text, module):
                yield kind, f"{thing.__name__}.{name}"
    elif callable(thing):
        for kind in classes_named(returned_by(thing), thing.__module__):
            yield kind, f"{thing.__name__}()"


def reached(internal):
    """Return the classes that users reach, each with the first place that gives it.

    Objects that the reference calls internal are reached, but not what they give.
    """
    places, todo = {}, list(PUBLIC)
    for thing in todo:
        if getattr(thing, "__name__", None) not in internal:
            for kind, place in given_by(thing):
                if kind not in places:
                    places[kind] = place
                    todo.append(kind)
    return places
