"""Compare the time of a fit with a penalty with that of a fit without one.

    python benchmarks/bench_penalty.py SET...

Each SET is a folder with train*.parquet (text and label). ``TextClassifier`` learns its rows, from
words and pairs of words, in one pass on one thread: in turn without a penalty and with L2 of
``--C``, ``--repeats`` pairs after one pair that is not counted. A time is that of the processor
during ``fit``, reading and hashing included, so other programs disturb it little. The ratio is that
of a pair. "words" is the same from single words.
"""

import statistics
import sys
import time
from pathlib import Path
from typing import Any

import torrential as tor
from common import arguments_of_sets, print_table, training_files, write_json


def seconds(model: tor.TextClassifier, dataset: Any) -> float:
    """Return the processor seconds of a fit."""
    start = time.process_time()
    model.fit(dataset)
    return time.process_time() - start


def pairs(dataset: Any, C: float, n_pairs: int, **parameters: Any) -> list[tuple[float, float]]:
    """Return the seconds of fits without and with a penalty, in turn."""
    without, penalized = (
        tor.TextClassifier(preset="fast", **parameters),
        tor.TextClassifier(preset="fast", C=C, **parameters),
    )
    measured = [
        (seconds(without, dataset), seconds(penalized, dataset)) for _ in range(n_pairs + 1)
    ]
    return measured[1:]


def main() -> None:
    parser = arguments_of_sets(__doc__, what="times")
    parser.set_defaults(n_jobs=1)
    parser.add_argument("--C", type=float, default=1.0, help="strength of the penalty")
    parser.add_argument("--repeats", type=int, default=7, help="pairs of fits")
    args = parser.parse_args()
    rows, results = [], {}
    for folder in args.folders:
        dataset = tor.read(training_files(Path(folder)), text=args.text, target=args.label)
        for name, ngram_range in (("words", (1, 1)), ("words and pairs", (1, 2))):
            case = f"{folder.name}, {name}"
            print(case, file=sys.stderr)
            found = pairs(
                dataset, args.C, args.repeats, ngram_range=ngram_range, n_jobs=args.n_jobs
            )
            ratios = sorted(penalized / without for without, penalized in found)
            results[case] = found
            rows.append(
                [
                    case,
                    *(f"{statistics.median(times):.2f}" for times in zip(*found, strict=True)),
                    f"{statistics.median(ratios):.3f}",
                    f"{ratios[0]:.3f}-{ratios[-1]:.3f}",
                ]
            )
    title = f"Processor seconds of a fit, {args.repeats} pairs, C = {args.C:g}"
    print_table(title, ["", "without", "with", "ratio, median", "min-max"], rows)
    write_json(args.json, {"C": args.C, "pairs": results})


if __name__ == "__main__":
    main()
