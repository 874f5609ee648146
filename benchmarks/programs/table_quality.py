"""Bins of numbers, and the quality of the probabilities that a program gives to test rows.

It is imported after what is measured: Vowpal Wabbit's program needs none of these libraries.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.metrics import log_loss, roc_auc_score

BINS_PER_OCTAVE = 16


def bins(numbers: pa.Array) -> pa.Array:
    """Return the bin of each number: equal steps of the logarithm of 1 + |x|."""
    values = numbers.to_numpy(zero_copy_only=False).astype(float)
    step = np.floor(np.log2(np.abs(values) + 1) * BINS_PER_OCTAVE).astype(int)
    return pa.array(2 * step + (values < 0))


def quality(probabilities: Sequence[float] | np.ndarray, folder: Path) -> dict[str, float]:
    """Return the area under the ROC curve and the log loss of the test rows' probabilities."""
    facts = json.loads((folder / "facts.json").read_text())
    labels = pq.read_table(folder / "test.parquet", columns=[facts["label"]])[facts["label"]]
    is_positive = pc.equal(labels, facts["positive"]).to_numpy()
    return {
        "auc": roc_auc_score(is_positive, probabilities),
        "log_loss": log_loss(is_positive, probabilities),
        "n_rows": len(is_positive),
    }
