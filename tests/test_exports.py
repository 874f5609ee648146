"""The public face: every name that is promised, and nothing heavy until it is used."""

import re
import subprocess
import sys
from importlib.metadata import version

import pytest

import torrential
from torrential import errors

HEAVY = ("numpy", "sklearn", "scipy", "pyarrow", "numba", "pandas")


@pytest.mark.parametrize("name", torrential.__all__)
def test_each_name_can_be_imported(name):
    value = getattr(torrential, name)
    assert value is getattr(torrential, name)
    assert name in dir(torrential)


def test_the_table_of_modules_is_complete():
    assert {*torrential._MODULES, "__version__"} == set(torrential.__all__)
    assert len(torrential.__all__) == len(set(torrential.__all__))


def test_the_whole_error_tree_is_exported():
    tree = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.TorrentialError)
    }
    assert tree <= set(torrential.__all__)


@pytest.mark.parametrize("name", torrential.__all__)
def test_backslashes_in_types_and_defaults_are_shown_as_they_are(name):
    """Outside literals, reStructuredText takes them for its own."""
    kinds = re.findall(r"^ *[\w, ]+ : (.*)$", getattr(torrential, name).__doc__ or "", re.M)
    assert [kind for kind in kinds if "\\" in re.sub(" ``.*?``", "", kind)] == []


def test_the_version_is_the_installed_one():
    assert torrential.__version__ == version("torrential")


def test_an_unknown_name_is_named():
    with pytest.raises(AttributeError, match="'torrential' has no attribute 'Torrent'"):
        torrential.Torrent  # noqa: B018


@pytest.mark.parametrize(
    "program",
    [
        "import torrential",
        "import torrential.cli",
        "from torrential.cli.app import _run; _run(['--help'])",
        "from torrential.cli.app import _run; _run(['train', '--help'])",
    ],
)
def test_nothing_heavy_is_imported_before_it_is_used(program):
    check = f"import sys; print(*{{*{HEAVY}}} & {{*sys.modules}}, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{check}"], capture_output=True, text=True, check=True
    )
    assert done.stderr.split() == []
