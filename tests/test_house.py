"""What the layout of the package promises to a reader."""

import ast
from pathlib import Path

import pytest

import torrential
from torrential.engine.batches.cache_keys import CODE, code_files

ROOT = Path(torrential.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
FOLDERS = sorted({module.parent for module in MODULES})
MOST_LINES, MOST_FILES = 300, 25


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_file_can_be_read_at_once(module):
    assert len(module.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_a_folder_can_be_seen_at_once(folder):
    assert len(list(folder.glob("*.py"))) <= MOST_FILES


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_a_folder_says_what_it_is(folder):
    assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))


def test_the_cache_keys_cover_all_code_that_decides_a_batch():
    files = {name_of(file) for file in code_files()}
    assert len(files) > len(CODE)
    kernels = [f"kernels/{name}" for name in ("emitters", "native", "parsing", "rows", "text")]
    for folder in ("data", "features", *kernels):
        assert files >= {name_of(file) for file in (ROOT / folder).rglob("*.py")}
    assert "kernels/simd.py" in files and "engine/batches/encoding.py" in files
    assert not any(name.startswith("kernels/linear") for name in files)


def test_a_pattern_of_the_cache_keys_that_matches_nothing_is_an_error(monkeypatch):
    monkeypatch.setattr("torrential.engine.batches.cache_keys.CODE", ("engine/gone/*.py",))
    with pytest.raises(FileNotFoundError, match="engine/gone"):
        code_files()
