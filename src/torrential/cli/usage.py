"""Wrong use of the command line, reported in one sentence that names the option and the remedy."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import typer

UsageError: type[Any] = typer.BadParameter.__mro__[1]
"""Base of the parser's exceptions; typer exports only this one subclass."""

MIN_BEGIN = 3
"""Least letters of a name that may be the beginning of other names."""

PHRASES = {
    "No such command": "there is no command",
    ". Did you mean": ": did you mean",
    "Got unexpected extra argument(s) ": "there is more than it takes, ",
    "Got unexpected extra argument ": "there is more than it takes, ",
    "Got unexpected extra arguments ": "there is more than it takes, ",
}
"""Phrases of the parser, and their replacements."""


MEANT = {
    "--batch-size": "--average-every",
    "--bits": "--n-features",
    "--buckets": "--n-features",
    "--c": "--C",
    "--checkpoints": "--checkpoint",
    "--column": "--text",
    "--dim": "--n-features",
    "--folds": "--cv",
    "--jobs": "--n-jobs",
    "--l1": "--penalty",
    "--l2": "--penalty",
    "--label": "--target",
    "--labels": "--target",
    "--lr": "--eta0",
    "--metric": "--scoring",
    "--model": "--output",
    "--ngrams": "--ngram-range",
    "--out": "--output",
    "--regularization": "--alpha",
    "--sample-weight": "--weight",
    "--seed": "--random-state",
    "--sep": "--delimiter",
    "--split": "--test-size",
    "--stopwords": "--stop-words",
    "--test-split": "--test-size",
    "--threads": "--n-jobs",
    "--validation": "--test",
    "--validation-split": "--test-size",
    "--word-ngrams": "--ngram-range",
    "--workers": "--n-jobs",
    "--y": "--target",
}
"""Names of an option in other programs."""


def usage_sentence(error: Any) -> str:
    """Return a sentence on a usage error of the parser."""
    command = error.ctx.command_path if error.ctx else "torrential"
    look = f"see {command} --help."
    message = error.format_message().rstrip(".")
    parameter = getattr(error, "param", None)
    if parameter is not None and message.startswith("Missing"):
        return f"{_name(parameter)} is missing ({_meaning(parameter)}): {look}"
    if parameter is not None:
        return str(error.message)  # of our own converters, which name the option
    option = getattr(error, "option_name", "")
    if message.startswith("No such option"):
        return f"{command} has no option {option}: {_meant(option, error.ctx) or look}"
    if option and "not take" in message:
        return f"{option} takes no value: leave it out."
    if option:
        return f"{option} needs a value: give one after it."
    for parsers_words, ours in PHRASES.items():
        message = message.replace(parsers_words, ours)
    return f"{message}{'' if message.endswith('?') else f': {look}'}"


def _name(parameter: Any) -> str:
    """Return the word to type: the longest name of an option, or the name of an argument."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar)
    return str(max(parameter.opts, key=len))


def _meaning(parameter: Any) -> str:
    text = parameter.help.partition(".")[0]
    return f"{text[0].lower()}{text[1:]}"


def _meant(option: str, context: Any) -> str:
    """Return a question that names similar options; empty without any."""
    parameters = context.command.params if context else []
    known = [name for parameter in parameters for name in parameter.opts + parameter.secondary_opts]
    near = nearest(option, [name for name in known if name.startswith("--")])
    return f"did you mean {' or '.join(near)}?" if near else ""


def nearest(word: str, known: Sequence[str]) -> list[str]:
    """Return the known names that are similar to a word, the most similar first.

    >>> nearest("--ngrams", ["--norm", "--ngram-range"])
    ['--ngram-range']
    >>> nearest("eta", ["eta0", "alpha"])
    ['eta0']
    """
    word = word.lower().replace("_", "-") if word.startswith("--") else word.lower()
    if MEANT.get(word) in known:
        return [MEANT[word]]
    begun = [name for name in known if name.startswith(word) and len(word.strip("-")) >= MIN_BEGIN]
    return begun or get_close_matches(word, known, cutoff=0.7)
