"""
The hashing trick
=================

Turn text into columns of numbers without a vocabulary, fast, and with scikit-learn's values.

**The problem.** A learner needs columns of numbers, but a text consists of terms. Something has to
decide which term goes to which column: the same for all texts, on every machine, and next year.

**What goes wrong.** A table of terms decides it for the terms that the table has. It drops new
terms, has to be built before the first text is vectorized, and is saved with the model.
"""

# %%
# **The recipe.** Compute the column from the term itself, by a hash. Another bit of the hash gives
# the term a sign, so terms that share a column cancel out on average instead of adding up. Here are
# some words about NumPy, from its own documentation, in only 24 columns.

import re
import time
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer

import torrential as tor

terms = list(dict.fromkeys(re.findall("[a-z]{3,}", np.__doc__.lower())))[:12]
hashed = tor.HashingVectorizer(n_features=24, norm=None).transform(terms)
columns, signs = hashed.indices, hashed.data

figure, axes = plt.subplots(figsize=(7, 4.6), layout="constrained")
colors = {1: "C0", -1: "C1", 0: "0.6"}
for height, term, column, sign in zip(np.linspace(0, 23, 12), terms, columns, signs):
    axes.text(-0.02, height, term, ha="right", va="center")
    axes.plot([0, 1], [height, column], color=colors[sign], linewidth=1.2)
for column in range(24):
    own = signs[columns == column]
    value = sum(own)
    axes.barh(column, 0.08, 0.85, left=1, color=colors[np.sign(value)] if own.size else "0.92")
    axes.text(1.04, column, column, ha="center", va="center", fontsize=8)
    sums = " ".join(f"{sign:+.0f}" for sign in own) + (f" = {value:.0f}" if own.size > 1 else "")
    axes.text(1.1, column, sums, va="center", fontsize=8)
axes.set(xlim=(-0.3, 1.25), ylim=(23.6, -0.6))
axes.axis("off")
axes.set_title("Each term finds its column by itself; its color is its sign")
plt.show()

# %%
# There is nothing to learn, so there is nothing to share: any thread in any process can vectorize
# any text at any time. Parts are equal to the whole.

folder = Path(find_spec("scipy").origin).parent / "optimize"
texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))]
vectorizer = tor.HashingVectorizer(n_features=2**18)
whole, part = vectorizer.transform(texts), vectorizer.transform(texts[7:9])
print("different values:", (whole[7:9] != part).nnz)

# %%
# Columns, signs and values are those of scikit-learn's class of the same name, except that values
# have 32 bits here, and 64 bits in scikit-learn.

theirs = HashingVectorizer(n_features=2**18)
print(f"largest difference: {abs(whole - theirs.transform(texts)).max():.1e}")

megabytes = sum(len(text.encode()) for text in texts) / 1e6
for name, each in {"scikit-learn": theirs, "torrential": vectorizer}.items():
    begin = time.perf_counter()
    each.transform(texts)
    print(f"{name:12} {megabytes / (time.perf_counter() - begin):5.0f} MB/s, on one thread")

# %%
# **What it costs.** Different terms may share a column: with ``n`` terms in ``m`` columns, a term
# shares its column with probability ``1 - exp(-n / m)``, which is about ``n / m`` if that is small.

words = sorted(set(re.findall(r"\w\w+", " ".join(texts).lower())))
for bits in (12, 16, 20):
    columns = tor.HashingVectorizer(n_features=2**bits).transform(words).indices
    _, counts = np.unique(columns, return_counts=True)
    shared, expected = counts[counts > 1].sum() / len(words), 1 - np.exp(-len(words) / 2**bits)
    print(f"2**{bits} columns: {shared:.1%} of the terms share a column, expected {expected:.1%}")

# %%
# **When not to use it.** If the texts fit in memory and are vectorized once: then a vocabulary is
# exact, and gives each column the name of its term.
