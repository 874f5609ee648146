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
# Some reviews; every tenth occurs twice, as in real collections.

import numpy as np

import torrential as tor

rng = np.random.default_rng(0)
words = {"good": ["great", "fine", "superb", "sharp"], "bad": ["poor", "dull", "broken", "blurred"]}
every = np.array([*words["good"], *words["bad"], *(f"word{i}" for i in range(3000))])

labels = rng.choice(["good", "bad"], 3000)
texts = [
    " ".join([rng.choice(words[label]), *rng.choice(every, 20), f"order{rng.integers(10**6)}"])
    for label in labels
]
texts, labels = [*texts, *texts[::10]], [*labels, *labels[::10]]

# %%
# **The recipe.** ``cross_validate`` has scikit-learn's keys. All rows are hashed once; each batch
# goes to the learners of all folds but its own.

model = tor.TextClassifier(n_features=2**16, n_jobs=2)
scores = tor.cross_validate(model, texts, labels, cv=5, scoring=["accuracy", "roc_auc"])
for name, values in scores.items():
    print(f"{name:15}", np.round(values, 4))

# %%
# ROC AUC depends on the order of all scores, and so on all rows at once. Here it comes from a
# sketch of fixed size, and ``error_roc_auc`` is the largest possible error.
#
# A hash of the row determines its fold, so both copies of a text are in the same fold, and a row
# stays in its fold in another file, another order, or another run. The folds are also datasets:
# models that are fitted to them have the same bits as the models of the one pass.

from torrential.data import from_arrays

dataset = from_arrays(texts, labels)
result = tor.cross_validate(model, dataset, cv=5, return_estimator=True)
for (train, test), folded in zip(dataset.folds(5), result["estimator"]):
    alone = tor.TextClassifier(n_features=2**16).fit(train)
    same = alone.coef_.tobytes() == folded.coef_.tobytes()
    print(f"{alone.score(test):.4f}  same bits: {same}")

# %%
# **What it costs.** Reading and hashing once, and training k models on (k - 1) / k of the rows
# each, on all threads. Memory holds k models, a window of rows for each fold, and at most half a
# gigabyte of hashed rows for scoring; further rows are hashed a second time.
#
# **When not to use it.** With a single pass over the data, progressive validation (``history_``)
# estimates the accuracy on unseen rows for free. If rows are in the order of time, random folds let
# a model see the future: hold out the last rows, or pass ``order``. And the spread over folds does
# not give a confidence interval, because the models share most of their rows.
