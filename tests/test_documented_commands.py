"""Commands that the pages show have the options, and the extras, that there are."""

import re
import shlex
import textwrap
import tomllib
from pathlib import Path

import pytest

from torrential.cli.parser import attach_values, parser_of_all

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.rst"), *ROOT.glob("docs/*/*.rst")])
BLOCK = re.compile(r"^( *)(?:- )?\.\. code-block:: (?:console|bash)\n\n((?:\1 +.*\n|\n)+)", re.M)
COMMAND = re.compile(r"(?:^(?:    |\$ )?|\| )(torrential +[a-z-]+ .*)$", re.M)


def commands_of(page):
    """Return the commands in the blocks of a page, each as one line up to a pipe."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = [textwrap.dedent(code) for _, code in BLOCK.findall(text)]
    if page.suffix == ".md":
        blocks = re.findall(r"(?:^    .*\n)+", text, re.M)
    lines = [line for block in blocks for line in COMMAND.findall(block)]
    return [re.split(r" [|>] ", re.sub(r"<\(.*?\)", "FILE", line))[0] for line in lines]


SHOWN = [(page, line) for page in PAGES for line in commands_of(page)]


@pytest.mark.parametrize(("page", "line"), SHOWN, ids=[f"{p.stem}: {line}" for p, line in SHOWN])
def test_commands_of_the_pages_can_be_parsed(page, line):
    _, *words = shlex.split(line)
    with parser_of_all().make_context("torrential", attach_values(words)) as context:
        name, command, rest = parser_of_all().resolve_command(
            context, [*context._protected_args, *context.args]
        )
        assert command.make_context(name, rest, resilient_parsing=False)


def test_all_pages_with_commands_are_read():
    pages = {page.stem for page, _ in SHOWN}
    assert pages >= {"README", "quickstart", "command_line", "tables", "report", "side_by_side"}
    assert len(SHOWN) > 80


def test_extras_of_the_pages_exist():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(project["optional-dependencies"])
    named = {
        extra
        for page in PAGES
        for extra in re.findall(r'"(?:torrential|\.)\[(\w+)\]"', page.read_text("utf-8"))
    }
    assert named <= extras
    listed = re.findall(
        r'^``"\.\[(\w+)\]"``', (ROOT / "docs/quickstart.rst").read_text("utf-8"), re.M
    )
    assert set(listed) == extras - {"dev", "docs", "test"}
