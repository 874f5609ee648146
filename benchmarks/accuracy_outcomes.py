"""What bench_accuracy.py found out: runs of contenders on one set, their scores and costs."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accuracy_contenders import FILES
from common import Run, median

SHARE_OF_BEST = 0.99
Value = Callable[[Run], float]
"""Seconds of a run, or processor seconds."""

PARTS = ["train", "test"]


@dataclass
class Outcome:
    """All runs on one set.

    Attributes
    ----------
    facts : dict
        Numbers of classes, rows and bytes, and seconds of writing files, from prepare.py.
    runs : dict
        Of each contender, by name.
    stopped : dict
        The limit that a contender passed, by name.
    tools : dict
        The tool of each contender, by name.
    """

    facts: dict[str, Any]
    runs: dict[str, list[Run]] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    tools: dict[str, str] = field(default_factory=dict)

    def score(self, name: str, metric: str = "accuracy") -> float | None:
        """Return the median of a metric in percent; None if the contender has no run."""
        each = self.runs.get(name)
        return median(each, lambda one: 100 * one.report[metric]) if each else None

    def points(self, tool: str, value: Value) -> list[tuple[float, float]]:
        """Return the cost and the accuracy of all settings of a tool, the cheapest first."""
        names = [name for name in self.runs if self.tools[name] == tool]
        return sorted((median(self.runs[name], value), self.score(name) or 0.0) for name in names)

    def goal(self, share: float = SHARE_OF_BEST) -> float:
        """Return the accuracy that counts as good: a share of the best one."""
        return share * max(self.score(name) or 0.0 for name in self.runs)

    def cost(
        self, tools: Iterable[str], value: Value, share: float = SHARE_OF_BEST
    ) -> float | None:
        """Return the least cost of a setting of these tools that is good; None if none is."""
        points = [point for tool in tools for point in self.points(tool, value)]
        return min(
            (cost for cost, accuracy in points if accuracy >= self.goal(share)), default=None
        )

    def writing(self, tool: str) -> float:
        """Return the processor seconds to write the file that a tool reads."""
        return self.facts["train"]["writing_s"][FILES[tool]]

    def update(self, other: "Outcome") -> None:
        """Take over the contenders of another outcome on the same rows."""
        if any(rows_of(self.facts[part]) != rows_of(other.facts[part]) for part in PARTS):
            raise SystemExit("--with has runs on other rows: leave out that file or its set")
        for name in other.tools:
            self.runs.pop(name, None), self.stopped.pop(name, None)
        self.runs |= other.runs
        self.stopped |= other.stopped
        self.tools |= other.tools


def rows_of(facts: dict[str, Any]) -> tuple[int, int]:
    """Return the number of rows of a part and their bytes."""
    return facts["n_rows"], facts["text_bytes"]


def read_outcomes(path: Path) -> dict[str, Outcome]:
    """Read what ``--json`` wrote, by set."""
    outcomes = {}
    for name, content in json.loads(path.read_text())["sets"].items():
        runs = {who: [Run(**each) for each in runs] for who, runs in content["runs"].items()}
        outcomes[name] = Outcome(**{**content, "runs": runs})
    return outcomes
