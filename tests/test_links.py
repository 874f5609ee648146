"""Links: those of Markdown files lead somewhere, and the check of the built pages finds faults."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "docs" / "check_links.py"
spec = spec_from_file_location("check_links", SCRIPT)
links = module_from_spec(spec)
sys.modules["check_links"] = links
spec.loader.exec_module(links)


def test_links_of_markdown_files_lead_to_files_and_headings():
    files = links.markdown_files(ROOT)
    assert {"README.md", "CONTRIBUTING.md"} <= {path.name for path in files}
    assert any(
        link.target.startswith("#") for link in links.markdown_page(ROOT / "README.md").links
    )
    assert list(links.faults_of_links(files, ROOT)) == []


def test_paths_and_targets_of_make_that_prose_names_exist():
    assert list(links.faults_of_names(ROOT)) == []


def test_pictures_of_pages_are_shown_and_small():
    pages = "".join(path.read_text("utf-8") for path in (ROOT / "docs" / "guide").glob("*.rst"))
    pictures = sorted((ROOT / "docs" / "guide").glob("*.png"))
    assert {"averaging.png", "report.png"} <= {path.name for path in pictures}
    assert all(f":: {path.name}\n" in pages for path in pictures)
    assert all(path.stat().st_size < 160_000 for path in pictures)


def test_names_that_do_not_exist_are_found(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "Makefile").write_text("docs: x  ## Build\n")
    (tmp_path / "docs" / "guide.rst").write_text(
        "Run ``make docs``, then\n``make all the docs``, and\nsee ``benchmarks/gone.py``.\n"
    )
    assert list(links.faults_of_names(tmp_path)) == [
        "docs/guide.rst:3: there is no benchmarks/gone.py",
        "docs/guide.rst:2: there is no ``make all",
    ]


PAGE = """<html><body id="top"><h1 id="caf%C3%A9">A</h1><a name="old"></a>
<a href="#top">1</a> <a href="#">2</a> <a href="sub/b.html#b">3</a> <a href="https://a.org/#x">4</a>
<a href="#old">5</a> <img src="c.png"> <a href="b%20c.html">6</a>
{}</body></html>"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.html").write_text('<p id="b"><a href="../a.html#top">x</a></p>')
    (tmp_path / "b c.html").write_text("<p>")
    (tmp_path / "c.png").write_bytes(b"")

    def made(more=""):
        (tmp_path / "a.html").write_text(PAGE.format(more))
        links.html_page.cache_clear()
        return list(links.faults_of_links(links.built_pages(tmp_path), tmp_path))

    return made


def test_a_whole_site_has_no_faults(site):
    assert site() == []


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ('<a href="#gone">x</a>', "#gone: the page has no such anchor"),
        ('<a href="sub/b.html#top">x</a>', "sub/b.html#top: the page has no such anchor"),
        ('<a href="sub/c.html">x</a>', "sub/c.html: there is no such file"),
        ('<script src="_static/x.js"></script>', "_static/x.js: there is no such file"),
        ('<a href="/a.html">x</a>', "/a.html leads out of"),
        ('<a href="../a.html">x</a>', "../a.html leads out of"),
        ('<a href="sub/">x</a>', "sub/ is a folder, which only some servers show"),
    ],
)
def test_faults_of_a_site_are_found(site, more, fault):
    (found,) = site(more)
    assert found.startswith(f"a.html:4: {fault}")


def test_hyphens_that_became_lists_are_found(site, tmp_path):
    site("<td><ul>\n<li></li></ul></td><li><p>-</p></li>")
    (found,) = links.faults_of_cells(links.built_pages(tmp_path), tmp_path)
    assert found == "a.html:5: an empty item of a list: write a dash"


def test_headings_get_the_anchors_of_github(tmp_path):
    page = tmp_path / "a.md"
    page.write_text(
        "# What is *in* it, and `why`?\n\n## Again\n\n## Again\n\n"
        "```\n# no heading\n[x](gone)\n```\n"
        "[1](#what-is-in-it-and-why) [2](#again-1) `[3](gone)` [4](#no-heading)\n\n"
        "[5](b.md) [6](.)\n"
    )
    assert list(links.faults_of_links([page], tmp_path)) == [
        "a.md:11: #no-heading: the page has no such anchor",
        "a.md:13: b.md: there is no such file",
    ]


def test_the_script_fails_where_there_is_a_fault(site, tmp_path):
    site('<a href="#gone">x</a>')
    run = [sys.executable, str(SCRIPT), str(tmp_path)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "a.html:4: #gone: the page has no such anchor"
    done = subprocess.run([*run, "--external"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "https://a.org/#x a.html"
