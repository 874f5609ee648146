"""
Several models from one pass, and how certain they are
======================================================

Bag text classifiers in one pass over the data, let fitted models vote, and average independently
trained models into one.

**The problem.** A model may say "0.9" even if it has never seen a similar text. Models of different
samples agree if the data determines the answer, and differ if it does not.

**What goes wrong.** scikit-learn's ``BaggingClassifier`` draws rows by their numbers: the whole
matrix has to be in memory, and each model is fitted in a separate pass. ``VotingClassifier`` does
not accept models that are already fitted.
"""

# %%
# How docstrings begin: are they from NumPy or from pandas?

import re
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

import torrential as tor


def beginnings(package):
    """Return how the docstrings of a package begin, each once."""
    folder = Path(find_spec(package).origin).parent
    sources = (path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py")))
    found = (text for each in sources for text in re.findall('"""(.+?)"""', each, re.DOTALL))
    return sorted({text[:300] for text in found})


numpy, pandas = beginnings("numpy"), beginnings("pandas")
rows = {"text": numpy + pandas, "label": ["numpy"] * len(numpy) + ["pandas"] * len(pandas)}
train, test = tor.read(rows, text="text", target="label").split(test_size=0.3)

# %%
# **The recipe.** Each model gives each row its own weight from a Poisson distribution (online
# bagging), drawn by a hash of the row: the bag is the same for any number of threads. Rows are read
# and hashed once for all models.

learner = tor.TextClassifier(preset="fast", n_features=2**16)
bag = tor.BaggingClassifier(learner, n_estimators=10).fit(train)
print(f"accuracy of the bag: {bag.score(test):.3f}")
print(f"accuracy of one model: {learner.fit(train).score(test):.3f}")

# %%
# Each row of the test has a probability, and a spread: how far the ten models differ. Where the
# models agree, they are right more often.

held_out = test.to_pandas()
mean, std = bag.predict_proba(held_out["text"], return_std=True)
p, spread = mean[:, 1], std[:, 1]
is_wrong = (p > 0.5) != (held_out["label"] == "pandas")
for low, high in ((0, 0.05), (0.05, 0.1), (0.1, 1)):
    of_spread = (spread >= low) & (spread < high)
    print(
        f"spread {low} to {high}: {of_spread.sum():4} rows, {is_wrong[of_spread].mean():.1%} wrong"
    )

figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
axes.scatter(p[~is_wrong], spread[~is_wrong], 6, "C0", alpha=0.4)
axes.scatter(p[is_wrong], spread[is_wrong], 14, "C1", marker="x")
axes.set(
    xlabel="probability of pandas, the mean of ten models", ylabel="standard deviation", ylim=0
)
axes.text(0.02, 0.97, "right", color="C0", transform=axes.transAxes, va="top")
axes.text(0.02, 0.9, "wrong", color="C1", transform=axes.transAxes, va="top")
axes.set_title("Models that differ are wrong more often")
plt.show()

# %%
# Models that were fitted on different days, to different features or even different classes, can
# vote without another fit.

first, second = train.split(test_size=0.5, seed=1)
monday = tor.TextClassifier(n_features=2**16).fit(first)
tuesday = tor.TextClassifier(n_features=2**16).fit(second)
voting = tor.VotingClassifier([monday, tuesday, learner], voting="soft", weights=[1, 1, 2])
print(f"accuracy of the votes: {voting.score(test):.3f}, of monday's: {monday.score(test):.3f}")

# %%
# If the models use the same hashing, their weights can be averaged into one model, which is as fast
# as each of them.

print(f"accuracy of the average: {tor.average([monday, tuesday]).score(test):.3f}")

# %%
# Estimators that need all of their rows at once, such as trees, are fitted to parts of the data in
# parallel: only each part has to fit in memory.

trees = make_pipeline(CountVectorizer(), DecisionTreeClassifier(max_depth=8))
forest = tor.PartitionEnsemble(trees, n_partitions=4).fit(train)
print(f"accuracy of the trees: {forest.score(test):.3f}")

# %%
# **What it costs.** A bag of ten reads and hashes once, but learns ten times, and keeps ten models
# in memory; predictions hash once and score ten times. An average costs nothing afterwards.
#
# **When not to use it.** Linear models of hashed text are stable: a bag of them is hardly more
# accurate than one. Use it for the spread. For speed on many cores, use ``ParameterAveraging``,
# which averages many times during training.
