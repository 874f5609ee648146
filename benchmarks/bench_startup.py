"""Time what a user waits for before any data is read.

    python benchmarks/bench_startup.py [--peers-python .venv-peers/bin/python]

The script times the command line's ``--help``, ``import torrential`` and commands on files of a few
rows, of texts and of a table, compared with ``import sklearn.linear_model``: with the compiled
kernels on disk (warm), and ``torrential train`` also with an empty folder (cold, so that every
kernel is compiled). Each run is a new process.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from common import TORRENTIAL, Run, alternate, arguments, median, print_table, run, write_json

ROWS = ["__label__good a fine film with a great cast", "__label__bad a dull plot and poor acting"]
TABLE = ["LAS,PHL,7,yes", "LAS,LAX,22,no"]


def contenders(folder: Path, peers_python: Path) -> dict[str, Callable[[], Run]]:
    """Return the commands, by name."""
    tiny, two, table = folder / "tiny.txt", folder / "two.txt", folder / "table.csv"
    tiny.write_text("\n".join(ROWS * 10) + "\n")
    two.write_text("\n".join(ROWS) + "\n")
    table.write_text("\n".join(["from,to,hour,late", *TABLE * 10]) + "\n")
    model, of_table, output = folder / "tiny.model", folder / "table.model", folder / "output.csv"
    train = [TORRENTIAL, "train", tiny, "-o", model, "-q", "--terms"]
    commands: dict[str, list[str | Path]] = {
        "train": train,
        "train, table": [TORRENTIAL, "train", table, "--target", "late", "-o", of_table, "-q"],
        "predict": [TORRENTIAL, "predict", model, two, "-o", output, "-q"],
        "predict, table": [TORRENTIAL, "predict", of_table, table, "-o", output, "-q"],
        "evaluate": [TORRENTIAL, "evaluate", model, tiny],
        "explain": [TORRENTIAL, "explain", model, "a fine plot"],
        "terms": [TORRENTIAL, "terms", model],
        "inspect": [TORRENTIAL, "inspect", model],
    }
    warm = {"NUMBA_CACHE_DIR": str(folder / "warm")}
    for command in commands.values():
        run(command, warm)

    def train_cold() -> Run:
        with tempfile.TemporaryDirectory() as empty:
            return run(train, {"NUMBA_CACHE_DIR": empty})

    return {
        "torrential --help": lambda: run([TORRENTIAL, "--help"]),
        "import torrential": lambda: run([sys.executable, "-c", "import torrential"]),
        "import sklearn.linear_model": lambda: run(
            [peers_python, "-c", "import sklearn.linear_model"]
        ),
        **{
            f"torrential {name}, warm": lambda command=command: run(command, warm)
            for name, command in commands.items()
        },
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
