"""Train, open and apply models of fastText, with its Python package or with torrential.

fasttext_models.py train KIND LINES.txt MODEL
fasttext_models.py predict MODEL TEXTS.txt ANSWERS [N_JOBS]

KIND is one of KINDS. Without N_JOBS the ``fasttext`` package predicts, else torrential on that
number of threads. The texts are one list; ANSWERS gets a label and its probability on each line.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from measure import Report, measured

KINDS: dict[str, dict[str, Any]] = {
    "softmax, pairs": {"loss": "softmax", "wordNgrams": 2, "dim": 100},
    "hs, subwords": {"loss": "hs", "minn": 3, "maxn": 6, "dim": 100, "bucket": 500_000},
    "ova, three words": {"loss": "ova", "wordNgrams": 3, "dim": 50, "bucket": 500_000},
    "ns, pairs": {"loss": "ns", "wordNgrams": 2, "dim": 33, "bucket": 300_000},
    "quantized, pruned": {"loss": "softmax", "wordNgrams": 2, "dim": 100, "bucket": 300_000},
}
Answers = tuple[Sequence[str], Sequence[float]]
WARM_UP = 20


def train(kind: str, lines: str, model: str) -> Report:
    import fasttext

    options = {"epoch": 2, "lr": 0.5, "thread": 2, "verbose": 0, **KINDS[kind]}
    trained = fasttext.train_supervised(lines, **options)
    if "quantized" in kind:
        trained.quantize(input=lines, qnorm=True, cutoff=50_000)
    trained.save_model(model)
    return {}


def opened(model: str, n_jobs: int | None) -> Callable[[list[str]], Answers]:
    """Return a function of texts."""
    if n_jobs is None:
        import fasttext

        peer = fasttext.load_model(model)

        def by_fasttext(texts: list[str]) -> Answers:
            labels, probabilities = peer.predict(texts)
            first = [label[0].removeprefix("__label__") for label in labels]
            return first, [float(each[0]) for each in probabilities]

        return by_fasttext
    import torrential

    ours = torrential.load(model).set_params(n_jobs=n_jobs)

    def by_torrential(texts: list[str]) -> Answers:
        labels, probabilities = ours.top_k(texts, 1)
        return labels[:, 0].tolist(), probabilities[:, 0].tolist()

    return by_torrential


def predict(model: str, texts: str, answers: str, n_jobs: str | None = None) -> Report:
    """Report the list call, and the opening of the model when the library is there already."""
    lines = Path(texts).read_text(encoding="utf-8").split("\n")
    jobs = None if n_jobs is None else int(n_jobs)
    opened(model, jobs)(lines[:WARM_UP])  # imports, and kernels
    start = time.perf_counter()
    apply = opened(model, jobs)
    opening = time.perf_counter() - start
    apply(lines[:WARM_UP])
    report: Report = {"opening": opening}
    with measured(report):
        labels, probabilities = apply(lines)
    rows = zip(labels, probabilities, strict=True)
    Path(answers).write_text("".join(f"{label}\t{p!r}\n" for label, p in rows), encoding="utf-8")
    return report


if __name__ == "__main__":
    work = {"train": train, "predict": predict}[sys.argv[1]]
    print(json.dumps(work(*sys.argv[2:])), flush=True)
