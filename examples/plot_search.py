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
# Pieces of source code: are they from a test, or from the library itself?

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import torrential as tor

rows = []
for package in ("joblib", "numpy", "sklearn"):
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        label = "test" if "tests" in path.parts else "library"
        rows += [("\n".join(lines[i : i + 10]), label) for i in range(20, len(lines), 200)]
order = np.random.default_rng(0).permutation(len(rows))
texts, labels = zip(*(rows[i] for i in order))
print(f"{len(texts):,} pieces")

# %%
# **The recipe.** ``GridSearchCV`` has scikit-learn's parameters and table. Candidates that differ
# only in the learner share one pass: each row is read and hashed once, and goes to the learners of
# all folds but its own.

grid = {"loss": ["hinge", "squared_hinge", "log_loss"], "eta0": [0.05, 0.2]}
model = tor.TextClassifier(preset="fast", n_features=2**16, n_jobs=2)
search = tor.GridSearchCV(model, grid, cv=5).fit(texts, labels)

table = search.cv_results_
for place in table["rank_test_score"].argsort(kind="stable"):
    mean, spread = table["mean_test_score"][place], table["std_test_score"][place]
    print(f"{mean:.4f} +- {spread:.4f}", table["params"][place])

# %%
# The best candidate was fitted to all rows, and predicts.

print(search.best_params_, search.predict(["assert result == [1, 2]"]))

# %%
# Each model has the same bits as a model that learns alone, so the scores are those of separate
# cross-validations.

alone = tor.cross_validate(
    tor.TextClassifier(preset="fast", n_features=2**16, **search.best_params_), texts, labels
)
print("same scores:", alone["test_score"].mean() == search.best_score_)

# %%
# In a large grid, ``HalvingGridSearchCV`` drops the weaker candidates on the way. Candidates with
# different features share the reading.

large = {**grid, "eta0": [0.01, 0.05, 0.2], "ngram_range": [(1, 1), (1, 2)]}
halving = tor.HalvingGridSearchCV(model, large, cv=5).fit(texts, labels)
print("candidates:", halving.n_candidates_, "after rows:", halving.n_resources_)
print(halving.best_params_, f"saved {halving.saved_:.0%}")

# %%
# The progressive accuracy of each candidate, each row before it was learned. Curves that end early
# are of candidates that were dropped.

curves = halving.learning_curves_
ends = [accuracy[-1] for accuracy in curves.accuracy]
figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
longest = max(map(len, curves.n_rows))
for n_rows, accuracy in zip(curves.n_rows, curves.accuracy):
    is_kept = len(n_rows) == longest
    axes.plot(n_rows[5:], accuracy[5:], color="C0" if is_kept else "C1", lw=1, zorder=2 + is_kept)
    axes.plot(n_rows[-1], accuracy[-1], "o" if is_kept else "x", color="C0" if is_kept else "C1")
axes.set(xscale="log", xlabel="rows learned", ylabel="progressive accuracy")
axes.text(max(map(max, curves.n_rows)), max(ends), "  kept", color="C0")
axes.text(min(map(max, curves.n_rows)), min(ends), "   dropped", color="C1", va="center")
axes.set_title(f"{len(ends)} candidates, most of which need not see all rows")
plt.show()

# %%
# **What it costs.** Reading once, hashing once for each kind of features, training all models on
# all threads, and their memory. With two classes, candidates learn each row together: 60 models
# cost about as much as five fits.
#
# **When not to use it.** The best of many scores is too optimistic: hold out rows that the search
# does not see, and score the best candidate on them. If the defaults are good enough, one pass with
# progressive validation shows that at a fraction of the cost.
