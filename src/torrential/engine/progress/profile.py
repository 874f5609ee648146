"""Profile of a training, with advice: from the spans of all its threads."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from torrential.tracing import Span

WAIT = "wait"

LEARNING = ("learn",)
FEEDING = ("read", "decode", "hash", "pack", "unpack", "look up")
"""Work on threads before rows are learned."""

READING = ("read", "decode")

WAITS_MUCH = 0.25
"""Share of waiting from which on the learner counts as held back."""

LEARNS_MUCH = 0.6
"""Share of learning from which on the learner counts as the bottleneck."""

READS_MUCH = 0.3
"""Share of reading and decoding from which on another format pays."""

FAST_FORMATS = ("parquet", "arrow")


@dataclass(slots=True)
class Profile:
    """A sink that adds up how long is spent at what.

    Attributes
    ----------
    seconds : dict of str to float
        Core-seconds by name of span, without those of spans within it; and waits.
    waited : float
        Seconds that the main thread waited for rows.
    learned : float
        Seconds that the learner worked.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    waited: float = 0.0
    learned: float = 0.0

    def take(self, spans: Sequence[Span]) -> None:
        """Add spans."""
        for span in spans:
            own = span.own / 1e9
            if span.name == WAIT:
                if span.thread_name == "MainThread" and span.process == os.getpid():
                    self.waited += own
                continue
            self.seconds[span.name] = self.seconds.get(span.name, 0.0) + own
            if span.name in LEARNING:
                self.learned += span.duration / 1e9

    def rows(self) -> list[tuple[str, float, float]]:
        """Return name, core-seconds and share of each kind of work, the longest first."""
        total = sum(self.seconds.values()) or 1.0
        ordered = sorted(self.seconds.items(), key=lambda pair: -pair[1])
        return [(name, seconds, seconds / total) for name, seconds in ordered]

    def advice(self, run: "ProfiledRun") -> list[str]:
        """Return advice on what to change, the most useful first, possibly none."""
        fed = sum(self.seconds.get(name, 0.0) for name in FEEDING)
        read = sum(self.seconds.get(name, 0.0) for name in READING)
        waits, learns = self.waited / run.seconds, self.learned / run.seconds
        sentences = []
        if waits > WAITS_MUCH and not run.is_elsewhere:
            if run.n_jobs < run.n_cores:
                sentences.append(
                    f"{run.n_jobs} of {run.n_cores} cores prepared rows: give --n-jobs "
                    f"{run.n_cores}."
                )
            if fed and read / fed > READS_MUCH and run.format not in FAST_FORMATS:
                sentences.append(
                    f"Reading and decoding {run.format} took {read / fed:.0%} of what was done "
                    "before the learning: Parquet is read faster."
                )
            if not run.is_cached:
                sentences.append(
                    "--cache keeps rows hashed: later passes and runs take them from there "
                    f"(they took {fed:.1f} core-seconds here)."
                )
        if learns > LEARNS_MUCH:
            sentences.append(
                "The learner is what all wait for, on one core where there are two classes: "
                "--n-partitions learns parts side by side; fewer buckets, such as "
                "--n-features 2**18, are faster where they fit into the processor's cache (see "
                "collisions in torrential inspect)."
            )
        return sentences


@dataclass(frozen=True, slots=True)
class ProfiledRun:
    """Facts of a run in addition to its spans.

    Attributes
    ----------
    seconds : float
    n_jobs, n_cores : int
    format : str
        Format of the files.
    is_cached : bool
        Whether it has a cache.
    is_elsewhere : bool
        Whether a cluster did the work.
    """

    seconds: float
    n_jobs: int
    n_cores: int
    format: str
    is_cached: bool
    is_elsewhere: bool
