"""torrential: train by parameter averaging and score a held-out set, or measure its costs.

with_averaging.py train DATA --test TEST [--n-jobs 2 | --cluster ADDRESS]
with_averaging.py cost DATA
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
from measure import Report, measured

import torrential as tor
from torrential.data.views.parts import parts_of
from torrential.engine.targets.labels import Encoded
from torrential.engine.training import hashed_parts
from torrential.engine.training.averaging_types import Stretch
from torrential.engine.training.survey import survey
from torrential.estimators.text.settings import new_model
from torrential.linear import LinearModel
from torrential.linear.mixing import WeightSums

N_PARTS = 8
MEGABYTE = 10**6


def read(path: Path) -> tor.Dataset:
    """Open a prepared file."""
    return tor.read(path, text="text", target="label")


def averaging(executor: Any, n_rounds: int = 1) -> tor.ParameterAveraging:
    """Return the measured estimator: one pass in eight parts."""
    return tor.ParameterAveraging(
        tor.TextClassifier(preset="fast"),
        n_partitions=N_PARTS,
        n_rounds=n_rounds,
        executor=executor,
    )


def train(args: argparse.Namespace) -> Report:
    """Train one pass and score; kernels are loaded first, also on the workers."""
    report: Report = {}
    executor = tor.Dask(args.cluster) if args.cluster else tor.Threads(args.n_jobs)
    few = [f"some text {i}" for i in range(64)], [str(i % 20) for i in range(64)]
    for labels in (few[1], [str(i % 2) for i in range(64)]):
        averaging(executor).fit(few[0], labels)
    model, data = averaging(executor), read(args.data)
    with measured(report):
        model.fit(data)
    report["sent_mb"] = sum(mix.n_bytes for mix in model.history_) / MEGABYTE
    if args.test:
        report["accuracy"] = model.estimator_.set_params(n_jobs=-1).score(read(args.test))
    return report


def cost(args: argparse.Namespace) -> Report:
    """Learn all parts one after the other on one thread, and measure each kind of work."""
    seconds: dict[str, float] = defaultdict(float)
    data = read(args.data)
    model = new_model(tor.TextClassifier(preset="fast").get_params())
    found = survey(data, tor.Threads(1))
    labels = found.labels.values
    model.expect(Encoded(np.arange(len(labels), dtype=np.int32), labels))
    parts = parts_of(data.partitions(), found.sizes, N_PARTS, 0)
    learner = hashed_parts.HashedPartLearner("updates", None, 0)
    learner.learn(model, Stretch(parts[0], 0, 0))  # loads the kernels
    for owner, method, name in (
        (LinearModel, "branch", "copy"),
        (LinearModel, "update", "learn_in_parts"),
        (LinearModel, "changes_since", "changes"),
        (LinearModel, "take_in", "take_in"),
        (WeightSums, "merge", "merge"),
    ):
        setattr(owner, method, _timed(getattr(owner, method), seconds, name))
    hashed_parts.hashed_here = _timed_items(hashed_parts.hashed_here, seconds, "hash")
    begin = time.perf_counter()
    merged, n_changes = None, 0
    for part in parts:
        learned = learner.learn(model, Stretch(part, 0, 0))
        n_changes += _n_changes(learned.weights)
        merged = learned if merged is None else merged.merge(learned)
    assert merged is not None
    n_bytes = merged.books.n_bytes
    learner.mix(model, merged)
    report: Report = {"seconds": time.perf_counter() - begin}
    report |= dict(seconds)
    report["learn"] = _serial_learning(data)
    report |= {
        "n_parts": len(parts),
        "n_bytes": n_bytes,
        "n_changes": n_changes,
        "n_merged_changes": _n_changes(merged.weights),
        "n_features": model.linear.n_features,
        "n_weights": model.linear.n_features * model.linear.n_columns,
        "model_bytes": model.linear.n_bytes,
        "n_tiles": model.linear.state()[1]["layout"]["n_tiles"],
        "n_tokens": _n_tokens(data),
        "n_megabytes": sum(batch.text.nbytes for batch in data.batches()) / MEGABYTE,
    }
    return report


def _n_changes(sums: WeightSums) -> int:
    """Return the number of weights that have changed."""
    return sum(map(len, sums.keys))


def _serial_learning(data: tor.Dataset) -> float:
    """Return the seconds of the learner in a serial pass; updates are already timed."""
    seconds: dict[str, float] = defaultdict(float)
    LinearModel.update = _timed(LinearModel.update, seconds, "learn")  # type: ignore[method-assign]
    tor.TextClassifier(preset="fast", n_jobs=1).fit(data)
    return seconds["learn"]


def _n_tokens(data: tor.Dataset) -> int:
    """Return the words of the text, by white space: accurate enough for extrapolation."""
    counts = (
        pc.sum(pc.list_value_length(pc.utf8_split_whitespace(batch.text)))
        for batch in data.batches()
    )
    return sum(count.as_py() or 0 for count in counts)


def _timed(function: Callable[..., Any], seconds: dict[str, float], name: str) -> Any:
    @wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Any:
        begin = time.perf_counter()
        result = function(*args, **kwargs)
        seconds[name] += time.perf_counter() - begin
        return result

    return timed


def _timed_items(function: Callable[..., Any], seconds: dict[str, float], name: str) -> Any:
    @wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Iterator[Any]:
        begin = time.perf_counter()
        for item in function(*args, **kwargs):
            seconds[name] += time.perf_counter() - begin
            yield item
            begin = time.perf_counter()
        seconds[name] += time.perf_counter() - begin

    return timed


def main() -> None:
    """Run the command line; print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, work in (("train", train), ("cost", cost)):
        command = commands.add_parser(name)
        command.set_defaults(work=work)
        command.add_argument("data", type=Path)
        command.add_argument("--test", type=Path)
        command.add_argument("--n-jobs", type=int, default=2)
        command.add_argument("--cluster")
    args = parser.parse_args()
    print(json.dumps(args.work(args)), flush=True)


if __name__ == "__main__":
    main()
