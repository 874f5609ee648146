"""The demo, on a small folder of packages."""

import json
import re
import shlex
import textwrap
from pathlib import Path

import pytest
from pyarrow import parquet

import torrential as tor
from torrential.cli.commands.demo import demo
from torrential.cli.sources import LINES, find_sources

QUICK_START = Path(__file__).parents[1] / "docs" / "quickstart.rst"
WORDS = {"apple": "core = peel(seed)", "banana": "bunch.append(skin)", "cherry": "stone ** pit"}


@pytest.fixture
def packages(tmp_path):
    """Three packages of ten files, and folders that are not packages or too small."""
    folder = tmp_path / "packages"
    for name, words in WORDS.items():
        for i in range(10):
            path = folder / name / f"part{i % 3}" / f"module{i}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"x{i}_{line} = {words}\n" for line in range(121)))
    copy = folder / "apple" / "_vendor" / "banana.py"
    copy.parent.mkdir()
    copy.write_text("bunch.append(skin)\n" * 50)
    (folder / "tiny").mkdir()
    (folder / "tiny" / "__init__.py").write_text("pass\n" * 2000)
    (folder / "apple-1.0.dist-info").mkdir()
    (folder / "apple-1.0.dist-info" / "script.py").write_text("pass\n" * 2000)
    return folder


def test_sources_are_divided_by_file(packages):
    sources = find_sources([packages])
    assert sources.packages == ["apple", "banana", "cherry"]
    train, test = ({file.name for file in part} for part in (sources.train, sources.test))
    assert (len(train), len(test), train & test) == (24, 6, set())
    assert all(file.n_pieces == 7 for file in sources.train)
    assert [file.package for file in sources.train] != sorted(
        file.package for file in sources.train
    )
    assert find_sources([packages]) == sources


def test_pieces_are_the_file(packages):
    file = find_sources([packages]).test[0]
    pieces = list(file.pieces())
    assert "".join(pieces) == file.path.read_text()
    assert [piece.count("\n") for piece in pieces] == [LINES] * 6 + [1]


def test_demo(packages, tmp_path, capsys):
    kept = tmp_path / "kept"
    demo(keep=kept, packages=packages, n_jobs=1)
    out = capsys.readouterr().out
    assert "210 pieces of 20 lines from the source code of 3 Python packages" in out
    assert "Learned 168 rows of 3 classes" in out
    assert "Accuracy 100.00%" in out
    assert f"torrential inspect {kept / 'packages.model'}" in out
    model = tor.load(kept / "packages.model")
    assert model.classes_.tolist() == ["apple", "banana", "cherry"]
    predictions = parquet.read_table(kept / "predictions.parquet")
    assert predictions["label"].equals(predictions["package"])


def test_demo_as_json_and_in_a_word(packages, capsys):
    demo(packages=packages, n_jobs=1, json=True)
    facts = json.loads(capsys.readouterr().out)
    assert facts["data"]["n_train"] == facts["training"]["rows"]["n_rows"] == 168
    assert facts["evaluation"]["accuracy"] == 1
    assert all(row["label"] == row["package"] for row in facts["predictions"])
    demo(packages=packages, n_jobs=1, quiet=True)
    assert capsys.readouterr().out == "Accuracy 100.00%.\n"


def test_demo_leaves_nothing_behind(packages, tmp_path, monkeypatch, capsys):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    demo(packages=packages, n_jobs=1)
    assert "Next: torrential train" in capsys.readouterr().out
    assert list(temporary.iterdir()) == []


def test_a_folder_without_packages(tmp_path):
    with pytest.raises(tor.DataError, match="fewer than two Python packages"):
        demo(packages=tmp_path)


def test_the_quick_start_runs_on_the_data_of_the_demo(packages, tmp_path, monkeypatch, run, capsys):
    monkeypatch.chdir(tmp_path)
    demo(keep=Path("demo"), packages=packages, n_jobs=1, quiet=True)
    page = QUICK_START.read_text(encoding="utf-8")
    (code,) = re.findall(r"code-block:: python\n\n((?: {3}.*\n|\n)+)", page)
    exec(textwrap.dedent(code), {})
    capsys.readouterr()
    assert tor.load("packages.model").classes_.tolist() == ["apple", "banana", "cherry"]
    commands = re.findall(r"^   \$ torrential (.*)$", page, re.M)
    assert [command.split()[0] for command in commands] == [
        *["demo", "train", "evaluate", "predict", "explain", "report"]
    ]
    for command in commands[1:]:
        ended, _, err = run(*shlex.split(command), "-q")
        assert (ended, err) == (0, ""), command
    assert {Path("predictions.parquet"), Path("report.html")} <= set(Path().iterdir())
