"""Compare the accuracy of torrential with its peers' on test rows, and the time until it is good.

    python benchmarks/bench_accuracy.py SET... --work FOLDER --peers-python .venv-peers/bin/python

Each SET is a folder with train*.parquet and test*.parquet (text and label). prepare.py writes their
rows into FOLDER in the format of each tool, all in the same order; they are used again the next
time. Each run is a process of its own, which is killed if it passes ``--limit-s`` or
``--limit-mb``. ``--json`` is written after each run.

For each set a table has the accuracy, the macro-F1, the seconds from files to a trained model, and
the peak memory. A second table compares the accuracies with those of in-memory LinearSVC and of the
other tools. A third has the time to accuracy: the seconds of the quickest setting of each tool that
reaches 99 % of the best accuracy known for the set; Vowpal Wabbit and fastText also with the time
to write the file of tokens that they read. ``--figure`` draws accuracy against seconds.

``--only`` runs the contenders whose names begin so, and ``--with`` takes runs of the others from
files that ``--json`` wrote. With no contenders chosen (``--only`` alone), these files are printed.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

from accuracy_contenders import (
    ACCURATE,
    DEFAULT,
    FASTTEXT,
    FILES,
    PAIRS,
    PRESETS,
    SGD,
    SVC,
    TABLE,
    UNION,
    VOWPAL,
    Contender,
    contenders,
)
from accuracy_outcomes import SHARE_OF_BEST, Outcome, Value, read_outcomes
from common import HERE, arguments_of_sets, facts, median, print_table, run, write_json
from limits import Limits, PastLimit

PEERS = [VOWPAL, FASTTEXT, SGD, SVC]
TOOLS = [*PRESETS, *PEERS]
SHOWN_POINTS = 10
"""Of accuracy below the best, in a panel of the figure."""

DISTANCES = [
    "default, above LinearSVC on words and pairs",
    "accurate, above LinearSVC on the union",
    "accurate, above Vowpal Wabbit and fastText",
]


def prepare(folder: Path, args: argparse.Namespace, predict_mb: float = 0) -> Path:
    """Write the rows of a set in all formats, unless they are there; return where they are."""
    prepared = args.work / folder.name
    if not (prepared / "facts.json").exists():
        files = [folder / f"{part}*.parquet" for part in ("train", "test")]
        columns = ["--text", args.text, "--label", args.label]
        sizes = ["--train-mb", "0", "--predict-mb", str(predict_mb), "--rows-per-group", "4000"]
        run([sys.executable, HERE / "prepare.py", *files, prepared, *columns, *sizes])
    return prepared


def measure(
    chosen: list[Contender], set_facts: dict[str, Any], repeats: int, limits: Limits
) -> Iterator[Outcome]:
    """Run contenders in turn, and yield all runs so far after each."""
    outcome = Outcome(set_facts)
    for number in range(repeats):
        for each in chosen:
            if each.name in outcome.stopped:
                continue
            outcome.tools[each.name] = each.tool
            print(f"run {number + 1} of {repeats}: {each.name}", file=sys.stderr)
            try:
                outcome.runs.setdefault(each.name, []).append(run(each.command, limits=limits))
            except PastLimit as passed:
                outcome.stopped[each.name] = str(passed)
                outcome.runs.pop(each.name, None)
            yield outcome


def percent(value: float | None) -> str | None:
    """Return a percentage as tables show it."""
    return None if value is None else f"{value:.2f}"


def print_set(name: str, outcome: Outcome) -> None:
    """Print the table of one set."""
    header = ["", "accuracy", "macro-F1", "seconds", "min-max", "cpu s", "process s", "peak MiB"]
    rows: list[list[object]] = []
    for contender in TABLE:
        if reason := outcome.stopped.get(contender):
            rows.append([contender, reason, *[None] * 6])
        elif each := outcome.runs.get(contender):
            seconds = [one.seconds for one in each]
            rows.append(
                [
                    contender,
                    percent(outcome.score(contender)),
                    percent(outcome.score(contender, "macro_f1")),
                    median(each),
                    f"{min(seconds):.2f}-{max(seconds):.2f}",
                    median(each, lambda one: one.cpu_seconds),
                    median(each, lambda one: one.wall),
                    median(each, lambda one: one.peak_rss_mb),
                ]
            )
    print_table(f"{name}: {outcome.facts['test']['n_rows']} test rows", header, rows)


def distances(outcome: Outcome) -> list[str | None]:
    """Return the points of accuracy that DISTANCES names."""
    streams = [name for name in TABLE if name.startswith((VOWPAL, FASTTEXT))]
    streamed = [score for name in streams if (score := outcome.score(name)) is not None]
    pairs = [
        (outcome.score(DEFAULT), outcome.score(PAIRS)),
        (outcome.score(ACCURATE), outcome.score(UNION)),
        (outcome.score(ACCURATE), max(streamed, default=None)),
    ]
    return [None if None in pair else f"{pair[0] - pair[1]:+.2f}" for pair in pairs]


def times(outcome: Outcome, value: Value) -> list[str | None]:
    """Return the time to accuracy of each of ours, and of others by the quickest of ours."""
    ours = outcome.cost(PRESETS, value)
    each = [compared(outcome.cost([preset], value), None) for preset in PRESETS]
    cells = [percent(outcome.goal()), *each]
    for tool in PEERS:
        cost = outcome.cost([tool], value)
        cells.append(compared(cost, ours))
        if tool in FILES:
            cells.append(compared(None if cost is None else cost + outcome.writing(tool), ours))
    return cells


def compared(cost: float | None, ours: float | None) -> str:
    """Return a cost with its ratio to ours."""
    if cost is None:
        return "not reached"
    return f"{cost:.3g}" if ours is None else f"{cost:.3g} ({cost / ours:.1f}x)"


def print_all(outcomes: dict[str, Outcome]) -> None:
    """Print all tables."""
    for name, outcome in outcomes.items():
        print_set(name, outcome)
    rows = [[name, *distances(outcome)] for name, outcome in outcomes.items()]
    print_table("Points of accuracy above other tools", ["", *DISTANCES], rows)
    peers = [[tool, f"{tool} and its file"] if tool in FILES else [tool] for tool in PEERS]
    header = ["", "goal", *PRESETS, *chain(*peers)]
    kinds: dict[str, Value] = {
        "Seconds": lambda one: one.seconds,
        "Processor seconds": lambda one: one.cpu_seconds,
    }
    for kind, value in kinds.items():
        rows = [[name, *times(outcome, value)] for name, outcome in outcomes.items()]
        print_table(f"{kind} to {SHARE_OF_BEST:.0%} of the best accuracy", header, rows)


def draw(outcomes: dict[str, Outcome], path: Path) -> None:
    """Draw accuracy against seconds: a panel for each set, a curve for each tool."""
    import matplotlib.pyplot as plt

    n_columns = min(4, len(outcomes) + 1)
    n_rows = -(-(len(outcomes) + 1) // n_columns)
    figure, axes = plt.subplots(
        n_rows, n_columns, figsize=(3.2 * n_columns, 2.7 * n_rows), squeeze=False
    )
    panels = list(axes.flat)
    for panel, (name, outcome) in zip(panels, outcomes.items()):
        best, lowest = outcome.goal() / SHARE_OF_BEST, 100.0
        for number, tool in enumerate(TOOLS):
            points = outcome.points(tool, lambda one: one.seconds)
            seconds = [cost for cost, _ in points]
            scores = [score for _, score in points]
            color = plt.get_cmap("tab10")(number)
            panel.plot(seconds, scores, color=color, marker="o", ms=3, ls="")
            panel.plot(seconds, list(accumulate(scores, max)), color=color, lw=1.2, label=tool)
            lowest = min([lowest, *scores])
        panel.axhline(outcome.goal(), color="gray", ls=":", lw=1)
        panel.set_xscale("log")
        margin = 0.05 * (best - max(lowest, best - SHOWN_POINTS))
        panel.set_ylim(max(lowest, best - SHOWN_POINTS) - margin, best + margin)
        panel.xaxis.set_major_formatter("{x:g}")
        panel.set_title(name, fontsize=9)
    handles, labels = panels[0].get_legend_handles_labels()
    for panel in panels[len(outcomes) :]:
        panel.axis("off")
    panels[-1].legend(handles, labels, loc="center", fontsize=8)
    figure.supxlabel("seconds from files to a trained model", fontsize=9)
    figure.supylabel("accuracy on the test rows, %", fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=150)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = arguments_of_sets(__doc__, what="runs")
    parser.add_argument("--work", type=Path, required=True, help="folder of prepared files")
    parser.add_argument("--peers-python", type=Path, required=True, help="python with the peers")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each contender")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="run these contenders alone")
    parser.add_argument("--with", type=Path, nargs="+", default=[], dest="previous", metavar="JSON")
    parser.add_argument("--limit-s", type=float, default=600, help="seconds of a run, at most")
    parser.add_argument("--limit-mb", type=float, default=8192, help="MiB of a run, at most")
    parser.add_argument("--figure", type=Path, help="draw accuracy against seconds to this file")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    limits = Limits(args.limit_s, args.limit_mb)
    outcomes: dict[str, Outcome] = {}
    previous = [read_outcomes(path) for path in args.previous]
    for folder in args.folders:
        prepared = prepare(folder, args)
        outcome = outcomes[folder.name] = Outcome(facts(prepared))
        for each in previous:
            if folder.name in each:
                outcome.update(each[folder.name])
        chosen = contenders(prepared, args.peers_python, args.n_jobs)
        if args.only is not None:
            chosen = [each for each in chosen if each.name.startswith(tuple(args.only))]
        print(folder.name, file=sys.stderr)
        for fresh in measure(chosen, outcome.facts, args.repeats, limits):
            outcome.update(fresh)
            write_json(args.json, {"sets": outcomes})
    write_json(args.json, {"sets": outcomes})
    print_all(outcomes)
    if args.figure:
        draw(outcomes, args.figure)


if __name__ == "__main__":
    main()
