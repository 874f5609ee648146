"""The page about other programs and the README have the figures that were measured."""

import json
import math
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "benchmarks" / "write_comparison.py"
MEASURED = ROOT / "benchmarks" / "compared.json"
PAGE = ROOT / "docs" / "guide" / "comparison.rst"
README = ROOT / "README.md"
RACES = ("one_pass", "accurate", "prediction")
KINDS = {"seconds": "wall", "cpu_seconds": "cpu", "peak_mib": "peak_rss_mb"}


def write(*options, **files):
    """Run the script; return its exit code and what it says."""
    named = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    command = [sys.executable, SCRIPT, *named, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.fixture
def files(tmp_path):
    """Copies of the measurements, the page and the README."""
    copies = {"json": MEASURED, "page": PAGE, "readme": README}
    return {name: copy(path, tmp_path / path.name) for name, path in copies.items()}


def copy(source, path):
    path.write_bytes(source.read_bytes())
    return path


def contenders():
    for one_set in json.loads(MEASURED.read_text(encoding="utf-8"))["sets"]:
        for race in RACES:
            for contender in one_set[race]["contenders"]:
                if "stopped" not in contender:
                    yield one_set[race], contender


def test_page_and_readme_have_the_measured_figures():
    assert write("--check") == (0, "")


@pytest.mark.parametrize("race", RACES)
def test_all_programs_took_part(race):
    for one_set in json.loads(MEASURED.read_text(encoding="utf-8"))["sets"]:
        names = [each["name"].lower() for each in one_set[race]["contenders"]]
        for program in ("torrential", "vowpal wabbit", "fasttext", "scikit-learn"):
            assert any(name.startswith(program) for name in names)


def test_medians_and_ratios_are_those_of_the_runs():
    for race, contender in contenders():
        for kind, of_process in KINDS.items():
            values = [
                each["peak_rss_mb"]
                if kind == "peak_mib"
                else each["report"].get(kind, each[of_process])
                for each in contender["runs"]
            ]
            spread = [statistics.median(values), min(values), max(values)]
            assert [contender[kind][name] for name in ("median", "min", "max")] == spread
        (ours,) = (each for each in race["contenders"] if each["name"] == race["reference"])
        ratio = contender["seconds"]["median"] / ours["seconds"]["median"]
        assert math.isclose(contender["ratio"], ratio)
        megabytes = contender["mb_per_s"] * contender["seconds"]["median"]
        assert math.isclose(megabytes, race["text_bytes"] / 10**6)


def test_a_figure_written_by_hand_is_found(files):
    assert write("--check", **files) == (0, "")
    for name in ("page", "readme"):
        text = files[name].read_text(encoding="utf-8")
        place = text.index("MB of") if name == "page" else text.index("% held-out")
        files[name].write_text(f"{text[: place - 1]}9{text[place - 1 :]}", encoding="utf-8")
        code, said = write("--check", **files)
        assert code == 1
        assert str(files[name]) in said and "run python benchmarks/write_comparison.py" in said
        files[name].write_text(text, encoding="utf-8")


def test_new_measurements_are_written_and_nothing_else(files):
    content = json.loads(files["json"].read_text(encoding="utf-8"))
    contender = content["sets"][0]["one_pass"]["contenders"][2]
    contender["seconds"]["max"] = 98.7
    files["json"].write_text(json.dumps(content), encoding="utf-8")
    assert write("--check", **files)[0] == 1
    assert write(**files) == (0, "")
    assert write("--check", **files) == (0, "")
    before = README.read_text(encoding="utf-8").splitlines()
    after = files["readme"].read_text(encoding="utf-8").splitlines()
    (line,) = (new for old, new in zip(before, after, strict=True) if old != new)
    assert contender["name"] in line and " 98.7 |" in line
    assert " 98.7 " in files["page"].read_text(encoding="utf-8")


@pytest.mark.parametrize(("seconds", "is_better"), [(0.0123, True), (9876.0, False)])
def test_a_peer_that_is_better_is_named(files, seconds, is_better):
    content = json.loads(files["json"].read_text(encoding="utf-8"))
    race = content["sets"][0]["one_pass"]
    peer = race["contenders"][2]
    peer["cpu_seconds"]["median"] = seconds
    files["json"].write_text(json.dumps(content), encoding="utf-8")
    assert write(**files) == (0, "")
    lines = files["page"].read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if line.startswith("* One pass over words: processor sec")]
    assert any(f"by {race['reference']}: " in line for line in found) or not is_better
    assert any(f"0.0123 by {peer['name']}" in line for line in found) is is_better
    assert any(peer["name"] in line for line in found) is is_better


def test_a_contender_that_passed_a_limit_is_shown_as_such(files):
    content = json.loads(files["json"].read_text(encoding="utf-8"))
    contenders = content["sets"][0]["accurate"]["contenders"]
    contenders[-1] = {"name": contenders[-1]["name"], "stopped": "more than 9 s"}
    files["json"].write_text(json.dumps(content), encoding="utf-8")
    assert write(**files) == (0, "")
    for name in ("page", "readme"):
        lines = files[name].read_text(encoding="utf-8").splitlines()
        found = [line for line in lines if line.strip("| ").startswith(contenders[-1]["name"])]
        assert any("more than 9 s" in line for line in found)


def test_a_readme_without_markers_is_refused(files):
    files["readme"].write_text("# torrential\n", encoding="utf-8")
    code, said = write(**files)
    assert code == 1 and "needs one pair of markers" in said
