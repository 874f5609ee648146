"""The options of the classifier's parameters agree with its constructor."""

import inspect
import re

import pytest

from torrential import ParameterError, TableClassifier, TextClassifier, TextRegressor
from torrential.cli.parameters import NOT_OPTIONS, given, parameters
from torrential.cli.values import CONVERTERS, FLAG

OF_TEXTS = inspect.signature(TextClassifier.__init__).parameters
OF_TABLES = inspect.signature(TableClassifier.__init__).parameters
OF_NUMBERS = inspect.signature(TextRegressor.__init__).parameters
SIGNATURE = {**OF_NUMBERS, **OF_TABLES, **OF_TEXTS}


def test_every_parameter_is_an_option():
    names = [each.name for each in parameters()]
    every = dict.fromkeys([*OF_TEXTS, *OF_TABLES, *OF_NUMBERS])
    found = [name for name in every if name not in {"self", *NOT_OPTIONS}]
    assert names == found
    assert set(SIGNATURE) >= NOT_OPTIONS


@pytest.mark.parametrize("parameter", parameters(), ids=lambda parameter: parameter.name)
def test_every_parameter_can_be_read_and_is_described(parameter):
    assert parameter.annotation in {*CONVERTERS, FLAG}
    assert parameter.kind, "the docstring lacks it"
    assert re.search("default[= ]", parameter.kind)
    assert parameter.help.endswith(".")


@pytest.mark.parametrize("parameter", parameters(), ids=lambda parameter: parameter.name)
def test_the_default_that_is_shown_is_the_default(parameter):
    default = SIGNATURE[parameter.name].default
    shown = parameter.plain_default
    if parameter.annotation == FLAG:
        assert shown == ("yes" if default else "no")
    else:
        assert given({parameter.name: shown}) == {parameter.name: default}


@pytest.mark.parametrize(
    ("name", "word", "value"),
    [
        ("n_features", "2**22", 2**22),
        ("n_features", "1048576", 2**20),
        ("ngram_range", "1-2", (1, 2)),
        ("ngram_range", "3", (3, 3)),
        ("alpha", "1e-6", 1e-6),
        ("tol", "none", None),
        ("tol", "0.01", 0.01),
        ("penalty", "none", None),
        ("stop_words", "english", "english"),
        ("stop_words", "the,a", ["the", "a"]),
        ("class_weight", "balanced", "balanced"),
        ("random_state", "7", 7),
        ("lowercase", False, False),
        ("average", "yes", True),
        ("average", "1000", 1000),
        ("terms", "yes", True),
        ("terms", "10_000", 10_000),
        ("terms", "64MB", "64MB"),
        ("class_weight", "none", None),
        ("class_weight", "a=b=2,c=0", {"a=b": 2.0, "c": 0.0}),
    ],
)
def test_words_become_values(name, word, value):
    assert given({name: word, "loss": None}) == {name: value}


@pytest.mark.parametrize(
    ("name", "word"), [("n_features", "2^20"), ("ngram_range", "1-2-3"), ("eta0", "fast")]
)
def test_words_that_are_no_values(name, word):
    with pytest.raises(ParameterError, match=f"--{name.replace('_', '-')} .*is invalid"):
        given({name: word})
