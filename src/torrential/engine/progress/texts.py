"""Texts for displays of progress: sizes, speeds, losses and times."""

from torrential.engine.progress.progress import Tally
from torrential.engine.progress.throughput import resident_bytes
from torrential.evaluation.progressive import ProgressiveLine

_COLUMNS = {"average loss": 12, "since last": 10, "accuracy": 8}
_LOG_LOSS, _ROC_AUC = {"log loss": 8}, {"ROC AUC": 7}
_COLUMNS_ALWAYS = {"rows": 13, "MB/s": 8, "seconds": 8}


def shows_parts(tally: Tally) -> bool:
    """Return whether only whole parts are reported, so that progress is shown as messages."""
    return tally.n_bytes == 0 and tally.validation is None


def header_text(tally: Tally) -> str:
    """Return the names of the columns that `line_text` fills."""
    columns = _columns(tally)
    if tally.learned_before:  # of as many letters as accuracy
        columns = {"training" if name == "accuracy" else name: columns[name] for name in columns}
    return "  ".join(name.rjust(width) for name, width in columns.items())


def line_text(tally: Tally, line: ProgressiveLine) -> str:
    """Return a line of right-aligned numbers, 69 columns wide; for two classes 78 or 88."""
    words = {
        "average loss": _loss_text(line.average_loss),
        "since last": _loss_text(line.since_last),
        "accuracy": _accuracy_text(line.accuracy),
        "log loss": "-" if line.log_loss is None else _loss_text(line.log_loss),
        "ROC AUC": _auc_text(line.roc_auc),
        "rows": f"{line.n_rows:,}",
        "MB/s": f"{_megabytes(tally):.1f}",
        "seconds": f"{tally.seconds:.1f}",
    }
    return "  ".join(words[name].rjust(width) for name, width in _columns(tally).items())


def _columns(tally: Tally) -> dict[str, int]:
    """Return the width of each column; the average loss of log odds is their log loss."""
    validation = tally.validation
    if validation is None:
        return _COLUMNS_ALWAYS
    columns = _COLUMNS
    if validation.has_probabilities:
        columns = columns | (_LOG_LOSS if validation.has_margins else {}) | _ROC_AUC
    return columns | _COLUMNS_ALWAYS


def facts(tally: Tally, is_wide: bool, is_widest: bool) -> str:
    """Return the line under the bar, whose numbers keep their positions."""
    words = [f"{tally.n_rows:>13,} rows"]
    if tally.n_bytes > 0:  # parts that are learned elsewhere report only at their end
        words.append(f"{_megabytes(tally):>6.1f} MB/s")
    figures = None if tally.validation is None else tally.validation.probabilities
    if is_wide and figures is None:
        words.append(f"{tally.rate(tally.n_rows):>9,.0f} rows/s")
    if tally.validation is not None and tally.validation.n_rows:
        words.append(f"loss {_loss_text(tally.validation.average_loss):>7}")
        if tally.validation.accuracy is not None:
            words.append(f"{tally.accuracy_name} {_accuracy_text(tally.validation.accuracy):>6}")
    if figures is not None:
        words.append(f"AUC {_auc_text(figures.roc_auc):>6}")
    if is_widest:
        words.append(f"{resident_bytes() / 1e6:>6,.0f} MB")
    return "   ".join(words)


def _megabytes(tally: Tally) -> float:
    return tally.rate(tally.n_bytes / 1e6)


def _loss_text(loss: float) -> str:
    return f"{loss:.4f}" if loss == 0 or 1e-3 <= abs(loss) < 1e5 else f"{loss:.3e}"


def _accuracy_text(accuracy: float | None) -> str:
    return "-" if accuracy is None else f"{accuracy:.2%}"


def _auc_text(roc_auc: float | None) -> str:
    return "-" if roc_auc is None else f"{roc_auc:.4f}"


def time_text(seconds: float, fraction: float) -> str:
    """Return the time since the beginning and, before the end, the remaining time."""
    if not 0 < fraction < 1:
        return clock_text(seconds)
    return f"{clock_text(seconds)}, {clock_text(seconds / fraction - seconds)} left"


def clock_text(seconds: float) -> str:
    """Return a time as hours, minutes and seconds."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
