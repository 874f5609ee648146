"""
Inverse document frequencies without a vocabulary
=================================================

Weigh hashed terms by how rare they are: in a stream, in parts, and merged from several machines.

**The problem.** Frequent words say little about a text, and rare words say much. So counts are
multiplied by inverse document frequencies (IDF).

**What goes wrong.** A hasher keeps no vocabulary, so it has no frequencies either. In scikit-learn
a ``TfidfTransformer`` can follow it, but needs the matrix of all texts in the memory of one
machine.
"""

# %%
# Texts about one of two animals, in which few of the words depend on the animal.

import numpy as np

import torrential as tor

rng = np.random.default_rng(0)
common = [f"word{i}" for i in range(40)]
names = {"cat": [f"cat{i}" for i in range(300)], "dog": [f"dog{i}" for i in range(300)]}
labels = rng.choice(list(names), 4000)
texts = [
    " ".join([*rng.choice(common, 60), *rng.choice(names[label], 2, replace=False)])
    for label in labels
]
train, test = slice(0, 1500), slice(1500, None)

# %%
# **The recipe.** Document frequencies are counted per column of the hasher. They are whole numbers,
# so parts can be counted independently, in any order, and merged.

hasher = tor.HashingVectorizer(norm=None)
first, second = (
    tor.HashedTfidfTransformer().fit(hasher.transform(part))
    for part in (texts[:750], texts[750:1500])
)
merged = first.merge(second)
whole = tor.HashedTfidfTransformer().fit(hasher.transform(texts[train]))
print("merged is whole:", np.array_equal(merged.idf_, whole.idf_), merged.n_documents_, "documents")

# %%
# ``TextClassifier`` does this in a stream: ``"two-pass"`` counts before it learns, ``"running"``
# reads the data once, and weighs each window of rows with the frequencies up to that window.

for idf in (None, "two-pass", "running"):
    model = tor.TextClassifier(preset="fast", idf=idf).fit(texts[train], labels[train])
    print(f"idf={idf!s:8}  accuracy {model.score(texts[test], labels[test]):.3f}")

# %%
# A saved model includes the frequencies; with ``"running"``, ``partial_fit`` continues to count.
#
# **What it costs.** ``"two-pass"`` reads and hashes everything twice. Frequencies take eight bytes
# per column, in memory and in the model. Terms that share a column share its frequency.
#
# **When not to use it.** AdaGrad gives rare terms larger steps itself, so IDF gains less than with
# other learners, and on some texts it loses: opinions are expressed in frequent words. Try both on
# held-out rows.
