"""What a prediction has read, kept and found: for people and for programs."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from torrential.cli.output import say
from torrential.cli.show import compiled, odd_rows, print_json, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torrential.engine.scoring.prediction_counts import PredictionCounts

MOST_LABELS = 8
"""Labels whose share is shown."""


def failed_files(counts: "PredictionCounts") -> dict[str, str]:
    """Return the files of a folder that failed, and why."""
    failed: dict[str, str] = getattr(counts, "failed", {})
    return failed


def print_applied(
    counts: "PredictionCounts", output: str, seconds: float, labels: "dict[str, Sequence[Any]]"
) -> None:
    """Print the figures as one JSON object.

    Parameters
    ----------
    counts : PredictionCounts
    output : str
    seconds : float
    labels : dict of str to sequence
        Labels of each model by code, by the name of its column.
    """
    facts = asdict(counts)
    shares = counts.shares(list(labels.values()))
    del facts["by_label"]
    files = {name: facts.pop(name) for name in ("n_files", "n_done", "failed") if name in facts}
    print_json(
        {
            "predictions": output,
            "seconds": seconds,
            "bytes_per_second": counts.n_bytes / seconds if seconds > 0 else None,
            "rows": {**facts, "left_out": counts.left_out},
            "labels": dict(zip(labels, shares, strict=False)),
            **({"files": files} if files else {}),
        }
    )


def say_applied(
    counts: "PredictionCounts",
    seconds: float,
    labels: "dict[str, Sequence[Any]]",
    *,
    of_text: bool,
) -> None:
    """Print the figures on the standard error: the standard output may have the predictions."""
    what = " of text" if of_text else ""
    speed = size(counts.n_bytes / seconds) if seconds > 0 else size(0)
    lines = [
        f"Predicted {counts.n_rows:,} rows, {size(counts.n_bytes)}{what}, in {seconds:.1f} s "
        f"({speed}/s)."
    ]
    if counts.n_kept != counts.n_rows:
        lines.append(f"Kept {counts.n_kept:,} of them, {_share(counts.n_kept, counts.n_rows)}.")
    n_files, n_done = getattr(counts, "n_files", None), getattr(counts, "n_done", 0)
    if n_files is not None:
        done = f"; {n_done:,} had been written before" if n_done else ""
        lines.append(f"Wrote {_files(n_files)}{done}.")
    shares = zip(labels.items(), counts.shares(list(labels.values())), strict=False)
    has_labels = ((name, rows) for (name, known), rows in shares if len(known))  # not a number
    lines += [_shares(name, rows, counts.n_rows) for name, rows in has_labels]
    odd = odd_rows(replace(counts, n_rows=counts.n_rows + counts.left_out))
    say(*lines, *filter(None, [compiled(), odd]), is_error=True)


def say_failed(failed: dict[str, str]) -> None:
    """Name the files that failed, and say why."""
    for sentence in failed.values():
        say(f"torrential: error: {sentence}", is_error=True)
    say(f"torrential: {_files(len(failed))} of the folder failed.", is_error=True)


def _files(n: int) -> str:
    return f"{n:,} {'file' if n == 1 else 'files'}"


def _shares(name: str, rows: dict[str, int], n_rows: int) -> str:
    """Write the share of each label on a line, the most frequent first.

    >>> _shares("label", {"ham": 3, "spam": 1}, 8)
    'label: ham 37.5%, spam 12.5%, none 50.0%'
    """
    words = [f"{label} {_share(n, n_rows)}" for label, n in list(rows.items())[:MOST_LABELS]]
    others = list(rows.values())[MOST_LABELS:]
    if others:
        words.append(f"{len(others)} others {_share(sum(others), n_rows)}")
    if sum(rows.values()) < n_rows:
        words.append(f"none {_share(n_rows - sum(rows.values()), n_rows)}")
    return f"{name}: {', '.join(words)}"


def _share(n: int, n_rows: int) -> str:
    return f"{n / max(n_rows, 1):.1%}"
