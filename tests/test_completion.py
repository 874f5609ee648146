"""Completion of the command line by a shell."""

import os
import shlex
import shutil
import subprocess
import sys

import pytest

COMPLETING = """
source <(torrential --show-completion)
COMP_WORDS=($WORDS "$LAST"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_torrential_completion torrential
printf '%s\\n' "${COMPREPLY[@]}"
"""


NO_BASH = sys.platform == "win32" or shutil.which("bash") is None


@pytest.fixture
def folder(tmp_path):
    """A folder with a program called torrential."""
    program = tmp_path / "torrential"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m torrential "$@"\n')
    program.chmod(0o755)
    return tmp_path


@pytest.mark.skipif(NO_BASH, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "last", "completed"),
    [
        ("torrential", "pre", ["predict"]),
        ("torrential", "c", ["cross-validate", "convert", "cache"]),
        ("torrential predict a.model", "--keep-", ["--keep-top", "--keep-rows"]),
        ("torrential train", "--ngram", ["--ngram-range"]),
        ("torrential cache", "", ["list", "clear"]),
        ("torrential train", "reviews/", [""]),  # bash completes files by itself
    ],
)
def test_bash_completes(folder, words, last, completed):
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    asked = {**os.environ, "PATH": path, "WORDS": words, "LAST": last}
    command = ["bash", "--norc", "-c", COMPLETING]
    done = subprocess.run(command, env=asked, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.rstrip("\n").split("\n") == completed


def test_a_shell_that_is_not_known(run, monkeypatch):
    monkeypatch.setenv("_TORRENTIAL_COMPLETE", "complete_nosuch")
    code, out, err = run()
    assert (code, out) == (1, "") and "nosuch not supported" in err


def test_an_empty_variable_is_none(run, monkeypatch):
    monkeypatch.setenv("_TORRENTIAL_COMPLETE", "")
    code, out, _ = run("--version")
    assert code == 0 and out.startswith("torrential ")
