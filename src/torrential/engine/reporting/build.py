"""Make the report of a model from what the pass has found, by the kind of its targets."""

from torrential.engine.reporting.building.common import Subject
from torrential.engine.reporting.building.label_sets import build_label_sets
from torrential.engine.reporting.building.labels import build_labels
from torrential.engine.reporting.building.numbers import build_numbers
from torrential.engine.reporting.kinds.choice import LABEL_SETS, LABELS, NUMBERS, kind_of
from torrential.engine.reporting.measure import Measured
from torrential.engine.reporting.report import MeasuredReport

BUILD = {LABELS: build_labels, LABEL_SETS: build_label_sets, NUMBERS: build_numbers}


def build(subject: Subject, found: Measured) -> MeasuredReport:
    """Return the report.

    Parameters
    ----------
    subject : Subject
    found : Measured
    """
    return BUILD[kind_of(subject.model)](subject, found)
