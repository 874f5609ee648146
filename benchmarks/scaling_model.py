"""How the time and memory of a training grow: formulas, and the constants that they take.

A round over ``tokens`` words on ``workers`` of one core, in one part for each worker, takes the
longest of three, and the averaging after them:

    work       start + tokens * (hash + learn_in_parts) / workers
    disk       tokens * file_bytes / disk, if all workers read from one
    averaging  compare all weights, then for each level of the tree of fan-in 4 receive and merge
               three results, apply the sum, and hand it out in log2(workers) steps

The weights that a part changes grow with its tokens as its vocabulary does, by a power of them
(Heaps' law), up to all weights: features times columns, of which two classes need one.
"""

import math
from dataclasses import dataclass, replace

FAN_IN = 4
GIGABIT = 1e9 / 8


@dataclass(frozen=True)
class Constants:
    """What a token and a weight cost on one core of a machine, for one kind of text.

    Attributes
    ----------
    hash, learn, learn_in_parts : float
        Seconds a token: to read, decode and hash; to learn in a serial pass; to learn in parts.
    start : float
        Seconds until a part is under way: files are opened, and memory is touched first.
    find : float
        Seconds a weight of the model, which is copied and compared to find what has changed.
    merge, apply : float
        Seconds a changed weight.
    tokens, changes : float
        Tokens of a part that was measured, and the weights that it changed.
    growth : float
        Power of the tokens with which changed weights grow, from 0 to 1.
    change_bytes : float
        Bytes a changed weight, as it is sent.
    n_weights : int
        Features times columns.
    n_tiles : int
        Tiles of columns that a serial learner divides over threads.
    file_bytes : float
        Bytes of the file a token.
    disk, network : float
        Bytes a second, of a file that is not cached, and between workers.
    """

    hash: float
    learn: float
    learn_in_parts: float
    start: float
    find: float
    merge: float
    apply: float
    tokens: float
    changes: float
    growth: float
    change_bytes: float
    n_weights: int
    n_tiles: int
    file_bytes: float
    disk: float
    network: float

    def with_features(self, n_features: int, n_columns: int) -> "Constants":
        """Return the constants of a model of other columns; each changes no fewer weights."""
        return replace(self, n_weights=n_features * n_columns)

    def changed(self, tokens: float) -> float:
        """Return the weights that a part of this many tokens changes."""
        return min(self.changes * (tokens / self.tokens) ** self.growth, self.n_weights)


@dataclass(frozen=True)
class Round:
    """Seconds of a round on several workers, by what takes them."""

    work: float
    disk: float
    network: float
    merging: float

    @property
    def averaging(self) -> float:
        """Seconds after the last part is learned."""
        return self.network + self.merging

    @property
    def seconds(self) -> float:
        """Seconds of the round, with one disk for all."""
        return max(self.work, self.disk) + self.averaging

    @property
    def bound(self) -> str:
        """What takes most of it."""
        parts = {"cores": self.work, "disk": self.disk, "network": self.network}
        return max({**parts, "merging": self.merging}.items(), key=lambda each: each[1])[0]


def round_on(constants: Constants, tokens: float, workers: int, parts: int = 0) -> Round:
    """Return the seconds of a round on workers of one core each, in as many parts by default.

    With more parts than workers, each worker learns and merges several.
    """
    parts = parts or workers
    in_turn = math.ceil(parts / workers)
    work = in_turn * constants.start
    work += tokens * (constants.hash + constants.learn_in_parts) / workers
    found = in_turn * constants.n_weights * constants.find
    received = merged = 0.0
    level = 1
    while level < parts:
        n_changes = constants.changed(tokens / parts * level)
        groups = math.ceil(parts / (level * FAN_IN))
        for_one = math.ceil(groups / workers) * min(FAN_IN - 1, parts - 1) * n_changes
        merged += for_one * constants.merge
        received += for_one * constants.change_bytes / constants.network
        level *= FAN_IN
    n_changes = constants.changed(tokens)
    steps = math.ceil(math.log2(workers)) if workers > 1 else 0
    handed_out = steps * n_changes * constants.change_bytes / constants.network
    return Round(
        work=work,
        disk=tokens * constants.file_bytes / constants.disk,
        network=(received + handed_out) if workers > 1 else 0.0,
        merging=found + merged + n_changes * constants.apply,
    )


def serial_seconds(constants: Constants, tokens: float, cores: int) -> float:
    """Return the seconds of a serial pass: all cores hash, and as many learn as there are tiles."""
    learner = tokens * constants.learn / min(cores, constants.n_tiles)
    return constants.start + max(learner, tokens * (constants.hash + constants.learn) / cores)


def network_for(constants: Constants, tokens: float, workers: int, share: float) -> float:
    """Return the bytes a second with which the network takes this share of a round's work."""
    once = round_on(replace(constants, network=1.0), tokens, workers)
    return once.network / (share * once.work)
