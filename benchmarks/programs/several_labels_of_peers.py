"""Train and evaluate a peer on rows with several labels: FOLDER svc|fasttext|vw SETTING."""

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score
from sklearn.preprocessing import MultiLabelBinarizer


def rows_of(path: Path) -> tuple[list[str], list[list[str]]]:
    rows = [json.loads(line) for line in path.open()]
    return [row["words"] for row in rows], [row["labels"] for row in rows]


def with_svc(train, has, test, n_words):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC

    began = time.perf_counter()
    terms = TfidfVectorizer(ngram_range=(1, n_words), sublinear_tf=True)
    model = OneVsRestClassifier(LinearSVC()).fit(terms.fit_transform(train), has)
    seconds = time.perf_counter() - began
    scores = model.decision_function(terms.transform(test))
    return seconds, scores > 0, scores


def with_fasttext(train, has, test, epochs):
    import fasttext

    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        for words, row in zip(train, has):
            labels = "".join(f"__label__{label} " for label in np.flatnonzero(row))
            file.write(f"{labels}{words}\n")
        file.flush()
        began = time.perf_counter()
        model = fasttext.train_supervised(
            file.name, loss="ova", epoch=epochs, lr=1.0, wordNgrams=2, thread=2, verbose=0
        )
        seconds = time.perf_counter() - began
    scores = np.zeros((len(test), has.shape[1]))
    for number, words in enumerate(test):  # a single text fails with NumPy 2
        labels, probabilities = model.predict([words], k=-1)
        columns = [int(label.removeprefix("__label__")) for label in labels[0]]
        scores[number, columns] = probabilities[0]
    return seconds, scores > 0.5, scores


def with_vw(train, has, test, passes):
    import vowpalwabbit

    def line(words, row):
        return ",".join(map(str, np.flatnonzero(row))) + f" | {words}"

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.vw"
        path.write_text("\n".join(map(line, train, has)) + "\n")
        began = time.perf_counter()
        model = vowpalwabbit.Workspace(
            f"--multilabel_oaa {has.shape[1]} -d {path} --passes {passes} -c -k --holdout_off "
            "-b 24 --ngram 2 --loss_function logistic --quiet"
        )
        seconds = time.perf_counter() - began
        predicted = np.zeros((len(test), has.shape[1]), bool)
        for number, words in enumerate(test):
            predicted[number, model.predict(f" | {words}")] = True
        model.finish()
    return seconds, predicted, None


def main() -> None:
    folder, peer, setting = sys.argv[1:]
    train, topics = rows_of(Path(folder) / "train.jsonl")
    test, expected = rows_of(Path(folder) / "test.jsonl")
    names = MultiLabelBinarizer().fit(topics)
    every = MultiLabelBinarizer().fit(topics + expected)
    learn = {"svc": with_svc, "fasttext": with_fasttext, "vw": with_vw}[peer]
    seconds, predicted, scores = learn(train, names.transform(topics), test, int(setting))
    truth = every.transform(expected)
    columns = np.searchsorted(every.classes_, names.classes_)
    whole = np.zeros(truth.shape, bool)
    whole[:, columns] = predicted
    of_both = columns[truth[:, columns].any(axis=0)]
    report = {
        "seconds": seconds,
        "micro": f1_score(truth, whole, average="micro", zero_division=0),
        "macro": f1_score(truth, whole, labels=of_both, average="macro", zero_division=0),
    }
    if scores is not None:
        labeled = truth.any(axis=1)
        best = np.argsort(-scores[labeled], axis=1, kind="stable")[:, :3]
        hits = np.take_along_axis(truth[labeled][:, columns], best, axis=1)
        report |= {"at_1": hits[:, 0].mean(), "at_3": hits.sum(axis=1).mean() / 3}
    print(json.dumps({name: float(value) for name, value in report.items()}))


if __name__ == "__main__":
    main()
