"""Compile the kernels that most tests need, before processes of tests would each do so.

Two processes share the work: words and what is read and saved, and the rest.
"""

import sys
import tempfile
from pathlib import Path

import torrential as tor

TEXTS = [f"word{i % 7} more{i % 11} number{i}" for i in range(300)]


def words():
    """Read the formats, and learn and predict words of two and of many classes."""
    rows = [f"{text},{'ab'[i % 2]},1.5" for i, text in enumerate(TEXTS)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_text("\n".join(["text,label,weight", *rows, '"a, b",a,2']))
        data = tor.read(path, text="text", target="label", weight="weight")
        for parameters in ({}, {"terms": True, "idf": "running", "ngram_range": (1, 2)}):
            model = tor.TextClassifier(preset="fast", n_features=2**10, **parameters).fit(data)
            model.predict(data)
    tor.TextClassifier(preset="fast", n_features=2**10).fit(
        TEXTS, [i % 20 for i in range(300)]
    ).score(TEXTS, [i % 20 for i in range(300)])


def others():
    """Learn characters, and search."""
    labels = ["a", "b"] * 150
    tor.TextClassifier(preset="fast", n_features=2**10, analyzer="char_wb", ngram_range=(1, 3)).fit(
        TEXTS, labels
    )
    grid = {"eta0": [0.1, 0.5], "penalty": ["l2"], "alpha": [1e-5]}
    model = tor.TextClassifier(preset="fast", n_features=2**10, analyzer="char", ngram_range=(2, 2))
    tor.GridSearchCV(model, grid, cv=2).fit(TEXTS, labels)


if __name__ == "__main__":
    {"words": words, "others": others}[sys.argv[1]]()
