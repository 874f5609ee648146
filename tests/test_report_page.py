"""The page of a report: escaped, self-contained, small, readable in light and dark."""

import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import torrential as tor
from torrential.engine.reporting.label_report import ClassLine, WrongText
from torrential.engine.reporting.parts import ClassTerms, Piece, TermLine
from torrential.engine.reporting.set_report import SetError
from torrential.evaluation.findings.confidence import Kept
from torrential.pages import charts, html
from torrential.pages.model_report import ModelReport
from torrential.pages.numbers import ticks

pytestmark = pytest.mark.jit

EVIL = "<script>alert(1)</script>&\"'"
LABELS = [f"{EVIL}{kind}" for kind in "abc"]
WORDS = dict(zip(LABELS, (f"good{EVIL}", "bad</p>", "so<b>so"), strict=True))
RANDOM = np.random.default_rng(0)
TARGET = RANDOM.choice(LABELS, 400)
TEXTS = [
    f"{WORDS[label if luck < 0.8 else LABELS[0]]} {EVIL} \u202e no{i}"
    for i, (label, luck) in enumerate(zip(TARGET, RANDOM.random(400), strict=True))
]
VOID = {"meta", "link", "input", "br", "hr", "img"}
STYLE = (Path(html.__file__).parent / "templates" / "style.css").read_text()


@pytest.fixture(scope="module")
def report():
    model = tor.TextClassifier(n_features=2**12, ngram_range=(1, 1)).fit(TEXTS, TARGET)
    return model.report(TEXTS, TARGET)


@pytest.fixture(scope="module")
def page(report):
    return report.to_html()


class Checked(HTMLParser):
    """Collects elements, and raises an AssertionError where they are not nested."""

    def __init__(self):
        super().__init__()
        self.open, self.elements, self.text = [], [], []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID and tag not in ("path", "circle", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in VOID and tag not in ("path", "circle", "rect"):
            assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text.append(data)


def parsed(page):
    checked = Checked()
    checked.feed(page)
    checked.close()
    assert checked.open == []
    return checked


def test_texts_and_labels_with_markup_are_text(page, report):
    found = parsed(page)
    tags = [tag for tag, _ in found.elements]
    assert tags.count("script") == 1 and "b" not in tags and "img" not in tags
    assert page.count("alert(1)") == page.count("&lt;script&gt;alert(1)") > 10
    text = "".join(found.text)
    assert all(label in text for label in LABELS)
    assert report.figures.errors and "\u202e" not in page and r"\u202e" in text
    assert not any(name.startswith("on") for _, attributes in found.elements for name in attributes)


def test_nothing_is_fetched(page):
    for tag, attributes in parsed(page).elements:
        for name in ("src", "href", "action", "srcset"):
            value = attributes.get(name, "#")
            assert value.startswith(("#", "data:,")), (tag, value)
    assert "@import" not in page and "url(" not in page and "http" not in page.lower()


def test_links_lead_to_sections_and_regions_have_names(page):
    elements = parsed(page).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len({*ids})
    for tag, attributes in elements:
        if tag == "a":
            assert attributes["href"][1:] in ids
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids
        if tag == "section":
            assert "aria-labelledby" in attributes
        if attributes.get("class") == "scroll":  # the keyboard reaches what scrolls
            assert attributes["tabindex"] == "0" and attributes["role"] == "region"
            assert attributes.get("aria-label") or attributes.get("aria-labelledby")
        if tag == "svg":
            assert attributes["role"] == "img" and attributes["aria-label"]


def test_figures_are_on_the_page(page, report):
    head = report.figures.head
    text = "".join(parsed(page).text)
    for share in (head.accuracy.value, head.accuracy.low, head.macro_f1.value, head.baseline):
        assert f"{share:.1%}" in text
    assert report.figures.provenance.fingerprint in text
    assert "no-js" not in text


def many_classes(report, n_classes):
    """A report of many classes, with long labels."""
    figures = report.figures
    kept = Kept(0.51, 0.75, 0.96)
    labels = [f"category/{i}/of a shop with a long name" for i in range(n_classes)]
    lines = [ClassLine(each, 1000.0, 990.0, 0.7, 0.8, 0.75, True, kept) for each in labels]
    terms = tuple(TermLine(f"some term {i}", 1.0, 7) for i in range(12))
    pieces = tuple(Piece(f"word{i} ", (-1) ** i * 0.5 + i / 1000) for i in range(120))
    errors = [WrongText(labels[0], labels[1], 0.9, 0.1, "a" * 90, 7, pieces, True)] * 30
    return ModelReport(
        replace(
            figures,
            classes=tuple(lines),
            matrix=None,
            errors=tuple(errors),
            top_terms=tuple(ClassTerms(each, terms) for each in labels[:100]),
        )
    )


def test_a_page_of_a_thousand_classes_is_below_a_megabyte(report):
    page = many_classes(report, 1000).to_html()
    assert len(page.encode()) < 1_000_000
    found = parsed(page)
    tails = [1 for tag, attributes in found.elements if attributes.get("class") == "tail"]
    assert len(tails) == 1000 - html.N_OPEN_CLASSES
    assert "Show all 1,000 classes" in "".join(found.text)
    assert not [1 for _, attributes in found.elements if attributes.get("class") == "heat"]


def test_more_classes_than_a_page_takes(report):
    page = many_classes(report, html.MOST_CLASSES + 500).to_html()
    assert len(page.encode()) < 1_000_000
    assert "Show the first 1,000 classes of 1,500" in re.sub(
        r"\s+", " ", "".join(parsed(page).text)
    )


def test_a_page_of_a_thousand_labels_is_below_a_megabyte():
    names = [["x"], ["x", "y"], ["y", "z"]] * 20
    model = tor.TextClassifier(n_features=2**10).fit(["a", "b", "c"] * 20, names)
    report = model.report(["a", "b", "c"], names[:3])
    figures, kept = report.figures, Kept(0.51, 0.75, 0.96)
    labels = [f"category/{i}/of a shop with a long name" for i in range(1000)]
    line = figures.labels[0]
    pieces = tuple(Piece(f"word{i} ", (-1) ** i * 0.5 + i / 1000) for i in range(120))
    error = SetError(labels[0], False, 0.9, tuple(labels[:3]), (), "a" * 90, 7, pieces, True)
    page = ModelReport(
        replace(
            figures,
            labels=tuple(replace(line, label=each, threshold=kept) for each in labels),
            wrong=(error,) * 30,
            missed=(error,) * 30,
        )
    ).to_html()
    assert len(page.encode()) < 1_000_000
    assert "Show all 1,000 labels" in "".join(parsed(page).text)


def test_a_page_without_anything_wrong():
    texts, labels = ["good film", "bad film"] * 30, ["yes", "no"] * 30
    page = tor.TextClassifier(n_features=2**10).fit(texts, labels).report(texts, labels).to_html()
    ids = {attributes.get("id") for _, attributes in parsed(page).elements}
    assert "overview" in ids and not {"errors", "confusions"} & ids


def colors(mode):
    """The colors of the page by name."""
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
    found = dict(re.findall(r"--(\w+): (#\w{6})", light))
    return found | dict(re.findall(r"--(\w+): (#\w{6})", dark)) if mode == "dark" else found


def rgb(color):
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def luminance(color):
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(first, second):
    high, low = sorted([luminance(first), luminance(second)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_contrast_is_that_of_wcag_aa(mode):
    found = {name: rgb(color) for name, color in colors(mode).items()}
    for text in ("text", "muted", "accent"):
        for ground in ("page", "raised"):
            assert contrast(found[text], found[ground]) >= 4.5, (text, ground)
    assert contrast(found["text"], found["bar"]) >= 4.5
    for name, share in re.findall(r"var\(--(for|against)\) (\d+)%, transparent", STYLE):
        mixed = found[name] * int(share) / 100 + found["page"] * (1 - int(share) / 100)
        assert contrast(found["text"], mixed) >= 4.5, (name, share)
    for name, most in (("against", 0.45), ("for", 0.65)):  # of the confusion matrix
        assert contrast(found["text"], found[name] * most + found["page"] * (1 - most)) >= 4.5
    assert contrast(found["fill"], found["page"]) >= 3  # lines


def test_jinja_that_is_missing_is_one_sentence(report, monkeypatch):
    html._engine.cache_clear()
    monkeypatch.setattr("torrential.extras.find_spec", lambda name: None)
    with pytest.raises(tor.ParameterError, match=r'pip install "torrential\[report\]"'):
        report.to_html()


def test_charts_without_points_are_empty():
    assert charts.learning_curve([]) == charts.reliability_diagram([]) == ""
    assert charts.coverage_curve([]) == ""


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (86.0, 100.0), (0.0, 0.001), (3.0, 3.5)])
def test_ticks_are_within_their_axis(low, high):
    found = ticks(low, high)
    assert 2 <= len(found) <= 7
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in found)


EVIL_SETS = [[label, LABELS[0]] if i % 3 else [] for i, label in enumerate(TARGET)]
KINDS = {
    "numbers": (tor.TextRegressor, RANDOM.normal(size=400)),
    "label sets": (tor.TextClassifier, EVIL_SETS),
}


@pytest.mark.parametrize("kind", KINDS)
def test_pages_of_other_kinds_are_as_safe_and_as_whole(kind):
    estimator, target = KINDS[kind]
    model = estimator(n_features=2**12, ngram_range=(1, 1)).fit(TEXTS, target)
    half = estimator(n_features=2**12, ngram_range=(1, 1)).fit(TEXTS[:40], target[:40])
    test_links_lead_to_sections_and_regions_have_names(model.report(TEXTS, target).to_html())
    test_nothing_is_fetched(model.report(TEXTS, target).to_html())
    for page in (
        model.report(TEXTS, target).to_html(),
        model.compare(half, TEXTS, target).to_html(),
    ):
        tags = [tag for tag, _ in parsed(page).elements]
        assert tags.count("script") == 1 and "b" not in tags and "img" not in tags
        assert page.count("alert(1)") == page.count("&lt;script&gt;alert(1)") > 5
        assert "\u202e" not in page


def in_browser(page, folder):
    """Return a page as a browser has it, which has no complaint."""
    path = folder / "report.html"
    path.write_text(page)
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    done = subprocess.run(
        ["chromium", *options, "--no-first-run", "--enable-logging=stderr",
         f"--user-data-dir={folder / 'profile'}", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "CONSOLE" not in done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
@pytest.mark.parametrize("kind", KINDS)
def test_a_browser_has_no_complaint_of_other_kinds(kind, tmp_path):
    estimator, target = KINDS[kind]
    model = estimator(n_features=2**12, ngram_range=(1, 1)).fit(TEXTS[:60], target[:60])
    shown = in_browser(model.report(TEXTS[:60], target[:60]).to_html(), tmp_path)
    assert "<h1>Text" in shown and "alert(1)" in shown


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_a_browser_sorts_the_classes_and_has_no_complaint(report, tmp_path):
    click = "<script>document.querySelectorAll('.sortable button')[0].click()</script></body>"
    shown = in_browser(many_classes(report, 60).to_html().replace("</body>", click), tmp_path)
    names = re.findall(r'<tr(?: class="(.*?)")?><th scope="row">category/(\d+)/', shown)
    assert [int(name) for _, name in names] == sorted(range(60), key=str)
    assert [kind for kind, _ in names].count("tail") == 60 - html.N_OPEN_CLASSES
