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
# Reviews of two classes; some words are clear, and some texts have no such words.

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

import torrential as tor

rng = np.random.default_rng(0)
clear = {"good": ["great", "superb", "love"], "bad": ["broken", "refund", "awful"]}
common = ["the", "parcel", "came", "with", "box", "blue", "small", "store"]
labels = rng.choice(["good", "bad"], 4000)
texts = [
    " ".join([*rng.choice(common, 6), *rng.choice(clear[label], rng.integers(0, 3))])
    for label in labels
]
dataset = tor.read({"text": texts, "label": labels}, text="text", target="label")
train, test = dataset.split(test_size=0.25)

# %%
# **The recipe.** Each model gives each row its own weight from a Poisson distribution (online
# bagging), drawn by a hash of the row: the bag is the same for any number of threads. Rows are read
# and hashed once for all models.

bag = tor.BaggingClassifier(tor.TextClassifier(n_features=2**12), n_estimators=10).fit(train)
print("accuracy of the bag:", round(bag.score(test), 3))

mean, std = bag.predict_proba(["superb, love it", "the blue box", "xyzzy"], return_std=True)
for text, p, spread in zip(("clear", "unclear", "never seen"), mean[:, 1], std[:, 1], strict=True):
    print(f"{text:>10}: good with {p:.2f}, models differ by {spread:.2f}")

# %%
# Models that were fitted on different days, to different features or even different classes, can
# vote without another fit.

first, second = (train.split(test_size=0.5, seed=1)[side] for side in (0, 1))
monday = tor.TextClassifier(n_features=2**12).fit(first)
tuesday = tor.TextClassifier(n_features=2**12).fit(second)
pairs = tor.TextClassifier(ngram_range=(1, 2)).fit(train)
voting = tor.VotingClassifier([monday, tuesday, pairs], voting="soft", weights=[1, 1, 2])
print("accuracy of the votes:", round(voting.score(test), 3))

# %%
# If the models use the same hashing, their weights can be averaged into one model, which is as fast
# as each of them.

print("accuracy of the average:", round(tor.average([monday, tuesday]).score(test), 3))

# %%
# Estimators that need all of their rows at once, such as trees, are fitted to parts of the data in
# parallel: only each part has to fit in memory.

trees = make_pipeline(CountVectorizer(), DecisionTreeClassifier(max_depth=8))
forest = tor.PartitionEnsemble(trees, n_partitions=4).fit(train)
print("accuracy of the trees:", round(forest.score(test), 3))

# %%
# **What it costs.** A bag of ten reads and hashes once, but learns ten times, and keeps ten models
# in memory; predictions hash once and score ten times. An average costs nothing afterwards.
#
# **When not to use it.** Linear models of hashed text are stable: a bag of them is hardly more
# accurate than one. Use it for the spread. For speed on many cores, use ``ParameterAveraging``,
# which averages many times during training.
