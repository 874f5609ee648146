"""The report as a model card: Markdown with metadata in front, as hubs of models read it."""

import json
from collections.abc import Iterator
from typing import Any

from torrential.engine.reporting.report import AnyReport, MeasuredReport
from torrential.escapes import visible
from torrential.pages.kinds.choice import view_of
from torrential.pages.markdown_text import MOST_CLASSES, code_line, escaped, table
from torrential.pages.numbers import amount, percent
from torrential.units import human_size

MOST_TERMS = 8


def card(report: AnyReport) -> str:
    """Return the model card."""
    sections = (
        _front_matter(report),
        _begin(report),
        _usage(report),
        _figures(report),
        view_of(report).lines(report),
        _terms(report),
        _segments(report),
        _training(report),
        _provenance(report),
    )
    return "\n".join(line for section in sections for line in section).rstrip() + "\n"


def _front_matter(report: AnyReport) -> Iterator[str]:
    """Yield metadata in YAML, of which JSON is a part."""
    found = view_of(report).metadata(report)
    metrics = [
        {"type": kind, "value": round(value, 6), "name": name}
        for kind, (name, value) in found.metrics.items()
    ]
    # Hubs have no name of their own for numbers of texts.
    task = f"tabular-{found.task}" if report.is_table else "text-classification"
    dataset = {"name": visible(report.provenance.data), "type": "other"}
    results = [{"task": {"type": task}, "dataset": dataset, "metrics": metrics}] if metrics else []
    facts: dict[str, Any] = {
        "library_name": "torrential",
        "pipeline_tag": task,
        "tags": ["torrential", report.provenance.kind],
    }
    if results:
        facts["model-index"] = [{"name": visible(report.name), "results": results}]
    yield "---"
    yield from (f"{name}: {json.dumps(value)}" for name, value in facts.items())
    yield "---"
    yield ""


def _begin(report: AnyReport) -> Iterator[str]:
    view = view_of(report)
    yield f"# {escaped(report.name)}"
    yield ""
    extent = "".join(f", with {value} {name.lower()}" for name, value in view.facts(report)[:1])
    measured = ""
    if isinstance(report, MeasuredReport):
        n_rows = amount(report.head.n_rows)
        measured = f" Measured on {n_rows} rows of {escaped(report.provenance.data)}."
    yield (
        f"A {report.provenance.kind} of torrential, trained on "
        f"{amount(report.provenance.learned_rows)} rows{extent}.{measured}"
    )
    yield ""
    yield from (f"- {escaped(sentence)}" for sentence in view.in_short(report))
    yield ""


def _usage(report: AnyReport) -> Iterator[str]:
    yield "## Use"
    yield ""
    yield "```python"
    yield "import torrential as tor"
    yield ""
    yield f"model = tor.load({report.name + '.model'!r})"
    rows = 'tor.read("new.parquet")' if report.is_table else '["a text"]'
    yield f"model.predict({rows})"
    yield "```"
    yield ""


def _figures(report: AnyReport) -> Iterator[str]:
    yield "## Figures"
    yield ""
    yield from table(["figure", "value", "95% interval"], view_of(report).figures(report))


def _terms(report: AnyReport) -> Iterator[str]:
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


def _segments(report: AnyReport) -> Iterator[str]:
    if not isinstance(report, MeasuredReport) or not report.segments:
        return
    view = view_of(report)
    yield "## Segments"
    yield ""
    for of_name in report.segments:
        yield from table(
            [escaped(of_name.name), "rows", *(head.lower() for head in view.segment_heads)],
            [
                [
                    escaped(each.value),
                    amount(each.weight),
                    *(cell.text for cell in view.segment_cells(each)),
                ]
                for each in of_name.segments
            ],
        )


def _training(report: AnyReport) -> Iterator[str]:
    yield "## Training"
    yield ""
    has_accuracy = any(each.accuracy is not None for each in report.learning.passes)
    rows = [
        [
            f"{number}{', learned before' if each.learned_before else ''}",
            amount(each.n_rows),
            "" if each.loss is None else f"{each.loss:.4f}",
            *([percent(each.accuracy)] if has_accuracy else []),
        ]
        for number, each in enumerate(report.learning.passes, 1)
    ]
    yield from table(["pass", "rows", "loss", *(["right"] if has_accuracy else [])], rows)


def _provenance(report: AnyReport) -> Iterator[str]:
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
