"""
Is it learning? Progressive validation
======================================

Know how good a model is while it is still being trained.

**The problem.** A training takes an hour. Is it learning anything?

**What goes wrong.** The loss on rows that were just learned looks good even if they were only
memorized. A held-out set is honest, but those rows are not learned, and the result comes at the
end.
"""

# %%
# **The recipe.** Predict each row *before* it is learned, and count the correct predictions. Every
# row is then a test row once, and no row is held out. Vowpal Wabbit has always done this.

import matplotlib.pyplot as plt
import numpy as np

import torrential as tor

rng = np.random.default_rng(0)
words = np.array([f"word{i}" for i in range(2200)])


def texts_of(labels):
    """Return texts of 30 words; the two classes share nine of ten words."""
    return [" ".join(rng.choice(words[200 * label : 200 * label + 2000], 30)) for label in labels]


train_labels, test_labels = rng.integers(0, 2, 6000), rng.integers(0, 2, 2000)
train, test = texts_of(train_labels), texts_of(test_labels)

model = tor.TextClassifier(preset="fast").fit(train, train_labels)
print(f"progressive accuracy: {model.history_[0].accuracy:.3f}")
print(f"held-out accuracy:    {model.score(test, test_labels):.3f}")

# %%
# The progressive accuracy is lower, because it includes the first rows, which were predicted by an
# untrained model. Lines at doubling numbers of rows show how much more data would help. During
# training ``verbose=1`` prints them, or shows a bar on a terminal; the logger ``torrential.train``
# always receives them.

for line in model.history_[0].lines[6:]:
    print(f"{line.n_rows:5d} rows: loss {line.average_loss:.3f}, recent {line.since_last:.3f}")

figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
n_rows = [line.n_rows for line in model.history_[0].lines]
axes.plot(
    n_rows, [line.average_loss for line in model.history_[0].lines], label="of all rows so far"
)
axes.plot(
    n_rows, [line.since_last for line in model.history_[0].lines], label="since the last line"
)
axes.set(xscale="log", xlabel="rows", ylabel="loss before learning", title="Progressive loss")
axes.legend()
plt.show()

# %%
# Random labels leave nothing to learn. The progressive accuracy shows this; the accuracy on learned
# rows does not.

chance = rng.permutation(train_labels)
model = tor.TextClassifier(preset="fast").fit(train, chance)
print(f"progressive accuracy: {model.history_[0].accuracy:.3f}")
print(f"on rows learned:       {model.score(train, chance):.3f}")

# %%
# **What it costs.** Almost nothing: the learner needs the prediction anyway.
#
# **When not to use it.** After the first pass: from the second pass on every row has been seen, so
# compare passes on a held-out set. And if rows are repeated, or sorted by time, neighboring rows
# are too similar: hold out rows by group or by time.
