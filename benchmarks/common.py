"""Shared parts of all benchmarks: run and measure commands, medians, ratios, tables, JSON.

This module uses the standard library only, and reads nothing into memory: on Linux the peak memory
of a child process starts from the memory of its parent.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from limits import Limits, held_to

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
TORRENTIAL = Path(sys.executable).with_name("torrential")
KIBIBYTES_PER_MEBIBYTE = 2**10  # Linux gives ru_maxrss in KiB
MEGABYTE = 10**6


@dataclass(frozen=True)
class Run:
    """One run of a command.

    Attributes
    ----------
    wall, cpu : float
        Seconds of the whole process, start-up and imports included; cpu is user and system time.
    peak_rss_mb : float
        Largest resident memory, in MiB: until the end of the work if the program measured it, else
        of the process.
    report : dict
        Last line of the program's output (see programs/measure.py); empty without one.
    """

    wall: float
    cpu: float
    peak_rss_mb: float
    report: dict[str, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Return the seconds of the work alone if the program measured it, else of the process."""
        return self.report.get("seconds", self.wall)

    @property
    def cpu_seconds(self) -> float:
        """Return the processor seconds, of the work alone if the program measured it."""
        return self.report.get("cpu_seconds", self.cpu)


Command = Sequence[str | Path]


def program(name: str, *arguments: object, python: str | Path = sys.executable) -> Command:
    """Return the command of one of the contenders in programs/."""
    return [python, PROGRAMS / f"with_{name}.py", *map(str, arguments)]


def program_of_peers(name: str, *arguments: object) -> Command:
    """Return the command of a program for the peers' Python, which is the last argument."""
    *words, python = arguments
    return [str(python), PROGRAMS / f"{name}.py", *map(str, words)]


def run(
    command: Command, environment: Mapping[str, str] | None = None, limits: Limits | None = None
) -> Run:
    """Run a command to its end and measure it; if it fails, raise an error with its output.

    If it passes a limit, it is killed, and PastLimit is raised.
    """
    variables = {**os.environ, **(environment or {})}
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=variables)
    last_line = ""
    with held_to(limits, process) if limits else nullcontext():
        for line in process.stdout or ():  # fastText prints all predictions: keep the last line
            last_line = line
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(
            f"{' '.join(map(str, command))} failed with exit code {process.returncode}"
        )
    report = json.loads(last_line) if last_line.startswith("{") else {}
    peak_rss_mb = report.get("peak_rss_mb", used.ru_maxrss / KIBIBYTES_PER_MEBIBYTE)
    return Run(wall, used.ru_utime + used.ru_stime, peak_rss_mb, report)


def alternate(contenders: Mapping[str, Callable[[], Run]], repeats: int) -> dict[str, list[Run]]:
    """Run all contenders in turn, ``repeats`` times, so that a slow minute affects all of them."""
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for number in range(repeats):
        for name, start in contenders.items():
            print(f"run {number + 1} of {repeats}: {name}", file=sys.stderr)
            runs[name].append(start())
    return runs


def median(runs: Iterable[Run], value: Callable[[Run], float] = lambda each: each.seconds) -> float:
    """Return the median of a value over runs, of the seconds by default."""
    return statistics.median(map(value, runs))


def print_table(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as a Markdown table with aligned columns."""
    cells = [list(header), *([_shown(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
        for row in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    print(f"\n{title}\n", lines[0], rule, *lines[1:], sep="\n")


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)


def print_race(
    title: str, runs: Mapping[str, list[Run]], text_bytes: int, ours: Sequence[str]
) -> None:
    """Print a table of contenders, with the speed of each of ours relative to every other."""
    header = ["", "seconds", "min-max", "MB/s", "cpu s", "process s", "peak MiB", "accuracy"]
    rows = []
    for name, each in runs.items():
        seconds = [one.seconds for one in each]
        accuracy = each[-1].report.get("accuracy")
        rows.append(
            [
                name,
                median(each),
                f"{min(seconds):.2f}-{max(seconds):.2f}",
                text_bytes / MEGABYTE / median(each),
                median(each, lambda one: one.cpu_seconds),
                median(each, lambda one: one.wall),
                median(each, lambda one: one.peak_rss_mb),
                None if accuracy is None else f"{accuracy:.4f}",
                *(
                    f"{median(each) / median(runs[us]):.1f}x" if name not in ours else "-"
                    for us in ours
                ),
            ]
        )
    print_table(title, header + [f"{us} is faster" for us in ours], rows)


def ratios(runs: Mapping[str, list[Run]], ours: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return the speed of each of ours relative to every other contender, by median seconds."""
    others = [name for name in runs if name not in ours]
    return {us: {name: median(runs[name]) / median(runs[us]) for name in others} for us in ours}


def arguments(description: str | None, *, peers: bool, repeats: int = 3) -> argparse.ArgumentParser:
    """Return a parser with the options that all benchmarks have."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=repeats, help="runs of each contender")
    parser.add_argument("--json", type=Path, help="write all runs to this file as well")
    if peers:
        parser.add_argument(
            "--peers-python", type=Path, required=True, help="python with the peers"
        )
    return parser


def arguments_of_sets(description: str | None, *, what: str) -> argparse.ArgumentParser:
    """Return a parser for benchmarks that learn folders of labeled sets as they are."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+", metavar="SET")
    parser.add_argument("--text", default="text", help="name of the text column")
    parser.add_argument("--label", default="label", help="name of the label column")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, help=f"write all {what} to this file as well")
    return parser


def training_files(folder: Path) -> list[Path]:
    """Return the training files of a set."""
    files = sorted(folder.glob("train*.parquet"))
    if not files:
        raise SystemExit(f"there is no train*.parquet in {folder}")
    return files


def facts(folder: Path) -> dict[str, Any]:
    """Read the facts of a folder, written by prepare.py."""
    return json.loads((folder / "facts.json").read_text())


def write_json(path: Path | None, result: Mapping[str, object]) -> None:
    """Write a result with its machine and versions, if a path was given."""
    if path is None:
        return
    libraries = ["torrential", "scikit-learn", "numba", "numpy", "pyarrow"]
    machine = {
        "date": time.strftime("%Y-%m-%d"),
        "cpus": len(os.sched_getaffinity(0)),
        "processor": processor_name(),
        "python": platform.python_version(),
        **{library: version(library) for library in libraries},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine, **result}
    path.write_text(json.dumps(content, indent=1, default=asdict) + "\n")


def processor_name() -> str:
    """Return the name of the processor, if the system reports it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def report_race(
    what: str,
    args: argparse.Namespace,
    runs: Mapping[str, list[Run]],
    text_bytes: int,
    ours: Sequence[str],
) -> None:
    """Print the table of a race, and write it to the file that ``--json`` names."""
    title = f"{what}, {args.n_jobs} threads, {text_bytes / 1e6:.0f} MB"
    print_race(title, runs, text_bytes, ours)
    result = {"text_bytes": text_bytes, "ratios": ratios(runs, ours), "runs": runs}
    write_json(args.json, result)
