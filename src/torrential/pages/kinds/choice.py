"""Which view a report has, by its kind."""

from typing import Any

from torrential.engine.reporting.label_report import Report
from torrential.engine.reporting.number_report import NumberReport
from torrential.engine.reporting.set_report import SetReport
from torrential.engine.reporting.training_report import TrainingReport
from torrential.pages.kinds.contract import View
from torrential.pages.kinds.label_sets import LabelSetsView
from torrential.pages.kinds.labels import LabelsView
from torrential.pages.kinds.numbers import NumbersView
from torrential.pages.kinds.training import TrainingView

VIEWS: dict[type, View] = {
    Report: LabelsView(),
    SetReport: LabelSetsView(),
    NumberReport: NumbersView(),
    TrainingReport: TrainingView(),
}


def view_of(report: Any) -> View:
    """Return the view of a report."""
    return VIEWS[type(report)]
