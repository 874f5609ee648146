"""Time predictions with models of fastText, compared with the ``fasttext`` package.

    python benchmarks/bench_fasttext_models.py SET --peers-python PYTHON [--model lid.176.ftz]

SET has train.parquet and test.parquet. The package trains a model of each kind on the first, and
all predict documents of 1 to 4 KB of the second, in one call with a list. A model given with
``--model``, such as a published one, is applied to the same documents. Files of models stay in the
system's cache: opening them is measured after a first time.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from common import PROGRAMS, Run, alternate, arguments, median, print_table, run, write_json

sys.path.insert(0, str(PROGRAMS))
from fasttext_models import KINDS

PROGRAM = PROGRAMS / "fasttext_models.py"
LEAST, MOST = 1_000, 4_000
PEER, ONE, TWO = "fasttext", "1 thread", "2 threads"
CLOSE = 1e-5


def lines_of(path: Path, text: str, label: str) -> Iterator[tuple[str, str]]:
    """Yield labels and texts without line feeds."""
    table = pq.read_table(path, columns=[text, label])
    for words, name in zip(table[text].to_pylist(), table[label].to_pylist(), strict=True):
        yield str(name).replace(" ", "_"), " ".join(words.split())


def write_texts(path: Path, rows: Iterator[tuple[str, str]], most: int) -> int:
    texts = [words for _, words in rows if LEAST <= len(words.encode()) <= MOST][:most]
    path.write_text("\n".join(texts), encoding="utf-8")
    return len(texts)


def agreement(answers: Mapping[str, Path]) -> tuple[float, float]:
    """Return the share of texts with the same label and the largest difference of probabilities."""
    rows = {
        name: [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        for name, path in answers.items()
    }
    pairs = list(zip(rows[PEER], rows[TWO], strict=True))
    same = sum(theirs[0] == ours[0] for theirs, ours in pairs)
    # Their probability of a certain label may be 1.00001, ours is at most 1.
    largest = max(abs(min(float(theirs[1]), 1.0) - float(ours[1])) for theirs, ours in pairs)
    return same / len(pairs), largest


def main() -> None:
    parser = arguments(__doc__, peers=True)
    parser.add_argument("set", type=Path)
    parser.add_argument("--model", type=Path, action="append", default=[])
    parser.add_argument("--text", default="text")
    parser.add_argument("--label", default="label")
    parser.add_argument("--documents", type=int, default=5_000)
    args = parser.parse_args()
    everything: dict[str, dict[str, list[Run]]] = {}
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train, texts = folder / "train.txt", folder / "texts.txt"
        with train.open("w", encoding="utf-8") as file:
            for label, words in lines_of(args.set / "train.parquet", args.text, args.label):
                file.write(f"__label__{label} {words}\n")
        labeled = lines_of(args.set / "test.parquet", args.text, args.label)
        n_texts = write_texts(texts, labeled, args.documents)
        models = {path.name: path for path in args.model}
        for number, kind in enumerate(KINDS):
            models[kind] = folder / f"{number}.bin"
            run([args.peers_python, PROGRAM, "train", kind, train, models[kind]])
        for kind, model in models.items():
            answers = {each: folder / each for each in (PEER, ONE, TWO)}
            commands = {
                PEER: [args.peers_python, PROGRAM, "predict", model, texts, answers[PEER]],
                ONE: [sys.executable, PROGRAM, "predict", model, texts, answers[ONE], "1"],
                TWO: [sys.executable, PROGRAM, "predict", model, texts, answers[TWO], "2"],
            }
            runs = alternate(
                {each: lambda c=command: run(c) for each, command in commands.items()},
                args.repeats,
            )
            everything[kind] = runs
            rows.append(
                [kind, model.stat().st_size / 1e6, *figures(runs, n_texts), *shown(answers)]
            )
    header = ["model", "MB", f"{PEER} texts/s", ONE, TWO, f"{ONE}, cpu", "opening", "same labels"]
    title = f"{n_texts:,} documents of 1 to 4 KB in one call, as multiples of {PEER}"
    print_table(title, [*header, "largest difference"], rows)
    write_json(args.json, {"n_texts": n_texts, "runs": everything})


def figures(runs: Mapping[str, list[Run]], n_texts: int) -> list[float]:
    """Return the texts per second of the peer, and how many times faster each of ours is."""
    seconds = {name: median(each) for name, each in runs.items()}
    cpu = {name: median(each, lambda one: one.cpu_seconds) for name, each in runs.items()}
    opening = {name: median(each, lambda one: one.report["opening"]) for name, each in runs.items()}
    ratios = [seconds[PEER] / seconds[each] for each in (ONE, TWO)]
    return [n_texts / seconds[PEER], *ratios, cpu[PEER] / cpu[ONE], opening[PEER] / opening[ONE]]


def shown(answers: Mapping[str, Path]) -> list[str]:
    same, largest = agreement(answers)
    return [f"{same:.2%}", f"{largest:.1e}"]


if __name__ == "__main__":
    main()
