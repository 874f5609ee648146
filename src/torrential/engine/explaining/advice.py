"""Estimates for a training, from a sample of the data: terms, collisions, time and memory."""

import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from torrential.data.dataset import Dataset
from torrential.engine.batches.encoding import Encoder, hashed_batches
from torrential.engine.batches.windows import MAX_NONZEROS
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.serial import train
from torrential.errors import DataError
from torrential.features.spec import FeatureSpec, Observe
from torrential.features.terms.collisions import LITTLE, CollisionReport, report_collisions
from torrential.features.terms.vocabulary import Vocabulary
from torrential.kernels.compiling import working_time
from torrential.shown import ForPeople, Shown

SAMPLE_BYTES = 32_000_000
"""Approximate bytes of text in the sample."""

BYTES_PER_VALUE = 8
"""Bytes of a value of a hashed row: column and value."""

BASE_MEMORY = 250_000_000
"""Bytes of a process with all its libraries, before it reads anything."""


@dataclass(frozen=True, slots=True, repr=False)
class Advice(ForPeople):
    """Estimates for a training on all of the data.

    Attributes
    ----------
    n_rows, n_bytes : int
        Rows and bytes of text of the sample.
    share : float
        How much of the data the sample is, from 0 to 1.
    vocabulary : int
        Different terms of all of the data: as many as in the sample if that is all, else by Heaps'
        law, with the growth seen in the sample.
    collisions : CollisionReport
        Estimate for all of the data with the requested ``n_features``.
    n_features : int or None
        Smallest power of 2 that is enough, see ``CollisionReport``; None if none is.
    seconds : float or None
        Approximate time of one pass over all of the data; None without a target.
    memory : int
        Approximate bytes of memory of a training.
    """

    n_rows: int
    n_bytes: int
    share: float
    vocabulary: int
    collisions: CollisionReport
    n_features: int | None
    seconds: float | None
    memory: int

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as JSON represents them."""
        names = [name for name in self.__dataclass_fields__ if name != "collisions"]
        return {name: getattr(self, name) for name in names} | {
            "collisions": self.collisions.to_dict()
        }

    def _shown(self) -> Shown:
        facts = [f"about {self.vocabulary:,} terms", f"n_features={self.n_features} is enough"]
        return Shown("Advice", facts, (), self.lines())

    def __str__(self) -> str:
        return "\n".join(f"{name:<11} {value}" for name, value in self.lines())

    def lines(self) -> list[tuple[str, str]]:
        """Return lines for people, each with a name."""
        report, bits = self.collisions, self.n_features
        enough = f"2**{bits.bit_length() - 1}" if bits else "no number of columns"
        lines = [
            ("Sample", f"{self.n_rows:,} rows, {self.n_bytes / 1e6:,.1f} MB: {self.share:.1%}"),
            ("Vocabulary", f"about {self.vocabulary:,} terms in all of the data"),
            (
                "Collisions",
                f"with {report.n_features:,} columns {report.shared_mass:.1%} of the occurrences "
                "are of terms that share one",
            ),
            ("Cost", f"{report.terms_per_column:.2g} terms per column: {report.cost_sentence()}"),
            ("Enough", f"{enough}: more columns bring at most {LITTLE} points there"),
            ("Memory", f"about {self.memory / 1e6:,.0f} MB"),
        ]
        if self.seconds is not None:
            lines.append(("Time", f"about {self.seconds:,.1f} s for one pass"))
        return lines


def advise(dataset: Dataset, new_model: Callable[[], HashedModel], *, n_jobs: int = 1) -> Advice:
    """Read a sample of a dataset, train on it, and extrapolate.

    Parameters
    ----------
    dataset : Dataset
    new_model : callable
        Makes an untrained model, as the training would begin with.
    n_jobs : int, default=1

    Raises
    ------
    DataError
        If there is no row.
    """
    sample, n_rows = _sample(dataset)
    model = new_model()
    growth = _growth(sample, model.spec, n_jobs)
    share = _share(dataset, n_rows, growth.n_bytes)
    n_terms = growth.n_terms(1 / share)
    seconds = None
    if dataset.target is not None:
        train(Candidate(new_model()), sample.take(1000))  # compile
        begin = working_time()
        train(Candidate(model), sample, n_jobs=n_jobs)
        seconds = (working_time() - begin) / share
    n_features = model.hashing.n_features
    report = report_collisions(n_features, n_terms)
    weights = sum(array.nbytes for array in model.linear.state()[0].values())
    occupied = report_collisions(n_features, growth.n_terms(1.0)).occupied
    grown = weights if n_features * 8 >= weights else weights * report.occupied / max(occupied, 1)
    return Advice(
        n_rows=n_rows,
        n_bytes=growth.n_bytes,
        share=share,
        vocabulary=round(n_terms),
        collisions=report,
        n_features=report.smallest_n_features,
        seconds=seconds,
        memory=round(BASE_MEMORY + grown + 2 * BYTES_PER_VALUE * MAX_NONZEROS),
    )


@dataclass(frozen=True, slots=True)
class _Growth:
    """Growth of the vocabulary along the sample: values so far, and terms so far."""

    n_values: list[int]
    terms: list[float]
    n_bytes: int

    def n_terms(self, factor: float) -> float:
        """Return the expected terms of ``factor`` times as much text, by Heaps' law."""
        last = self.terms[-1]
        middle = len(self.terms) // 2
        if factor <= 1 or len(self.terms) < 2 or not last:
            return last
        rise = math.log(last / max(self.terms[middle - 1], 1.0))
        run = math.log(self.n_values[-1] / max(self.n_values[middle - 1], 1))
        exponent = min(1.0, max(0.0, rise / run)) if run > 0 else 1.0
        return float(last * factor**exponent)


def _sample(dataset: Dataset) -> tuple[Dataset, int]:
    """Return rows from evenly spaced places in the dataset, and their number."""
    n_rows, n_bytes = 0, 0
    shuffled = dataset.shuffle(0)
    with closing(_batches(shuffled)) as batches:
        for batch in batches:
            n_rows += batch.n_rows
            n_bytes += batch.n_bytes
            if n_bytes >= SAMPLE_BYTES:
                break
    if n_rows == 0:
        raise DataError(f"{dataset.source} has no rows: give files with rows.")
    return shuffled.take(n_rows), n_rows


def _batches(dataset: Dataset) -> Any:
    yield from dataset.batches()


def _growth(sample: Dataset, spec: FeatureSpec, n_jobs: int) -> _Growth:
    vocabulary, n_bytes = Vocabulary(), 0
    n_values: list[int] = []
    terms: list[float] = []
    encoder = Encoder(spec, observe=Observe(vocabulary=True))
    with closing(hashed_batches(sample.partitions(), encoder, n_jobs)) as batches:
        for batch in batches:
            if batch.registers is not None:
                vocabulary.update(batch.registers)
            n_values.append(len(batch.rows.data) + (n_values[-1] if n_values else 0))
            terms.append(vocabulary.n_terms())
            n_bytes += batch.n_bytes
    return _Growth(n_values, terms, n_bytes)


def _share(dataset: Dataset, n_rows: int, n_bytes: int) -> float:
    """Return the share of the sample in the data, by rows if they are known, else by bytes."""
    sizes = [getattr(partition, "n_rows", None) for partition in dataset.partitions()]
    known = [size for size in sizes if size is not None]
    if len(known) == len(sizes) and sum(known):
        return float(min(1.0, n_rows / sum(known)))
    if n_bytes < SAMPLE_BYTES:  # the data ended before the sample was full
        return 1.0
    return min(1.0, n_bytes / max(dataset.n_bytes or n_bytes, 1))
