"""
One model per part, averaged
============================

Train on the parts of a data set independently, on all cores or on a cluster, and get one model.

**The problem.** Stochastic gradient descent takes rows one after the other. Reading and hashing run
on all cores, but the learner is one thread on one machine.

**What goes wrong.** The obvious solution is to train one model on each part and to average their
weights once. A term that only one of eight models has seen then keeps an eighth of its weight, and
each model has drifted towards its own part. The average is less accurate than a serial learner.
"""

# %%
# Which package are five lines of source code from? Names that occur in few of the texts decide it.

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import torrential as tor

rows = []
for package in ("dask", "distributed", "joblib", "numba", "rich"):
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        rows += [("\n".join(lines[i : i + 5]), package) for i in range(20, len(lines), 40)]
order = np.random.default_rng(0).permutation(len(rows))
texts, labels = zip(*(rows[i] for i in order))
texts, labels, test_texts, test_labels = texts[:5000], labels[:5000], texts[5000:], labels[5000:]
print(f"{len(texts):,} pieces to learn, {len(test_texts):,} to test")

# %%
# **The recipe.** Average the models, distribute the average, and continue training from it:
# iterative parameter mixing (McDonald, Hall and Mann 2010). By default, each weight of a part's
# model counts by what its updates have added to AdaGrad's sum of squared gradients, not by the
# number of rows of the part. So a term that occurs in one part keeps its learned weight.

learner = tor.TextClassifier(preset="fast", n_features=2**16)


def averaged(n_rounds, weighting):
    """Return the test accuracy of a model that is averaged over eight parts."""
    model = tor.ParameterAveraging(learner, n_partitions=8, n_rounds=n_rounds, weighting=weighting)
    return model.fit(texts, labels).score(test_texts, test_labels)


figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
for weighting, color in (("rows", "C1"), ("updates", "C0")):
    scores = [averaged(n_rounds, weighting) for n_rounds in (1, 2, 3)]
    print(f"{weighting:8}", *(f"{score:.3f}" for score in scores))
    axes.plot([1, 2, 3], scores, marker="o", color=color)
    axes.text(3.04, scores[-1], f"eight parts,\nby {weighting}", color=color, va="center")

for passes in (1, 3):
    serial = tor.TextClassifier(preset="fast", max_iter=passes).fit(texts, labels)
    score = serial.score(test_texts, test_labels)
    print(f"serial, passes: {passes}", f"{score:.3f}")
    axes.axhline(score, color="0.5", linestyle="--", linewidth=1)
    axes.text(1, score - 0.002, f"one learner, passes: {passes}", color="0.4", va="top")

axes.set(xticks=[1, 2, 3], xlim=(0.95, 3.4), xlabel="rounds", ylabel="accuracy on test rows")
axes.set_title("Averages of eight parts, by rounds")
plt.show()

# %%
# With held-out rows, ``history_`` shows the effect of averaging: the average is more accurate than
# the models of the parts.

model = tor.ParameterAveraging(learner, n_rounds=2, validation_fraction=0.1)
for mix in model.fit(texts, labels).history_:
    print(mix)

# %%
# The parts depend on the data and ``n_partitions``, not on the workers. One thread, three threads
# and a cluster (:doc:`plot_cluster`) give the same bits.

one, three = (
    tor.ParameterAveraging(learner, executor=tor.Threads(n)).fit(texts, labels).coef_
    for n in (1, 3)
)
print("same bits:", one.tobytes() == three.tobytes())

# %%
# **What it costs.** Each part begins with a copy of the weights, and its changes are merged. That
# is little work compared with hundreds of megabytes of text, but much compared with ten. Each part
# learns only its share of the rows between two averages, so use about as many parts as workers.
#
# **When not to use it.** On a few cores the serial learner keeps up with hashing, needs no copies,
# and learns more from one pass. Averaging is for many passes, many cores, and clusters.
