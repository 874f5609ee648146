"""Measure what small models cost in accuracy, next to fastText's quantized ones of the same size.

    python benchmarks/bench_model_size.py SET... --fasttext .venv-peers/bin/fasttext

Each SET is a folder with train*.parquet and test*.parquet (text and label). torrential learns the
training rows with its defaults and saves the model with ``max_size``. fastText learns the same
lower-cased tokens, with words and pairs or with characters as well, whichever is more accurate on
a fifth of the training rows that is held out; then ``fasttext quantize -qnorm -retrain -cutoff N``
makes the largest file that is not larger. Accuracies and log losses are of the test rows.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torrential as tor
from common import MEGABYTE, arguments_of_sets, print_table, training_files, write_json
from prepare import tokens

SETTINGS = {
    "words and pairs": ["-epoch", "25", "-lr", "1.0", "-wordNgrams", "2", "-dim", "10"],
    "characters, too": [
        *["-epoch", "10", "-lr", "1.0", "-wordNgrams", "2", "-dim", "10"],
        *["-minn", "2", "-maxn", "5"],
    ],
}
PROBES = 10_000, 20_000
"""Cutoffs whose files give the size of others: it grows in proportion."""


@dataclass(frozen=True)
class FastText:
    """The command line of fastText, in a folder for its files."""

    program: Path
    folder: Path
    n_jobs: int

    def run(self, *words: object) -> str:
        """Run a command to its end, and return its output."""
        command = [str(self.program), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout

    def train(self, rows: Path, options: list[str], name: str) -> Path:
        """Return the file of a model, without its suffix."""
        model = self.folder / name
        threads = ["-thread", self.n_jobs]
        self.run("supervised", "-input", rows, "-output", model, *options, *threads)
        return model

    def accuracy(self, model: Path, rows: Path) -> float:
        """Return the share of rows whose first label is predicted."""
        output = self.run("test", model, rows)
        found = dict(line.split("\t")[:2] for line in output.splitlines() if "\t" in line)
        return 100 * float(found["P@1"])

    def quantized(
        self, model: Path, rows: Path, cutoff: int, options: list[str], *, retrain: bool
    ) -> Path:
        """Return the file of a quantized model."""
        more = ["-retrain", *options, "-thread", self.n_jobs] if retrain else []
        words = ["-input", rows, "-output", model, "-qnorm", "-cutoff", cutoff]
        self.run("quantize", *words, *more)
        return model.with_suffix(".ftz")

    def within(self, model: Path, rows: Path, n_bytes: int, options: list[str]) -> Path | None:
        """Return the largest quantized model within a size; None if there is none."""
        low, high = (
            self.quantized(model, rows, n, options, retrain=False).stat().st_size for n in PROBES
        )
        each = max(1.0, (high - low) / (PROBES[1] - PROBES[0]))
        cutoff = int(PROBES[0] + (n_bytes - low) / each)
        while cutoff > 0:
            file = self.quantized(model, rows, cutoff, options, retrain=False)
            if file.stat().st_size <= n_bytes:
                return self.quantized(model, rows, cutoff, options, retrain=True)
            cutoff = int(0.97 * cutoff) - 1
        return None


def write_lines(dataset: tor.Dataset, path: Path) -> Path:
    """Write the rows of a dataset as fastText's lines."""
    with path.open("w", encoding="utf-8") as file:
        for partition in dataset.partitions():
            for batch in partition.batches():
                texts = batch.columns.column(0).to_pylist()
                for text, label in zip(texts, batch.target.to_pylist(), strict=True):
                    name = "_".join(str(label).split())
                    file.write(f"__label__{name} {tokens(text or '')}\n")
    return path


def fasttext_figures(
    peer: FastText, train: tor.Dataset, test: tor.Dataset, sizes: list[int]
) -> tuple[str, float, list[float | None]]:
    """Return the better setting, and the accuracies of the whole model and of the small ones."""
    part, held_out = train.split(test_size=0.2)
    rows = {
        name: write_lines(each, peer.folder / f"{name}.txt")
        for name, each in [("part", part), ("held", held_out), ("train", train), ("test", test)]
    }
    held = {}
    for name, options in SETTINGS.items():
        model = peer.train(rows["part"], options, "part")
        held[name] = peer.accuracy(model.with_suffix(".bin"), rows["held"])
    best = max(held, key=lambda name: held[name])
    options = SETTINGS[best]
    model = peer.train(rows["train"], options, "whole")
    whole = peer.accuracy(model.with_suffix(".bin"), rows["test"])
    small = []
    for n_bytes in sizes:
        file = peer.within(model, rows["train"], n_bytes, options)
        small.append(None if file is None else peer.accuracy(file, rows["test"]))
    return best, whole, small


def our_figures(
    train: tor.Dataset, test: tor.Dataset, sizes: list[int], n_jobs: int, folder: Path
) -> tuple[list[float], list[float]]:
    """Return accuracies and log losses of the whole model and of the small ones."""
    model = tor.TextClassifier(n_jobs=n_jobs).fit(train)
    path = folder / "small.model"
    reports = [model.evaluate(test)]
    for n_bytes in sizes:
        model.save(path, max_size=n_bytes)
        reports.append(tor.load(path).evaluate(test))
    return [100 * each.accuracy for each in reports], [each.log_loss for each in reports]


def main() -> None:
    parser = arguments_of_sets(__doc__, what="figures")
    parser.add_argument("--fasttext", type=Path, help="command line of fastText")
    parser.add_argument("--mb", type=float, nargs="+", default=[8, 2, 1, 0.5], help="sizes")
    args = parser.parse_args()
    sizes = [int(mb * MEGABYTE) for mb in args.mb]
    accuracies, losses, results = [], [], {}
    for folder in args.folders:
        print(folder.name, file=sys.stderr)
        files = training_files(folder), sorted(folder.glob("test*.parquet"))
        train, test = (tor.read(each, text=args.text, target=args.label) for each in files)
        with tempfile.TemporaryDirectory() as scratch:
            ours, loss = our_figures(train, test, sizes, args.n_jobs, Path(scratch))
            accuracies.append([folder.name, "torrential", *(f"{each:.2f}" for each in ours)])
            losses.append([folder.name, *(f"{each:.3f}" for each in loss)])
            results[folder.name] = {"torrential": ours, "log loss": loss}
            if args.fasttext:
                peer = FastText(args.fasttext, Path(scratch), args.n_jobs)
                best, whole, small = fasttext_figures(peer, train, test, sizes)
                shown = ["-" if each is None else f"{each:.1f}" for each in [whole, *small]]
                accuracies.append([folder.name, f"fastText, {best}", *shown])
                results[folder.name] |= {"fastText": [whole, *small], "setting": best}
        print(*accuracies[-2:], losses[-1], sep="\n", file=sys.stderr)
    header = ["", "whole", *(f"{mb:g} MB" for mb in args.mb)]
    print_table("Test accuracy by size", ["", *header], accuracies)
    print_table("Log loss of torrential by size", header, losses)
    write_json(args.json, {"sizes": sizes, "figures": results})


if __name__ == "__main__":
    main()
