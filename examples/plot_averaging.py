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
# Texts of five classes whose words are rare: most words occur in only a few texts.

import matplotlib.pyplot as plt
import numpy as np

import torrential as tor

rng = np.random.default_rng(0)
n_words = 20_000


def texts_of(labels):
    """Return texts of thirty words, a few of which depend on the class."""
    common = rng.zipf(1.3, (len(labels), 26)) % n_words
    own = labels[:, None] * n_words + rng.integers(0, 1500, (len(labels), 4))
    words = np.hstack([common, n_words * 10 + own])
    return [" ".join(f"w{word}" for word in row) for row in words]


labels, test_labels = rng.integers(0, 5, 6000), rng.integers(0, 5, 2000)
texts, test_texts = texts_of(labels), texts_of(test_labels)

# %%
# **The recipe.** Average the models, distribute the average, and continue training from it:
# iterative parameter mixing (McDonald, Hall and Mann 2010). By default, each weight of a part's
# model counts by what its updates have added to AdaGrad's sum of squared gradients, not by the
# number of rows of the part. So a term that occurs in one part keeps its learned weight.


def averaged(n_rounds, weighting):
    """Return the test accuracy of a model that is averaged over eight parts."""
    model = tor.ParameterAveraging(
        tor.TextClassifier(preset="fast"), n_partitions=8, n_rounds=n_rounds, weighting=weighting
    )
    return model.fit(texts, labels).score(test_texts, test_labels)


figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
for weighting in ("rows", "updates"):
    scores = [averaged(n_rounds, weighting) for n_rounds in (1, 2, 3)]
    print(f"{weighting:8}", *(f"{score:.3f}" for score in scores))
    axes.plot([1, 2, 3], scores, marker="o", label=f"eight parts, by {weighting}")

for max_iter, style in ((1, ":"), (3, "--")):
    serial = tor.TextClassifier(preset="fast", max_iter=max_iter).fit(texts, labels)
    score = serial.score(test_texts, test_labels)
    print(f"serial, passes: {max_iter}", f"{score:.3f}")
    axes.axhline(score, color="gray", linestyle=style, label=f"serial, passes: {max_iter}")

axes.set(xticks=[1, 2, 3], xlabel="rounds", ylabel="test accuracy", title="Averages of eight parts")
axes.legend()
plt.show()

# %%
# With held-out rows, ``history_`` shows the effect of averaging: the average is more accurate than
# the models of the parts.

model = tor.ParameterAveraging(
    tor.TextClassifier(preset="fast"), n_rounds=2, validation_fraction=0.1
)
for mix in model.fit(texts, labels).history_:
    print(mix)

# %%
# The parts depend on the data and ``n_partitions``, not on the workers. One thread, three threads
# and a cluster (``executor=tor.Dask("tcp://host:8786")``) give the same bits.

one, three = (
    tor.ParameterAveraging(tor.TextClassifier(preset="fast"), executor=tor.Threads(n))
    .fit(texts, labels)
    .coef_
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
