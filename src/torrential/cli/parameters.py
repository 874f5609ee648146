"""The parameters of the estimators as options.

They are read from the source of the classes, not from these: importing it takes a second, which
``--help`` should not wait for it, and a second list of names, defaults and help would go stale.
"""

import ast
import inspect
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from torrential.cli.values import (
    CONVERTERS,
    FLAG,
    NAMED_CONVERTERS,
    ONE_BY_ONE,
    Converter,
)

ESTIMATORS = Path(__file__).parents[1] / "estimators"

SOURCES = {
    "TextClassifier": ESTIMATORS / "text" / "plain.py",
    "TableClassifier": ESTIMATORS / "table" / "plain.py",
    "TextRegressor": ESTIMATORS / "text" / "plain_regressor.py",
    "TableRegressor": ESTIMATORS / "table" / "plain_regressor.py",
}

NOT_OPTIONS = {
    "tokenizer",  # the command line has no functions
    "preprocessor",
    "n_jobs",  # an option of every command
    "verbose",  # -q and -v
}

ALIASES = {"max_iter": ["--epochs"]}

Node = TypeVar("Node", ast.ClassDef, ast.FunctionDef)

OF_TABLES = "Tables (without --text)"
"""Panel of the options that only tables have."""

OF_NUMBERS = "Regression (--task regression)"
"""Panel of the options that only regression has."""

FIRST_OF_LEARNING = "loss"
"""First parameter of the learner; the parameters of the features precede it in the constructor."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the constructor, as its signature and docstring have it.

    Attributes
    ----------
    name, annotation, default : str
        As written in the signature.
    kind : str
        Type and choices, as written in the docstring.
    sentence : str
        First sentence of the description; may be empty.
    panel : str or None
        Where help lists it, if not all estimators have it.
    """

    name: str
    annotation: str
    default: str
    kind: str = ""
    sentence: str = ""
    panel: str | None = None

    @property
    def help(self) -> str:
        """First sentence, choices and default."""
        choices = re.search(r"\{(.*?)\}", self.kind)
        parts = [self.sentence]
        if choices:
            words = ", or words such as the,a,of" if "or list" in self.kind else ""
            parts.append(f"One of {choices[1]}{words}.")
        if self.name in ONE_BY_ONE:
            parts.append("Give it once for each.")
        parts.append(f"Default: {shlex.quote(self.plain_default)}.")
        return re.sub(r"'(\w+)'", r"\1", " ".join(parts))

    @property
    def converter(self) -> Converter:
        """Parser of the option's value."""
        return NAMED_CONVERTERS.get(self.name) or CONVERTERS[self.annotation]

    @property
    def plain_default(self) -> str:
        """Default in the form of the command line."""
        if self.default.isupper():  # a constant's name: the docstring has its value, as a literal
            return str(ast.literal_eval(self.kind.partition("``")[2].rstrip("`")))
        if re.fullmatch(r"\(\d+, \d+\)", self.default):
            return self.default[1:-1].replace(", ", "-")
        words = {"None": "none", "True": "yes", "False": "no"}
        return words.get(self.default, self.default.strip("'").replace(" ", ""))


@cache
def parameters() -> tuple[Parameter, ...]:
    """Return the parameters of all classes that the command line accepts, in order."""
    found = {each.name: each for each in parameters_of("TextClassifier")}
    for name, panel in (("TableClassifier", OF_TABLES), ("TextRegressor", OF_NUMBERS)):
        for each in parameters_of(name):
            found.setdefault(each.name, replace(each, panel=panel))
    return tuple(found.values())


@cache
def parameters_of(name: str) -> tuple[Parameter, ...]:
    """Return the parameters of a class that the command line accepts, in order."""
    tree = ast.parse(SOURCES[name].read_text(encoding="utf-8"))
    cls = _named(f"Plain{name}", ast.ClassDef, tree.body)
    init = _named("__init__", ast.FunctionDef, cls.body)
    described = dict(_described(ast.get_docstring(cls) or ""))
    return tuple(
        Parameter(
            name=argument.arg,
            annotation=ast.unparse(argument.annotation or ast.Name("Any")),
            default="" if default is None else ast.unparse(default),
            **described.get(argument.arg, {}),
        )
        for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)
        if argument.arg not in NOT_OPTIONS
    )


def _named(name: str, kind: type[Node], nodes: list[ast.stmt]) -> Node:
    return next(node for node in nodes if isinstance(node, kind) and node.name == name)


def _described(docstring: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Return kind and first sentence of each parameter in the numpydoc section "Parameters"."""
    section = re.search(r"Parameters\n-+\n(.*?)(?=\n\w[^\n]*\n-+\n|\Z)", docstring, re.DOTALL)
    if section is None:
        return
    for entry in re.split(r"\n(?=\S)", section[1].strip()):
        head, _, body = entry.partition("\n")
        names, _, kind = head.partition(" : ")
        text = " ".join(body.replace("``", "").split())
        sentence = re.split(r"(?<=\.)\s", text, maxsplit=1)[0]
        for name in names.split(", "):
            yield name, {"kind": kind, "sentence": sentence}


def with_parameters(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the command's ``**parameters`` by one option for each parameter.

    Options that are not given are passed as None: the constructor's defaults apply.
    """
    signature = inspect.signature(command)
    kept = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    panel = "Features"
    options = []
    for parameter in parameters():
        panel = "Learning" if parameter.name == FIRST_OF_LEARNING else panel
        options.append(_option(parameter, parameter.panel or panel))
    command.__signature__ = signature.replace(parameters=[*kept, *options])  # type: ignore[attr-defined]
    return command


def _option(parameter: Parameter, panel: str) -> inspect.Parameter:
    flag = parameter.name.replace("_", "-")
    kind: Any
    if parameter.name in ONE_BY_ONE:
        names, metavar, kind = [ONE_BY_ONE[parameter.name]], parameter.converter.metavar, list[str]
    elif parameter.annotation == FLAG:
        names, metavar, kind = [f"--{flag}/--no-{flag}"], "", bool
    else:
        names = [f"--{flag}", *ALIASES.get(parameter.name, [])]
        metavar, kind = parameter.converter.metavar, str
    option = typer.Option(
        *names,
        metavar=metavar,
        help=parameter.help,
        show_default=False,
        rich_help_panel=panel,
    )
    return inspect.Parameter(
        parameter.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, option],
    )


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Return keyword arguments for the constructor from the given options.

    Raises
    ------
    ParameterError
        If a value is invalid for the parameter.
    """
    described = {each.name: each for each in parameters()}
    return {
        name: value if isinstance(value, bool) else _converted(described[name], value)
        for name, value in values.items()
        if value is not None and value != []
    }


def _converted(parameter: Parameter, value: str | list[str]) -> Any:
    if isinstance(value, str):
        return parameter.converter(parameter.name, value)
    items: list[Any] = [parameter.converter(parameter.name, word) or [] for word in value]
    if parameter.name == "kinds":
        return {name: kind for item in items for name, kind in dict(item).items()} or None
    values = [*chain.from_iterable(items)]
    return "auto" if parameter.name == "crosses" and values == ["auto"] else values or None
