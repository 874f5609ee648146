"""The report as a model card: Markdown with metadata in front, as hubs of models read it."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from torrential.engine.reporting.parts import WrongText
from torrential.engine.reporting.report import Report
from torrential.escapes import visible
from torrential.evaluation.findings.intervals import Estimate
from torrential.pages.numbers import amount, percent
from torrential.pages.sentences import in_short
from torrential.units import human_size

MOST_CLASSES = 50
MOST_CONFUSIONS = 10
MOST_ERRORS = 5
MOST_TERMS = 8
MOST_CHARACTERS = 300

_SPECIAL = re.compile(r"([\\`*_\[\]|~$])|^(?=[-+#=])|(?<=^\d)(?=[.)])")
"""What Markdown may take for its own, anywhere or at the beginning."""


def card(report: Report) -> str:
    """Return the model card."""
    sections = (
        _front_matter(report),
        _begin(report),
        _usage(report),
        _figures(report),
        _classes(report),
        _confusions(report),
        _errors(report),
        _terms(report),
        _confidence(report),
        _segments(report),
        _training(report),
        _provenance(report),
    )
    return "\n".join(line for section in sections for line in section).rstrip() + "\n"


def escaped(value: object) -> str:
    r"""Return a value as Markdown that shows it as it is, on one line.

    >>> print(escaped("<b>*a|b*</b>"))
    &lt;b&gt;\*a\|b\*&lt;/b&gt;
    """
    text = " ".join(visible(" ".join(str(value).split())).split())
    text = _SPECIAL.sub(lambda found: f"\\{found[1] or ''}", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _front_matter(report: Report) -> Iterator[str]:
    """Yield metadata in YAML, of which JSON is a part."""
    head = report.head
    measured = {"accuracy": head.accuracy.value, "f1": head.macro_f1.value}
    metrics = [
        {"type": name, "value": round(value, 6), "name": "Macro-F1" if name == "f1" else "Accuracy"}
        for name, value in measured.items()
    ]
    task = {"type": "text-classification"}
    dataset = {"name": visible(report.provenance.data), "type": "other"}
    results = [{"task": task, "dataset": dataset, "metrics": metrics}]
    facts: dict[str, Any] = {
        "library_name": "torrential",
        "pipeline_tag": "text-classification",
        "tags": ["torrential", report.provenance.kind],
        "model-index": [{"name": visible(report.name), "results": results}],
    }
    yield "---"
    yield from (f"{name}: {json.dumps(value)}" for name, value in facts.items())
    yield "---"
    yield ""


def _begin(report: Report) -> Iterator[str]:
    yield f"# {escaped(report.name)}"
    yield ""
    yield (
        f"A {report.provenance.kind} of torrential, trained on "
        f"{amount(report.provenance.learned_rows)} rows, with {amount(len(report.classes))} "
        f"classes. Measured on {amount(report.head.n_rows)} rows of "
        f"{escaped(report.provenance.data)}."
    )
    yield ""
    yield from (f"- {escaped(sentence)}" for sentence in in_short(report))
    yield ""


def _usage(report: Report) -> Iterator[str]:
    yield "## Use"
    yield ""
    yield "```python"
    yield "import torrential as tor"
    yield ""
    yield f"model = tor.load({report.name + '.model'!r})"
    yield 'model.predict(["a text"])'
    yield "```"
    yield ""


def _figures(report: Report) -> Iterator[str]:
    head = report.head
    yield "## Figures"
    yield ""
    loss = head.log_loss
    yield from table(
        ["figure", "value", "95% interval"],
        [
            ["accuracy", percent(head.accuracy.value), _interval(head.accuracy)],
            ["macro-F1", percent(head.macro_f1.value), _interval(head.macro_f1)],
            ["log loss", f"{loss.value:.4f}", f"{loss.low:.4f} to {loss.high:.4f}"],
            ["baseline: the most frequent label", percent(head.baseline), ""],
            ["Brier score", f"{head.brier_score:.4f}", ""],
            ["expected calibration error", percent(head.calibration_error), ""],
        ],
    )


def _classes(report: Report) -> Iterator[str]:
    yield "## Classes"
    yield ""
    yield "From the threshold on, 95% of the predictions of a class are right."
    yield ""
    yield from table(
        ["class", "rows", "precision", "recall", "F1", "threshold"],
        [
            [
                escaped(each.label),
                amount(each.support),
                percent(each.precision),
                percent(each.recall),
                percent(each.f1),
                percent(each.threshold.threshold) if each.threshold else "none",
            ]
            for each in report.classes[:MOST_CLASSES]
        ],
    )
    if len(report.classes) > MOST_CLASSES:
        yield f"{amount(len(report.classes) - MOST_CLASSES)} other classes have fewer rows."
        yield ""


def _confusions(report: Report) -> Iterator[str]:
    if not report.confusions:
        return
    yield "## Confusions"
    yield ""
    yield from table(
        ["true label", "predicted", "rows", "of the label's rows"],
        [
            [escaped(each.true), escaped(each.predicted), amount(each.weight), percent(each.share)]
            for each in report.confusions[:MOST_CONFUSIONS]
        ],
    )


def _errors(report: Report) -> Iterator[str]:
    yield from _wrong("Most confident errors", report.errors)
    yield from _wrong("Probable label errors in the training", report.label_errors or ())


def _wrong(title: str, rows: Sequence[WrongText]) -> Iterator[str]:
    if not rows:
        return
    yield f"## {title}"
    yield ""
    for each in rows[:MOST_ERRORS]:
        text = "".join(piece.text for piece in each.pieces)
        cut = "..." if each.is_cut or len(text) > MOST_CHARACTERS else ""
        yield (
            f"- **{escaped(each.true)}**, predicted **{escaped(each.predicted)}** with "
            f"{percent(each.probability)}: {escaped(text[:MOST_CHARACTERS])}{cut}"
        )
    yield ""


def _terms(report: Report) -> Iterator[str]:
    if not report.top_terms:
        return
    yield "## Heaviest terms"
    yield ""
    yield from table(
        ["class", "terms"],
        [
            [
                escaped(each.label),
                ", ".join(escaped(term.term) for term in each.terms[:MOST_TERMS]),
            ]
            for each in report.top_terms[:MOST_CLASSES]
        ],
    )


def _confidence(report: Report) -> Iterator[str]:
    yield "## Confidence"
    yield ""
    yield from table(
        ["most confident rows", "from probability", "right"],
        [
            [percent(each.coverage), percent(each.threshold), percent(each.precision)]
            for each in report.shares
        ],
    )


def _segments(report: Report) -> Iterator[str]:
    if not report.segments:
        return
    yield "## Segments"
    yield ""
    for of_name in report.segments:
        yield from table(
            [escaped(of_name.name), "rows", "right", "95% interval"],
            [
                [
                    escaped(each.value),
                    amount(each.weight),
                    percent(each.accuracy.value),
                    _interval(each.accuracy),
                ]
                for each in of_name.segments
            ],
        )


def _training(report: Report) -> Iterator[str]:
    yield "## Training"
    yield ""
    yield from table(
        ["pass", "rows", "loss", "right"],
        [
            [
                f"{number}{', learned before' if each.learned_before else ''}",
                amount(each.n_rows),
                "" if each.loss is None else f"{each.loss:.4f}",
                percent(each.accuracy),
            ]
            for number, each in enumerate(report.learning.passes, 1)
        ],
    )


def _provenance(report: Report) -> Iterator[str]:
    found = report.provenance
    chosen = ", ".join(f"{name}={value!r}" for name, value in found.chosen.items())
    versions = ", ".join(f"{name} {value}" for name, value in found.versions.items())
    yield "## Provenance"
    yield ""
    yield from table(
        ["fact", "value"],
        [
            ["size", human_size(report.head.model_bytes)],
            ["parameters", escaped(chosen) or "all as by default"],
            ["fingerprint of the model", found.fingerprint or "none"],
            ["fingerprint of the data", found.data_fingerprint or "none"],
            ["versions", escaped(versions)],
            ["made", found.made],
        ],
    )
    yield "To make this card again:"
    yield ""
    yield code_line(found.command)


def _interval(found: Estimate) -> str:
    return f"{percent(found.low)} to {percent(found.high)}" if found.low < found.high else ""


def code_line(text: str) -> str:
    """Return a text as a line of code, which shows it as it is."""
    return f"    {visible(text)}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, and an empty one."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'|'.join(' --- ' for _ in header)}|"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""
