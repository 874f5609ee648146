"""
Inverse document frequencies without a vocabulary
=================================================

Weigh hashed terms by how rare they are: in a stream, in parts, and merged from several machines.

**The problem.** Words that are everywhere tell little about a text, and rare ones much: counts are
multiplied with inverse document frequencies (IDF).

**What goes wrong.** A hasher keeps no vocabulary, so it has no frequencies either. In scikit-learn
``TfidfTransformer`` can follow it, but that needs the matrix of all texts in memory, in one place.
"""

# %%
# Texts in which one word decides among many that do not. Each is about one of two animals.

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
# so parts can be counted apart, in any order, and merged.

hasher = tor.HashingVectorizer(norm=None)
first, second = (
    tor.HashedTfidfTransformer().fit(hasher.transform(part))
    for part in (texts[:750], texts[750:1500])
)
merged = first.merge(second)
whole = tor.HashedTfidfTransformer().fit(hasher.transform(texts[train]))
print("merged is whole:", np.array_equal(merged.idf_, whole.idf_), merged.n_documents_, "documents")

# %%
# ``TextClassifier`` does it in a stream: ``"two-pass"`` counts before it learns, ``"running"`` goes
# through the data once and weighs each window of rows with the frequencies up to it.

for idf in (None, "two-pass", "running"):
    model = tor.TextClassifier(idf=idf).fit(texts[train], labels[train])
    print(f"idf={idf!s:8}  accuracy {model.score(texts[test], labels[test]):.3f}")

# %%
# A saved model has its frequencies with it; ``partial_fit`` goes on counting with ``"running"``.
#
# **What it costs.** ``"two-pass"`` reads and hashes everything once more. Eight bytes per column in
# memory and in the model. Terms that share a column share its frequency.
#
# **When not to use it.** AdaGrad gives rare terms larger steps by itself, so IDF gains less than it
# does for other learners, and on some texts it loses: opinions are said in frequent words. Try both
# on held-out rows.
