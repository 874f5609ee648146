"""The reference has a page for all that a user can be given, with its attributes."""

import dataclasses
import importlib
import inspect
import re
from pathlib import Path

import pytest

from reference import PUBLIC, attributes_of, documented, is_own, reached
from torrential import results

API = Path(__file__).parents[1] / "docs" / "api"
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in sorted(API.glob("*.rst")))
INTERNAL = set(re.findall(r"``([A-Z]\w+)``", TEXT.partition("Internal objects\n")[2]))
REACHED = reached(INTERNAL)


def found_at(path):
    """Return the object that a dotted path names, below the module that holds it."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def classes_of_the_reference():
    """Return the classes that have an entry: of a summary, alone, or with their module."""
    blocks = re.findall(r"^\.\. autosummary::\n(?:   :.+\n)+\n((?:   .+\n)+)", TEXT, re.M)
    alone = re.findall(r"^\.\. autoclass:: (\S+)$", TEXT, re.M)
    modules = [importlib.import_module(m) for m in re.findall(r"automodule:: (\S+)", TEXT)]
    listed = [found_at(f"torrential.{name}") for block in blocks for name in block.split()]
    listed += [found_at(path) for path in alone]
    listed += [
        value for module in modules for value in vars(module).values()
        if is_own(value) and value.__module__ == module.__name__
    ]  # fmt: skip
    return {each for each in listed if is_own(each)}


REFERENCE = classes_of_the_reference()
DATA = sorted(filter(dataclasses.is_dataclass, REFERENCE), key=lambda kind: kind.__name__)


def test_all_that_a_user_is_given_has_a_page():
    without = {
        f"{kind.__module__}.{kind.__name__} of {place}"
        for kind, place in REACHED.items()
        if kind not in REFERENCE and kind.__name__ not in INTERNAL
    }
    assert without == set()
    assert len(REACHED) > 50


def test_internal_objects_are_given_but_have_no_page():
    assert {kind.__name__ for kind in REACHED} >= INTERNAL
    assert {kind.__name__ for kind in REFERENCE} & INTERNAL == set()
    assert len(INTERNAL) > 5


def test_all_public_classes_have_a_page():
    assert {kind for kind in PUBLIC if inspect.isclass(kind)} - REFERENCE == set()


@pytest.mark.parametrize("kind", DATA, ids=lambda kind: kind.__name__)
def test_attributes_of_results_are_described(kind):
    described = {
        name
        for base in filter(is_own, kind.__mro__)
        for names, text in documented(base, "Attributes", "Parameters")
        for name in names.split(", ")
        if text
    }
    assert {field.name for field in dataclasses.fields(kind) if field.name[0] != "_"} <= described


def test_a_class_without_a_page_would_be_found(monkeypatch):
    monkeypatch.delattr(results, "Collision", raising=False)
    kinds = {kind.__name__: place for kind, place in reached(INTERNAL).items()}
    assert kinds["Collision"] == "CollisionReport.heaviest"
    assert kinds["Estimate"] == "Comparison.difference"
    assert ("history_", "list of Mix") in [
        (name, text) for name, text, _ in attributes_of(found_at("torrential.ParameterAveraging"))
    ]


@pytest.mark.parametrize("name", results.__all__)
def test_results_can_be_imported_by_name(name):
    value = getattr(results, name)
    assert value.__name__ == name
    assert value.__module__ == results._MODULES[name]
    assert name in dir(results)


def test_results_are_in_order_and_unknown_names_are_named():
    assert results.__all__ == sorted(results._MODULES)
    with pytest.raises(AttributeError, match="results' has no attribute 'Gone'"):
        results.Gone  # noqa: B018
