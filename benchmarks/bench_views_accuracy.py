"""Measure the held-out accuracy of views: words and pairs, characters, and both in one model.

    python benchmarks/bench_views_accuracy.py SET... [--views word:1-2 char:1-2 word:1-2+char:1-2]

Each SET is a folder with train*.parquet (text and label). A fifth of its training rows is held out
by hash; test files are not read. Every setting, or each of ``--views``, learns the other rows with
C = 1 and running IDF, in each number of passes of ``--epochs``. The accuracy depends on the data
and the seed alone, so there is nothing to repeat.
"""

import sys
import time

import torrential as tor
from common import arguments_of_sets, print_table, training_files, write_json

BOTH = ["word:1-2", "char_wb:2-5"]
SETTINGS: dict[str, dict[str, object]] = {
    "words and pairs": {"ngram_range": (1, 2)},
    "the same with punctuation": {"ngram_range": (1, 2), "token_pattern": r"\w+|[^\w\s]"},
    "characters": {"views": BOTH[1:]},
    "both": {"views": BOTH},
    "both, characters by half": {"views": [BOTH[0], "char_wb:2-5:weight=0.5"]},
    "both, eta0=0.1": {"views": BOTH, "eta0": 0.1},
}


def main() -> None:
    parser = arguments_of_sets(__doc__, what="accuracies")
    parser.add_argument("--epochs", type=int, nargs="+", default=[1, 5], help="numbers of passes")
    parser.add_argument("--n-features", type=int, default=2**22)
    parser.add_argument("--views", nargs="+", help="views to measure, '+' between those of a model")
    args = parser.parse_args()
    settings = {views: {"views": views} for views in args.views} if args.views else SETTINGS
    results: dict[str, dict[str, dict[str, float]]] = {}
    rows = []
    for folder in args.folders:
        dataset = tor.read(training_files(folder), text=args.text, target=args.label)
        train, held_out = dataset.split(test_size=0.2)
        for name, setting in settings.items():
            print(f"{folder.name}: {name}", file=sys.stderr)
            found = {}
            for epochs in args.epochs:
                model = tor.TextClassifier(
                    preset="fast",
                    n_features=args.n_features,
                    idf="running",
                    C=1.0,
                    max_iter=epochs,
                    n_jobs=args.n_jobs,
                ).set_params(**setting)
                begin = time.process_time()
                model.fit(train)
                seconds = time.process_time() - begin
                found[str(epochs)] = 100 * model.score(held_out)
                found[f"cpu seconds, {epochs}"] = seconds
            results.setdefault(folder.name, {})[name] = found
            values = [f"{value:.2f}" for value in found.values()]
            rows.append([folder.name, name, *values])
    header = [cell for epochs in args.epochs for cell in (f"{epochs} passes", "cpu s")]
    print_table("Held-out accuracy of views", ["", "", *header], rows)
    write_json(args.json, {"n_features": args.n_features, "accuracies": results})


if __name__ == "__main__":
    main()
