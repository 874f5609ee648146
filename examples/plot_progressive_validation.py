"""
What is it doing? Progressive validation
========================================

Know how good a model is while it is still being trained.

**The problem.** A training takes an hour. Is it learning anything?

**What goes wrong.** The loss on the rows that were just learned looks good even if they were only
learned by heart. A held-out set is honest, but has to be put aside, and is looked at in the end.
"""

# %%
# **The recipe.** Predict each row *before* it is learned, and keep count. Every row is then a test
# row once, and nothing is put aside. Vowpal Wabbit has always done so.

import numpy as np

import torrential as tor

rng = np.random.default_rng(0)
words = np.array([f"word{i}" for i in range(2200)])


def texts_of(labels):
    """Texts of 30 words; the two classes have nine words out of ten in common."""
    return [" ".join(rng.choice(words[200 * label : 200 * label + 2000], 30)) for label in labels]


train_labels, test_labels = rng.integers(0, 2, 6000), rng.integers(0, 2, 2000)
train, test = texts_of(train_labels), texts_of(test_labels)

model = tor.TextClassifier().fit(train, train_labels)
print(f"progressive accuracy: {model.history_[0].accuracy:.3f}")
print(f"held-out accuracy:    {model.score(test, test_labels):.3f}")

# %%
# The progressive accuracy is the lower one: it counts the first rows too, which met a model that
# knew nothing. Lines at doubling numbers of rows show how much more data would help. ``verbose=1``
# prints them during the training, or a bar on a terminal, and ``logging`` gets them in any case, as
# messages of the logger ``torrential.train``.

for line in model.history_[0].lines[6:]:
    print(f"{line.n_rows:5d} rows: loss {line.average_loss:.3f}, of late {line.since_last:.3f}")

# %%
# In labels that are pure chance there is nothing to learn, and it says so, where the accuracy on
# the rows that were learned does not.

chance = rng.permutation(train_labels)
model = tor.TextClassifier().fit(train, chance)
print(f"progressive accuracy: {model.history_[0].accuracy:.3f}")
print(f"on rows learned:       {model.score(train, chance):.3f}")

# %%
# **What it costs.** Next to nothing: the learner needs the prediction anyway.
#
# **When not to use it.** After the first pass: from the second on every row has been seen, so
# compare passes by a held-out set. And when rows come in copies, or sorted by time, rows that are
# neighbors are too much alike: hold some out by what sets them apart.
