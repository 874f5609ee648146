"""Train a peer on rows of many classes, and evaluate it: FOLDER fasttext|vw SETTING."""

import json
import sys
import tempfile
from pathlib import Path

from measure import Report, measured


def rows_of(path: Path) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in path.open()]
    return [(row["words"], row["label"]) for row in rows]


def with_fasttext(train, folder, loss, report):
    import fasttext

    path = folder / "train.txt"
    with path.open("w") as file:
        file.writelines(f"__label__{label} {words}\n" for words, label in train)
    train.clear()
    with measured(report):
        model = fasttext.train_supervised(
            str(path), loss=loss, lr=0.5, epoch=5, thread=2, minCount=1, verbose=0
        )
    # A list: of a single text, prediction fails with NumPy 2.
    return lambda words: model.predict([words])[0][0][0].removeprefix("__label__")


def with_vw(train, folder, reduction, report):
    import vowpalwabbit

    names = sorted({label for _, label in train})
    first = int(reduction == "oaa")  # classes are counted from 1, those of trees from 0
    numbers = {name: number for number, name in enumerate(names, first)}
    path = folder / "train.vw"
    with path.open("w") as file:
        file.writelines(f"{numbers[label]} | {words}\n" for words, label in train)
    train.clear()
    words = f"--{reduction} {len(names)} -d {path} -b 24 --loss_function logistic --quiet"
    if reduction == "plt":
        words += " --top_k 1"
    with measured(report):
        model = vowpalwabbit.Workspace(words)

    def predict(words: str) -> str:
        found = model.predict(f" | {words}")
        number = found[0] if isinstance(found, list) else found
        return names[int(number) - first]

    return predict


def main() -> None:
    folder, peer, setting = sys.argv[1:]
    train, test = (rows_of(Path(folder) / f"{name}.jsonl") for name in ("train", "test"))
    learn = {"fasttext": with_fasttext, "vw": with_vw}[peer]
    report: Report = {}
    with tempfile.TemporaryDirectory() as name:
        predict = learn(train, Path(name), setting, report)
    n_right = sum(predict(words) == label for words, label in test)
    print(json.dumps(report | {"accuracy": n_right / len(test)}))


if __name__ == "__main__":
    main()
