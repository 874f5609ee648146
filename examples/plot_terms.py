"""
The terms behind hashed features
================================

Name the terms that a hashed model has learned from: the heaviest of each class, and what each term
of one text adds to its decision.

**The problem.** A linear model on text can be interpreted: each weight belongs to a term. People
who use its decisions want to know which terms caused them, and people who train it want to
understand its mistakes.

**What goes wrong.** The hashing trick keeps no vocabulary, so weights have numbers instead of
names. scikit-learn has no ``inverse_transform`` for hashed features; a dict of all terms in
addition to the hasher is slow, and grows with the data. Vowpal Wabbit writes names only during
training, in a run that reads the data again.
"""

# %%
# The docstrings of three packages, without those that name their package.

import re
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import torrential as tor

texts, labels = [], []
for package in ("matplotlib", "pandas", "sklearn"):
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        for text in re.findall('"""(.+?)"""', path.read_text(encoding="utf-8"), re.DOTALL):
            if not re.search("(?i)matplotlib|pandas|sklearn|scikit|mpl|plt|pd", text):
                texts.append(text)
                labels.append(package)
print(f"{len(texts):,} texts")

# %%
# **The recipe.** With ``terms=True`` the pass that hashes also counts the terms by name. It keeps
# up to 2**20 terms; ``terms=10_000`` or ``terms="64 MB"`` sets another budget.

model = tor.TextClassifier(preset="fast", terms=True).fit(texts, labels)
top = model.top_terms(10)
print({label: [term.term for term in terms] for label, terms in top.items()})

figure, panels = plt.subplots(1, 3, figsize=(7, 3.6), layout="constrained", sharex=True)
for axes, (label, terms), color in zip(panels, top.items(), ("C0", "C1", "C2")):
    axes.barh([term.term for term in terms], [term.weight for term in terms], color=color)
    axes.invert_yaxis()
    axes.set_title(label)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
panels[1].set_xlabel("weight of a term for its package")
figure.suptitle("Terms that point to a package, by their weights")
plt.show()

# %%
# An explanation is a sum: the contributions of the terms and the intercept add up to the decision
# function. The names come from the text, so ``explain`` needs no index.

text = "Draw the ticks of an axis for the columns of a frame, and fit an estimator to them."
print(model.explain(text, n=4))
whole = model.explain(text)
total = whole.intercept + sum(each.scores for each in whole.terms)
print("adds up:", np.allclose(total, model.decision_function([text])))

# %%
# A model that was trained without names can get them afterwards, from any texts, in parallel and
# without training again.

plain = tor.TextClassifier(preset="fast").fit(texts, labels)
plain.collect_terms(texts)
print("same terms:", plain.top_terms(10) == top)

# %%
# If several terms share a column, the most frequent term names it, and the other terms are listed
# with it. With few columns most of them are shared:

crowded = tor.TextClassifier(preset="fast", terms=True, n_features=2**12).fit(texts, labels)
for term in crowded.top_terms(3)["pandas"]:
    print(f"{term.weight:+.2f} {term.term}, with {', '.join(term.shared_with)}")

# %%
# **What it costs.** A part of the time of a fit, and memory up to the budget. In a long stream the
# later batches are sampled, so counts are estimates. If there are more terms than the budget has
# room for, the less important ones are dropped: ``named`` is the share of the weight that still has
# a name.
#
# **When not to use it.** If nobody will look at the terms, or if only single decisions need an
# explanation: that needs no index. If there are only a few hundred thousand terms, and the data
# fits in memory, a vocabulary (``TfidfVectorizer``) has no collisions at all.
