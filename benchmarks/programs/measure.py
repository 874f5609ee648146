"""The frame of every program: its command line, and the cost of its work as one line of JSON.

Each program in this folder is one contender. It runs in a separate process, which gives it its own
peak memory and processor time. This module uses the standard library only: torrential is not
installed in the peers' environment.
"""

import argparse
import json
import resource
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

Report = dict[str, object]
KIBIBYTES_PER_MEBIBYTE = 2**10  # Linux gives ru_maxrss in KiB


def processor_seconds() -> float:
    """Return the user and system time of this process, over all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_rss_mb() -> float:
    """Return the largest resident memory so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIBIBYTES_PER_MEBIBYTE


@contextmanager
def measured(report: Report) -> Iterator[None]:
    """Add the seconds, processor seconds and peak memory of the block to ``report``."""
    wall, processor = time.perf_counter(), processor_seconds()
    yield
    report["seconds"] = time.perf_counter() - wall
    report["cpu_seconds"] = processor_seconds() - processor
    report["peak_rss_mb"] = peak_rss_mb()


def scores(predicted: Sequence[Hashable], labels: Sequence[Hashable]) -> Report:
    """Return the accuracy and the macro-F1, the mean over all classes that occur in either."""
    right = Counter(label for answer, label in zip(predicted, labels) if answer == label)
    occurrences = Counter(predicted) + Counter(labels)
    f1 = [2 * right[label] / n for label, n in occurrences.items()]
    return {"accuracy": right.total() / len(labels), "macro_f1": sum(f1) / len(f1)}


def main(
    description: str | None,
    train: Callable[[argparse.Namespace], Report],
    predict: Callable[[argparse.Namespace], Report] | None = None,
    **options: float | str,
) -> None:
    """Do ``train DATA [--test TEST] [--save MODEL]`` or ``predict MODEL DATA``; print the report.

    The other options have the types of their defaults.
    """
    parser = argparse.ArgumentParser(description=description)
    commands = parser.add_subparsers(required=True)
    training = commands.add_parser("train")
    training.set_defaults(work=train)
    training.add_argument("data", type=Path)
    training.add_argument("--test", type=Path)
    training.add_argument("--save", type=Path)
    if predict is not None:
        prediction = commands.add_parser("predict")
        prediction.set_defaults(work=predict)
        prediction.add_argument("model", type=Path)
        prediction.add_argument("data", type=Path)
    for name, default in options.items():
        for command in commands.choices.values():
            command.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    args = parser.parse_args()
    print(json.dumps(args.work(args)), flush=True)
