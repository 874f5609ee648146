"""Write a click log as Parquet: categories by Zipf's law, few clicks, and two crosses that matter.

    python benchmarks/click_log.py FOLDER [--rows 2000000] [--largest 1000000] [--test 0.1]

Writes FOLDER/train.parquet and FOLDER/test.parquet, the last rows. There are 12 columns c0 to c11
of 10 to ``--largest`` different values, written as 8 hexadecimal digits, and ``click``, which is 1
in 3 % of rows. Its log odds are the sum of an effect for each value, and of larger effects for each
combination of the values of `CROSSES`. Rows depend on their number and the seed alone: a longer log
begins like a shorter one. What is printed is the log loss of the true probabilities, which no model
can beat but by chance.
"""

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

N_COLUMNS, FEWEST = 12, 10
SHARE = 0.03
EXPONENT = 1.05
"""Of Zipf's law: the k-th most frequent value has a share of k ** -EXPONENT."""

EFFECT, CROSS_EFFECT = 0.25, 0.8
"""Standard deviations of what a value and a combination add to the log odds."""

CROSSES = ((2, 5), (1, 7))
ROWS_PER_CHUNK = 200_000
LABEL = "click"


def names() -> list[str]:
    """Return the names of the categories."""
    return [f"c{number}" for number in range(N_COLUMNS)]


def crosses() -> list[list[str]]:
    """Return the planted crosses by name."""
    return [[f"c{number}" for number in pair] for pair in CROSSES]


def scrambled(keys: np.ndarray) -> np.ndarray:
    """Return 64-bit hashes of numbers (the finalizer of splitmix64)."""
    state = keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def effects(keys: np.ndarray, deviation: float, salt: int) -> np.ndarray:
    """Return a normally distributed number for each key, always the same for the same key."""
    hashes = scrambled(keys.astype(np.uint64) ^ (np.uint64(salt) << np.uint64(56)))
    first = ((hashes >> np.uint64(32)).astype(np.float64) + 0.5) / 2**32
    second = (hashes & np.uint64(0xFFFFFFFF)).astype(np.float64) / 2**32
    return deviation * np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second)


def hexadecimal(values: np.ndarray, column: int) -> pa.Array:
    """Return 8 digits for each value, different ones in each column."""
    keys = (values.astype(np.uint32) + np.uint32(column << 28)) * np.uint32(0x9E3779B1)
    keys = (keys ^ (keys >> np.uint32(15))) * np.uint32(0x85EBCA6B)  # both steps are reversible
    shifts = np.arange(28, -4, -4, dtype=np.uint32)
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)[keys[:, None] >> shifts & np.uint32(15)]
    offsets = np.arange(0, 8 * len(values) + 1, 8, dtype=np.int32)
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(digits))


class ClickLog:
    """Rows by their number."""

    def __init__(self, largest: int, seed: int) -> None:
        sizes = np.round(np.geomspace(FEWEST, largest, N_COLUMNS)).astype(int)
        shares = [np.cumsum(np.arange(1, size + 1) ** -EXPONENT) for size in sizes]
        self._shares = [each / each[-1] for each in shares]
        self._seed = seed
        self._intercept = self._found_intercept()

    def chunk(self, number: int) -> tuple[pa.RecordBatch, float]:
        """Return rows, and the sum of their log losses by the true probabilities."""
        generator = np.random.default_rng([self._seed, number])
        values = self._values(generator)
        odds = self._log_odds(values) + self._intercept
        clicks = generator.random(ROWS_PER_CHUNK) < 1 / (1 + np.exp(-odds))
        loss = np.logaddexp(0, np.where(clicks, -odds, odds)).sum()
        columns = [hexadecimal(each, number) for number, each in enumerate(values)]
        arrays = [*columns, pa.array(clicks.astype(np.int8))]
        return pa.RecordBatch.from_arrays(arrays, [*names(), LABEL]), float(loss)

    def _values(self, generator: np.random.Generator) -> list[np.ndarray]:
        draws = (generator.random(ROWS_PER_CHUNK) for _ in self._shares)
        return [np.searchsorted(shares, draw) for shares, draw in zip(self._shares, draws)]

    def _log_odds(self, values: list[np.ndarray]) -> np.ndarray:
        odds = sum(effects(each, EFFECT, number) for number, each in enumerate(values))
        for salt, (first, second) in enumerate(CROSSES, N_COLUMNS):
            keys = values[first] * 2**32 + values[second]
            odds = odds + effects(keys, CROSS_EFFECT, salt)
        return np.asarray(odds)

    def _found_intercept(self) -> float:
        odds = self._log_odds(self._values(np.random.default_rng([self._seed, 0])))
        low, high = -20.0, 20.0
        for _ in range(60):
            middle = (low + high) / 2
            is_above = (1 / (1 + np.exp(-odds - middle))).mean() > SHARE
            low, high = (low, middle) if is_above else (middle, high)
        return low


def write(folder: Path, n_rows: int, *, largest: int, test: float, seed: int) -> float:
    """Write both files; return the log loss of the true probabilities of the test rows."""
    log = ClickLog(largest, seed)
    n_chunks = -(-n_rows // ROWS_PER_CHUNK)
    n_test = max(1, round(test * n_chunks))
    folder.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([*[(name, pa.string()) for name in names()], (LABEL, pa.int8())])
    parts = {"train": range(n_chunks - n_test), "test": range(n_chunks - n_test, n_chunks)}
    for part, numbers in parts.items():
        loss = 0.0
        with pq.ParquetWriter(folder / f"{part}.parquet", schema, compression="zstd") as writer:
            for number in numbers:
                rows, more = log.chunk(number)
                writer.write_batch(rows)
                loss += more
    return loss / (n_test * ROWS_PER_CHUNK)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--largest", type=int, default=10**6)
    parser.add_argument("--test", type=float, default=0.1, help="share of the rows")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    loss = write(args.folder, args.rows, largest=args.largest, test=args.test, seed=args.seed)
    print(f"log loss of the true probabilities: {loss:.4f}")


if __name__ == "__main__":
    main()
