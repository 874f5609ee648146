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
# Which package do pieces of source code come from, in the order of a repeatable shuffle?

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import torrential as tor

rows = []
for package in ("dask", "distributed", "joblib", "numba", "rich"):
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        rows += [("\n".join(lines[i : i + 10]), package) for i in range(20, len(lines), 40)]
order = np.random.default_rng(0).permutation(len(rows))
texts, labels = zip(*(rows[i] for i in order))
train, train_labels = texts[:10_000], labels[:10_000]
test, test_labels = texts[10_000:], labels[10_000:]
print(f"{len(train):,} pieces to learn, {len(test):,} held out")

# %%
# **The recipe.** Predict each row *before* it is learned, and count the correct predictions. Every
# row is then a test row once, and no row is held out. Vowpal Wabbit has always done this.

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

# %%
# Labels in a random order leave nothing to learn. The progressive loss shows this within some
# hundred rows; the accuracy on learned rows hides it until the end.

chance = np.random.default_rng(0).permutation(train_labels)
random_model = tor.TextClassifier(preset="fast").fit(train, chance)
print(f"progressive accuracy: {random_model.history_[0].accuracy:.3f}")
print(f"on rows learned:       {random_model.score(train, chance):.3f}")
print(f"most frequent label:   {np.mean(np.array(train_labels) == 'numba'):.3f}")

figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
for name, each, color in (("labels", model, "C0"), ("random labels", random_model, "C1")):
    n_rows = [line.n_rows for line in each.history_[0].lines]
    axes.plot(n_rows, [line.since_last for line in each.history_[0].lines], color=color)
    axes.text(n_rows[-1] * 1.1, each.history_[0].lines[-1].since_last, name, color=color)
axes.set(xscale="log", xlabel="rows", ylabel="loss of rows before they are learned", ylim=0)
axes.set_title("After some hundred rows it is clear which model learns")
plt.show()

# %%
# **What it costs.** Almost nothing: the learner needs the prediction anyway.
#
# **When not to use it.** After the first pass: from the second pass on every row has been seen, so
# compare passes on a held-out set. And if rows are repeated, or sorted by time, neighboring rows
# are too similar: hold out rows by group or by time.
