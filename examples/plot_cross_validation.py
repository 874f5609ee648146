"""
Cross-validation from one pass
==============================

Learn the models of all folds side by side, and read and hash the rows once.

**The problem.** How good will a model be on rows that it has not seen? Cross-validation answers
that with every row: k models, each scored on the part that it has not learned.

**What goes wrong.** The usual tools take the rows as one array in memory, and start k times from
the beginning: the texts are read, split and hashed k times over, though every fold's matrix is made
of the same rows. Hashing them once, by hand, needs memory for all of it. And where a text occurs
twice, one copy is learned and the other is scored: the result is too good.
"""

# %%
# Some reviews; every tenth is there twice, as in real collections.

import numpy as np

import torrential as tor

rng = np.random.default_rng(0)
words = {"good": ["great", "fine", "superb", "sharp"], "bad": ["poor", "dull", "broken", "blurred"]}
every = [*words["good"], *words["bad"], *(f"word{i}" for i in range(3000))]

labels = rng.choice(["good", "bad"], 3000)
texts = [
    " ".join([rng.choice(words[label]), *rng.choice(every, 20), f"order{rng.integers(10**6)}"])
    for label in labels
]
texts, labels = [*texts, *texts[::10]], [*labels, *labels[::10]]

# %%
# **The recipe.** ``cross_validate`` has scikit-learn's keys. All rows are hashed once; each batch
# goes to the learners of all folds but its own.

model = tor.TextClassifier(n_jobs=2)
scores = tor.cross_validate(model, texts, labels, cv=5, scoring=["accuracy", "roc_auc"])
for name, values in scores.items():
    print(f"{name:15}", np.round(values, 4))

# %%
# ROC AUC needs all scores in their order, and so all rows at once. Here it comes from a sketch of
# fixed size, and ``error_roc_auc`` is the most that it can be off.
#
# A fold is decided by a hash of the row, so both copies of a text are in the same one, and a row is
# in the same fold tomorrow, in another file and another order. The folds are datasets as well; the
# models of the one pass are those that are fitted to them, to the bit.

from torrential.data import from_arrays

dataset = from_arrays(texts, labels)
result = tor.cross_validate(model, dataset, cv=5, return_estimator=True)
for (train, test), beside in zip(dataset.folds(5), result["estimator"]):
    alone = tor.TextClassifier().fit(train)
    same = alone.coef_.tobytes() == beside.coef_.tobytes()
    print(f"{alone.score(test):.4f}  same bits: {same}")

# %%
# **What it costs.** Reading and hashing once, and the learning of k models on (k - 1) / k of the
# rows each: the folds are learned on all threads. Memory is that of k models, of a window of rows
# for each fold, and half a gigabyte of hashed rows at most, which are kept to be scored; what is
# beyond is hashed a second time.
#
# **When not to use it.** With a single pass over the data, progressive validation
# (``history_``) tells the accuracy on unseen rows for free. Where rows come in the order of time,
# folds let a model see the future: hold out the last rows. And the spread over folds is no
# confidence interval, as their models share most of their rows.
