"""
A grid of learners in one pass
==============================

Score every learner on every fold, and read and hash the rows once for all of them.

**The problem.** Which loss, which rate, which penalty? A grid of them is searched with
cross-validation: here 6 learners on 5 folds, 30 models.

**What goes wrong.** The usual tools train the models one by one. Each starts from the texts, so the
texts are split and hashed 30 times, and with one process per core each process holds all the data.
For data that does not fit in memory there is no search at all, only hand-written loops.
"""

# %%
# Some reviews.

import matplotlib.pyplot as plt
import numpy as np

import torrential as tor

rng = np.random.default_rng(0)
words = {"good": ["great", "fine", "superb"], "bad": ["poor", "dull", "broken"]}
every = np.array([*words["good"], *words["bad"], *(f"word{i}" for i in range(3000))])
labels = rng.choice(["good", "bad"], 2000)
texts = [" ".join([rng.choice(words[label]), *rng.choice(every, 20)]) for label in labels]

# %%
# **The recipe.** ``GridSearchCV`` has scikit-learn's parameters and table. Candidates that differ
# only in the learner share one pass: each row is read and hashed once, and goes to the learners of
# all folds but its own.

grid = {"loss": ["hinge", "squared_hinge", "log_loss"], "eta0": [0.05, 0.2]}
model = tor.TextClassifier(n_features=2**16, n_jobs=2)
search = tor.GridSearchCV(model, grid, cv=5).fit(texts, labels)

table = search.cv_results_
for place in table["rank_test_score"].argsort(kind="stable"):
    mean, spread = table["mean_test_score"][place], table["std_test_score"][place]
    print(f"{mean:.4f} +- {spread:.4f}", table["params"][place])

# %%
# The best candidate was fitted to all rows, and predicts.

print(search.best_params_, search.predict(["a superb one"]))

# %%
# The progressive accuracy of all candidates, each row before it was learned:

search.learning_curves_.plot()
plt.show()

# %%
# Each model has the same bits as a model that learns alone, so the scores are those of separate
# cross-validations.

alone = tor.cross_validate(
    tor.TextClassifier(n_features=2**16, **search.best_params_), texts, labels
)
print("same scores:", alone["test_score"].mean() == search.best_score_)

# %%
# In a large grid, ``HalvingGridSearchCV`` drops the weaker candidates on the way. Candidates with
# different features share the reading.

large = {**grid, "eta0": [0.001, 0.01, 0.05, 0.2], "ngram_range": [(1, 1), (1, 2)]}
halving = tor.HalvingGridSearchCV(model, large, cv=5).fit(texts, labels)
print("candidates:", halving.n_candidates_, "after rows:", halving.n_resources_)
print(halving.best_params_, f"saved {halving.saved_:.0%}")

# %%
# **What it costs.** Reading once, hashing once for each kind of features, training all models on
# all threads, and their memory. With two classes, candidates learn each row together: 60 models
# cost about as much as five fits.
#
# **When not to use it.** The best of many scores is too optimistic: hold out rows that the search
# does not see, and score the best candidate on them. If the defaults are good enough, one pass with
# progressive validation shows that at a fraction of the cost.
