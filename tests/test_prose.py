"""Prose is plain English: no archaic words, and none that a reader has to translate."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

import torrential

PACKAGE = Path(torrential.__file__).parent
ROOT = Path(__file__).parents[1]
AVOIDED = re.compile(
    r"\b(told|met|stands?|anew|beside|apart|whoever|heed|learnt|so\s+many|cannot\s+be"
    r"|(?<!there\s)is\s+no(?!\s+longer))\b",
    re.IGNORECASE,
)
CODE = re.compile(r"``.+?``|`.+?`|^\s*\w+ : .*$|^\s*>>> .*$", re.MULTILINE)
"""Names in prose, and names of parameters and attributes, which are tested elsewhere."""

NOT_IMPERATIVE = re.compile(
    r"(Whether|What|Which|Who|Where|When|Why|How|As|Of|The|A|An|Its?|Itself|Those|That|They|All|Each"
    r"|Nothing|None|Number of|Share of|Labels? of|Rows? of|Bytes of|Names? of|Columns? of)\b"
)
"""Beginnings of noun phrases and clauses, which D401 does not recognize in summaries."""

MODULES = sorted(PACKAGE.rglob("*.py"))
PROGRAMS = sorted(
    path
    for pattern in ("benchmarks/**/*.py", "docs/*.py", "examples/*.py", "tests/*.py")
    for path in ROOT.glob(pattern)
    if path != Path(__file__)
)
PAGES = sorted(
    [
        *(ROOT / "docs").glob("*.rst"),
        *(ROOT / "docs" / "guide").glob("*.rst"),
        *(ROOT / "docs" / "start").glob("*.rst"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    ]
)


def avoided(prose):
    """Return the words to avoid that occur in a text, outside of code."""
    return [found.group() for found in AVOIDED.finditer(CODE.sub("", prose))]


def prose_of(source, *, with_messages=True):
    """Return comments, docstrings and the words of messages, with their lines."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and not with_messages:
            yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and with_messages:
            yield node.lineno, node.value if " " in node.value else ""


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_code_speaks_plain_english(module):
    prose = prose_of(module.read_text(encoding="utf-8"))
    assert not [(line, words) for line, text in prose if (words := avoided(text))]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_programs_and_tests_speak_plain_english(program):
    is_test = program.parent.name == "tests"  # whose texts are data
    prose = prose_of(program.read_text(encoding="utf-8"), with_messages=not is_test)
    assert not [(line, words) for line, text in prose if (words := avoided(text))]


def functions_of(source):
    """Return all functions and methods but properties, which a noun describes."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not any(
            "property" in ast.unparse(decorator) for decorator in node.decorator_list
        ):
            yield node


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_summaries_of_functions_are_imperative(module):
    summaries = [
        (node.lineno, (ast.get_docstring(node) or "").split("\n")[0])
        for node in functions_of(module.read_text(encoding="utf-8"))
    ]
    assert not [each for each in summaries if NOT_IMPERATIVE.match(each[1])]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_pages_speak_plain_english(page):
    lines = enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
    assert not [(line, words) for line, text in lines if (words := avoided(text))]


@pytest.mark.parametrize(
    ("prose", "words"),
    [
        ("Rows are learnt\nin so\nmany passes.", ["learnt", "so\nmany"]),
        ("limit='x' is no size", ["is no"]),
        ("There is no model; the loss is no longer falling.", []),
        ("told : set of str", []),
        ("The attribute ``learnt`` of metadata.", []),
    ],
)
def test_words_to_avoid(prose, words):
    assert avoided(prose) == words
