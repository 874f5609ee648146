"""Time what a user waits for before any data is read.

    python benchmarks/bench_startup.py [--peers-python .venv-peers/bin/python]

The script times the command line's ``--help``, ``import torrential`` compared with ``import
sklearn.linear_model``, and ``torrential train`` on a file of a few rows: with the compiled kernels
in Numba's cache (warm), and with an empty cache folder (cold, so that every kernel is compiled).
Each run is a new process.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from common import TORRENTIAL, Run, alternate, arguments, median, print_table, run, write_json

ROWS = ["__label__good a fine film with a great cast", "__label__bad a dull plot and poor acting"]


def contenders(folder: Path, peers_python: Path) -> dict[str, Callable[[], Run]]:
    """Return the commands, by name."""
    tiny = folder / "tiny.txt"
    tiny.write_text("\n".join(ROWS * 10) + "\n")
    train = [TORRENTIAL, "train", tiny, "-o", folder / "tiny.model", "-q"]
    warm_cache = {"NUMBA_CACHE_DIR": str(folder / "warm")}
    run(train, warm_cache)

    def train_cold() -> Run:
        with tempfile.TemporaryDirectory() as empty:
            return run(train, {"NUMBA_CACHE_DIR": empty})

    return {
        "torrential --help": lambda: run([TORRENTIAL, "--help"]),
        "import torrential": lambda: run([sys.executable, "-c", "import torrential"]),
        "import sklearn.linear_model": lambda: run(
            [peers_python, "-c", "import sklearn.linear_model"]
        ),
        "torrential train, warm": lambda: run(train, warm_cache),
        "torrential train, cold": train_cold,
    }


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("--peers-python", type=Path, default=sys.executable)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = alternate(contenders(Path(folder), args.peers_python), args.repeats)
    yardstick = median(runs["import sklearn.linear_model"])
    print_table(
        "Start-up",
        ["", "seconds", "cpu s", "peak MiB", "ratio to importing scikit-learn"],
        [
            [
                name,
                median(each),
                median(each, lambda one: one.cpu),
                median(each, lambda one: one.peak_rss_mb),
                f"{median(each) / yardstick:.2f}",
            ]
            for name, each in runs.items()
        ],
    )
    write_json(args.json, {"runs": runs})


if __name__ == "__main__":
    main()
