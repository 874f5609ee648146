"""What the reports of models of all kinds of targets keep to."""

import pickle

import pyarrow as pa
from pyarrow import parquet

import torrential as tor
from torrential.engine.reporting.measure import measure


def rows_in_groups(folder, columns, target):
    """Write rows of texts to a file of several row groups, and return its dataset."""
    path = folder / "test.parquet"
    parquet.write_table(pa.table(columns), path, row_group_size=60)
    return tor.read(path, text="text", target=target)


def check_same_for_workers(model, rows, figures, n_jobs, folder, **asked):
    """Check that another number of workers finds the same figures, also of the saved model."""
    model.save(folder / "m")
    other = tor.load(folder / "m").set_params(n_jobs=n_jobs).report(rows, **asked)
    ours, theirs = figures.to_dict(), other.to_dict()
    for each in (ours, theirs):
        each["provenance"].pop("made")
        each["head"].pop("seconds")
        each["provenance"].pop("fingerprint")  # of a file, it has the rows that are read
    assert ours == theirs


def check_flat_memory(model, texts, targets):
    """Check that what a report sums up does not grow with the rows."""
    sizes = []
    for n_times in (2, 20):
        columns = {"text": [*texts] * n_times, "target": [*targets] * n_times}
        rows = tor.read(columns, text="text", target="target")
        summary = measure(model.model_, rows, tor.Threads(2), most_errors=5).summary
        assert summary.counts.n_rows == len(texts) * n_times
        pairs = getattr(summary.findings.evaluation.metrics, "pairs", None)
        if pairs is not None:  # those of numbers are summed up when they are read
            pairs.cells()
        sizes.append(len(pickle.dumps(summary)))
    assert sizes[1] < 1.01 * sizes[0] + 100
