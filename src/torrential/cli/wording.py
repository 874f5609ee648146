"""Messages of the library about parameters, in terms of the command line."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from torrential.cli.values import ONE_BY_ONE

PHRASES = {
    "collect_terms(texts)": "torrential terms MODEL FILES -o NEW",
    "give (min_n, max_n), two whole numbers with min_n <= max_n": "give one such as 1-2",
    "read(..., target=, weight=)": "--target and --weight",
    "read(..., target=)": "--target",
    "read(target=)": "--target",
    " (memory=)": "",
    "allow_pattern=True, or --allow-pattern": "--allow-pattern",
    "views has ": "--view has ",
    "crosses has ": "--cross has ",
    "kinds has ": "--kind has ",
    " (read(types=))": " (--type)",
    ", or a View of a function": "",
    ", or a View.": ".",
    "resume=True needs a file to resume from: pass checkpoint= too": (
        "--resume needs a file to resume from: give --checkpoint too"
    ),
}
"""Functions, and parameters without an option."""

_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_VALUE = rf"=(?:{_QUOTED}|\([^()]*\)|\[[^\]]*\]|[^\s:;,()]*[^\s:;,().?]|)"
_NAME = r"(?<![\w./:-])(?P<name>[a-z][a-z0-9_]*|C(?==))"  # not within the name of a file
_WORDS = re.compile(rf"{_QUOTED}|{_NAME}(?:(?P<value>{_VALUE})|(?![\w/-]|\.\w))")

_TYPE = re.compile(r"(?:read\()?types=\{'([^']*)': '(\w+)'\}\)?")
"""The type of an input, as Python has it."""

OTHERS = {
    "executor": ["--cluster"],
    "limit": ["--cache-limit"],
    "n_errors": ["--errors"],
    "n_rounds": ["--epochs"],
    "param_grid": ["--grid"],
}
"""Options of parameters whose names differ."""


_parsers: list[Callable[[], Any]] = []


def register_parsers(*parsers: Callable[[], Any]) -> None:
    """Set the functions that return the commands whose options set parameters.

    The first has the command that is run, and the last, which takes longer, has all.
    """
    _parsers[:] = parsers


def in_own_words(sentence: str) -> str:
    """Return a sentence of the library with options in place of its parameters."""
    names: dict[str, list[str]] = {}
    words = {found["name"] for found in _WORDS.finditer(sentence)} - {None}
    for parser in _parsers:
        names = option_names(parser())
        if words <= names.keys():
            break
    return in_options(sentence, names, sys.argv[1:])


def option_names(commands: Any) -> dict[str, list[str]]:
    """Return the option for each parameter of a group of commands."""
    names: dict[str, list[str]] = {**OTHERS}
    for command in commands.commands.values():
        if hasattr(command, "commands"):
            continue
        for parameter in command.params:
            if parameter.param_type_name == "option":
                given = [each for each in parameter.opts if each.startswith("--")]
                names.setdefault(parameter.name, given)
    return names


def in_options(sentence: str, names: Mapping[str, Sequence[str]], words: Sequence[str]) -> str:
    """Return a sentence with options in place of parameters.

    Parameters
    ----------
    sentence : str
    names : mapping of str to sequence of str
        Options of each parameter.
    words : sequence of str
        What was typed: of an option with two names the one that was.

    Examples
    --------
    >>> names = {"max_iter": ["--max-iter", "--epochs"], "terms": ["--terms"]}
    >>> in_options("max_iter=0 is not a number: see 'max_iter'.", names, ["--epochs", "0"])
    "--epochs 0 is not a number: see 'max_iter'."
    >>> in_options("Train it with terms=True.", names, [])
    'Train it with --terms.'
    """
    sentence = _TYPE.sub(r"--type \1=\2", sentence)
    for phrase, ours in PHRASES.items():
        sentence = sentence.replace(phrase, ours)
    return "".join(_replaced(sentence, names, words))


def _replaced(
    sentence: str, names: Mapping[str, Sequence[str]], words: Sequence[str]
) -> Iterator[str]:
    end = 0
    for found in _WORDS.finditer(sentence):
        name, value = found["name"], found["value"]
        # A word that is an option's name may be meant as a word.
        if name not in names or not (value or "_" in name):
            continue
        yield sentence[end : found.start()]
        yield _option(names[name], value, words)
        end = found.end()
    yield sentence[end:]


def _option(options: Sequence[str], value: str | None, words: Sequence[str]) -> str:
    typed = [each for each in options if any(word.partition("=")[0] == each for word in words)]
    option = (typed or options)[0]
    if value in (None, "=", "=True"):
        return option
    if value == "=False":
        return f"--no-{option[2:]}"
    word = str(value)[1:]
    pair = re.fullmatch(r"\((-?\d+), (-?\d+)\)", word)
    if pair:
        word = f"{pair[1]}-{pair[2]}"
    elif re.fullmatch(r"'[\w./:+-]+'", word):
        word = word[1:-1]
    elif option in ONE_BY_ONE.values() and word.startswith("['"):
        word = word[2:-2].replace("', '", "+")
    return f"{option} {'none' if word == 'None' else word}"
