"""Check the links of the built pages and of the Markdown files, without a network.

    python docs/check_links.py docs/_build/html
    python docs/check_links.py docs/_build/html --external

Every link within the site must lead to a file of it, and to an anchor if it names one; so must
relative links of Markdown files, to files of the project and to headings. Paths that prose names,
such as ``benchmarks/common.py``, must exist, and so must the targets of ``make``. No item of a list
is empty. Faults are
printed with the file and the line, and the exit code is 1 if there is one. ``--external`` prints
the addresses of all pages elsewhere instead, each with the pages that link to it.
"""

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
LINKS = {
    "a": "href",
    "area": "href",
    "link": "href",
    "img": "src",
    "script": "src",
    "source": "src",
}
CODE = re.compile(r"^(```|~~~).*?^\1[^\n]*$|`[^`\n]+`", re.M | re.S)
LINK = re.compile(r"(?<!\\)\[(?:[^][]|\[[^]]*\])*\]\(<?([^)\s>]+)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.M)
PATH = re.compile(r"(?<![\w./-])((?:benchmarks|docs|examples|findings|src|tests)/[\w./-]*\w\.\w+)")
TARGET = re.compile(r"``?make ([a-z][a-z-]*)(?=[ `])")
MADE = re.compile(r"docs/(_build|examples|api/generated)/|benchmarks/results/|findings/NAME\.sh")
"""Paths that prose names and that the reader makes."""


class Link(NamedTuple):
    """A link and the line that it is in."""

    target: str
    line: int

    @property
    def is_external(self) -> bool:
        """Whether it leads to another site, or is not the address of a file."""
        parts = urlsplit(self.target)
        return bool(parts.scheme or parts.netloc)


@dataclass
class Page:
    """Anchors of a page, and links from it."""

    anchors: set[str] = field(default_factory=set)
    links: list[Link] = field(default_factory=list)


class Reader(HTMLParser):
    """Collects the anchors and links of one HTML file."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the anchor and the link of a tag."""
        found = dict(attrs)
        self.page.anchors |= {name for name in (found.get("id"), found.get("name")) if name}
        target = found.get(LINKS.get(tag, ""))
        if target is not None:
            self.page.links.append(Link(target, self.getpos()[0]))


@cache
def html_page(path: Path) -> Page:
    """Read a built page."""
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


@cache
def markdown_page(path: Path) -> Page:
    """Read a Markdown file, with the anchors that GitHub gives its headings."""
    text = path.read_text(encoding="utf-8")
    prose = CODE.sub(lambda code: re.sub(r"[^\n]", "x", code.group()), text)
    page = Page(links=[Link(found[1], line_of(prose, found)) for found in LINK.finditer(prose)])
    outside = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    for heading in HEADING.findall(outside):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = sum(
            re.fullmatch(re.escape(slug) + r"(-\d+)?", a) is not None for a in page.anchors
        )
        page.anchors.add(f"{slug}-{number}" if number else slug)
    return page


def line_of(text: str, found: re.Match[str]) -> int:
    """Return the number of the line in which a match begins."""
    return text.count("\n", 0, found.start()) + 1


def fault_of(link: Link, path: Path, root: Path) -> str | None:
    """Return what is wrong with a relative link of a page; None if it leads somewhere."""
    parts = urlsplit(link.target)
    to = (path.parent / unquote(parts.path) if parts.path else path).resolve()
    if parts.path.startswith("/") or not to.is_relative_to(root):
        return f"{link.target} leads out of {root.name}"
    if not to.exists():
        return f"{link.target}: there is no such file"
    if path.suffix == ".html" and to.is_dir():
        return f"{link.target} is a folder, which only some servers show"
    if not parts.fragment:
        return None
    pages = {".html": html_page, ".md": markdown_page}
    if to.suffix in pages and unquote(parts.fragment) not in pages[to.suffix](to).anchors:
        return f"{link.target}: the page has no such anchor"
    return None


def built_pages(site: Path) -> list[Path]:
    """Return the pages of the site."""
    return sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)


def markdown_files(root: Path) -> list[Path]:
    """Return the Markdown files of the project, at its root and one folder below."""
    folders = (folder for folder in [root, *root.iterdir()] if folder.is_dir())
    return sorted(
        path for folder in folders if folder.name[0] != "." or folder == root
        for path in folder.glob("*.md")
    )  # fmt: skip


def faults_of_links(paths: list[Path], root: Path) -> Iterator[str]:
    """Yield the faults of the relative links of some pages."""
    for path in paths:
        page = html_page(path) if path.suffix == ".html" else markdown_page(path)
        for link in page.links:
            fault = None if link.is_external else fault_of(link, path, root.resolve())
            if fault:
                yield f"{path.relative_to(root)}:{link.line}: {fault}"


def faults_of_cells(paths: list[Path], root: Path) -> Iterator[str]:
    """Yield the empty items of lists in built pages: a hyphen alone in a cell of a table is one."""
    for path in paths:
        text = path.read_text(encoding="utf-8")
        for found in re.finditer(r"<li>\s*(?:<p>\s*</p>)?\s*</li>", text):
            line = line_of(text, found)
            yield f"{path.relative_to(root)}:{line}: an empty item of a list: write a dash"


def faults_of_names(root: Path) -> Iterator[str]:
    """Yield the paths and the targets of ``make`` that prose names but that do not exist."""
    pages = [path for path in (root / "docs").rglob("*.rst") if not MADE.search(path.as_posix())]
    programs = [
        path for name in ("src", "benchmarks", "examples") for path in (root / name).rglob("*.py")
    ]
    targets = set(re.findall(r"^([a-z][a-z-]*):", (root / "Makefile").read_text(), re.M))
    for path in sorted([*pages, *markdown_files(root), *programs]):
        text = path.read_text(encoding="utf-8")
        for found in PATH.finditer(text):
            if not MADE.match(found[1]) and not (root / found[1]).exists():
                yield f"{path.relative_to(root)}:{line_of(text, found)}: there is no {found[1]}"
        for found in TARGET.finditer(text):
            if found[1] not in targets:
                yield f"{path.relative_to(root)}:{line_of(text, found)}: there is no {found[0]}"


def external_links(paths: list[Path], root: Path) -> dict[str, list[str]]:
    """Return the addresses elsewhere, and the pages that link to each."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        page = html_page(path) if path.suffix == ".html" else markdown_page(path)
        for target in sorted({link.target for link in page.links if link.is_external}):
            found[target].append(str(path.relative_to(root)))
    return dict(sorted(found.items()))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site", type=Path, help="folder of the built pages")
    parser.add_argument("--external", action="store_true", help="print the addresses elsewhere")
    args = parser.parse_args()
    pages, files = built_pages(args.site), markdown_files(ROOT)
    if not pages:
        sys.exit(f"There is no page in {args.site}: run make docs first.")
    if args.external:
        both = external_links(pages, args.site) | external_links(files, ROOT)
        for target, where in both.items():
            print(target, *where[:3], *(["..."] if len(where) > 3 else []))
        return
    faults = [
        *faults_of_links(pages, args.site),
        *faults_of_cells(pages, args.site),
        *faults_of_links(files, ROOT),
        *faults_of_names(ROOT),
    ]
    print(*faults, sep="\n", end="\n" if faults else "")
    n_links = sum(len(html_page(path).links) for path in pages)
    print(
        f"{len(pages)} pages, {len(files)} Markdown files, {n_links} links: {len(faults)} faults."
    )
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
