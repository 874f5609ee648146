"""Without the extras: everything else works, and what needs one says so with the command."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from torrential.extras import EXTRAS

ROOT = Path(__file__).parents[1]
PROGRAM = Path(__file__).with_name("core_only.py")


@pytest.mark.jit
@pytest.mark.timeout(300)  # a first run compiles kernels
def test_core_dependencies_are_enough():
    done = subprocess.run([sys.executable, PROGRAM, "--json"], capture_output=True, text=True)
    lines = json.loads(done.stdout)
    assert [(name, said) for name, (is_good, said) in lines.items() if not is_good] == []
    assert done.returncode == 0 and len(lines) > 20


def test_the_program_finds_what_does_not_say_its_extra(monkeypatch):
    import core_only

    monkeypatch.setattr(core_only, "working", lambda: {"broken": lambda: {}["key"]})
    bare = {"bare": ("frames", lambda: __import__("a_package_of_no_extra"))}
    monkeypatch.setattr(core_only, "needing", lambda: {**bare, "works": ("frames", lambda: 1)})
    assert [is_good for is_good, _ in core_only.found().values()] == [False, False, False]


@pytest.mark.parametrize("package", EXTRAS)
def test_each_extra_installs_its_packages(package):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert any(line.startswith(f"{package}>=") for line in extras[EXTRAS[package]])
    assert all(extra in extras["all"][0] for extra in EXTRAS.values())


def test_the_lowest_versions_are_those_that_are_allowed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    lines = [
        *project["dependencies"],
        *(line for each in {*EXTRAS.values()} for line in extras[each]),
    ]
    allowed = dict(line.split(">=") for line in lines)
    constraints = (ROOT / "constraints-lowest.txt").read_text().splitlines()
    tested = dict(line.split("==") for line in constraints if not line.startswith("#"))
    assert {*allowed} == {*tested}
    assert {
        name: version for name, version in tested.items() if not is_same(version, allowed[name])
    } == {}


def is_same(version, allowed):
    """Return whether two versions are equal, with or without zeros at the end."""
    return re.sub(r"(\.0)+$", "", version) == re.sub(r"(\.0)+$", "", allowed)
