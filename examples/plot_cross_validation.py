"""
Cross-validation from one pass
==============================

Train the models of all folds side by side, and read and hash the rows once.

**The problem.** How accurate will a model be on rows that it has not seen? Cross-validation uses
every row to answer that: it trains k models, and scores each on the rows that it has not learned.

**What goes wrong.** The usual tools take the rows as one array in memory and start k times from the
beginning: the texts are read, split and hashed k times, although every fold consists of the same
rows. Hashing the rows once, by hand, needs memory for all of them. And if a text occurs twice, one
copy may be learned and the other scored, so the score is too high.
"""

# %%
# Which package does a line that raises an error come from? As in most collections, many texts occur
# several times, since programmers copy.

import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import StratifiedKFold

import torrential as tor

rows = []
for package in ("numpy", "pandas", "scipy", "sklearn"):
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        found = re.findall("raise .*", path.read_text(encoding="utf-8"))
        rows += [(text, package) for text in found]
texts, labels = (list(column) for column in zip(*rows))
copies = sum(n for n in Counter(texts).values() if n > 1)
print(f"{len(texts):,} lines; {copies / len(texts):.0%} have a copy")

# %%
# **The recipe.** ``cross_validate`` has scikit-learn's keys. All rows are hashed once; each batch
# goes to the learners of all folds but its own.

model = tor.TextClassifier(preset="fast", n_features=2**16, n_jobs=2)
scores = tor.cross_validate(model, texts, labels, cv=5, scoring=["accuracy", "roc_auc_ovr"])
for name, values in scores.items():
    print(f"{name:22}", np.round(values, 4))

# %%
# A hash of the row determines its fold, so all copies of a text are in the same fold, and a row
# stays in its fold in another file, another order, or another run. Folds of rows by chance have
# copies of most of their texts in the other folds, so their scores promise too much.

by_chance = []
every, labels_of = np.array(texts, dtype=object), np.array(labels)
for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(every, labels_of):
    model.fit(list(every[train]), list(labels_of[train]))
    by_chance.append(model.score(list(every[test]), list(labels_of[test])))

figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
folds = {"copies in\none fold": scores["test_accuracy"], "rows\nby chance": np.array(by_chance)}
for place, (name, values) in enumerate(folds.items()):
    print(f"{name!r:25} mean {values.mean():.4f}")
    axes.plot(values, [place] * 5, "o", color=f"C{place}", alpha=0.7, markersize=9)
    axes.vlines(values.mean(), place - 0.3, place + 0.3, color=f"C{place}")
    axes.text(values.mean(), place - 0.35, f"mean {values.mean():.3f}", ha="center", va="bottom")
axes.set(yticks=[0, 1], yticklabels=folds, ylim=(1.5, -0.8), xlabel="accuracy on each fold")
axes.grid(axis="x")
axes.set_title("Copies in other folds raise the score, but not the model")
plt.show()

# %%
# The folds are also datasets: models that are fitted to them have the same bits as the models of
# the one pass.

dataset = tor.read({"text": texts, "label": labels}, text="text", target="label")
result = tor.cross_validate(model, dataset, cv=5, return_estimator=True)
for (train, test), folded in zip(dataset.folds(5), result["estimator"]):
    alone = tor.TextClassifier(preset="fast", n_features=2**16).fit(train)
    same = alone.coef_.tobytes() == folded.coef_.tobytes()
    print(f"{alone.score(test):.4f}  same bits: {same}")

# %%
# **What it costs.** Reading and hashing once, and training k models on (k - 1) / k of the rows
# each, on all threads. Memory holds k models, a window of rows for each fold, and at most half a
# gigabyte of hashed rows for scoring; further rows are hashed a second time. A text with many
# copies is in one fold with all of them, so the scores of folds differ more.
#
# **When not to use it.** With a single pass over the data, progressive validation (``history_``)
# estimates the accuracy on unseen rows for free. If rows are in the order of time, random folds let
# a model see the future: hold out the last rows, or pass ``order``. And the spread over folds does
# not give a confidence interval, because the models share most of their rows.
