"""
The hashing trick
=================

Turn text into features without a vocabulary.

**The problem.** A learner needs columns of numbers, but a text consists of terms. The usual
vectorizer looks at all texts first, to assign a column to each term.

**What goes wrong.** This vocabulary is a dictionary that grows with the data. All workers must
agree on it before the first text can be vectorized, and it has to be stored with the model.
"""

# %%
# Two workers that see different texts build different vocabularies, so their columns do not match.

from sklearn.feature_extraction.text import CountVectorizer

first = ["the battery is great", "poor screen"]
second = ["the screen is great", "battery died, poor service"]

for texts in (first, second):
    print(CountVectorizer().fit(texts).vocabulary_)

# %%
# **The recipe.** Use a hash of the term as its column. There is nothing to learn, so there is
# nothing to share: any thread in any process can vectorize any text at any time.

import numpy as np

import torrential as tor

vectorizer = tor.HashingVectorizer(n_features=2**18, n_jobs=2)
together = vectorizer.transform(first + second)
parts = [vectorizer.transform(first), vectorizer.transform(second)]
print("equal:", np.array_equal(together.toarray(), np.vstack([part.toarray() for part in parts])))

# %%
# Columns, signs and values are those of scikit-learn's class of the same name, except that values
# have 32 bits here, and 64 bits in scikit-learn.

from sklearn.feature_extraction.text import HashingVectorizer

theirs = HashingVectorizer(n_features=2**18).transform(first + second)
print("largest difference:", abs(together - theirs).max())

# %%
# **What it costs.** Different terms may share a column: with ``n`` terms in ``m`` columns, a term
# shares its column with probability ``1 - exp(-n / m)``, which is about ``n / m`` if that is small.
# The hash also gives each term a sign, so such terms cancel out on average instead of adding up
# (``alternate_sign``).

terms = [f"term{i}" for i in range(5000)]
for bits in (12, 16, 20):
    columns = tor.HashingVectorizer(n_features=2**bits).transform(terms).indices
    _, counts = np.unique(columns, return_counts=True)
    shared, expected = counts[counts > 1].sum() / len(terms), 1 - np.exp(-len(terms) / 2**bits)
    print(f"2**{bits} columns: {shared:.1%} of the terms share a column, expected {expected:.1%}")

# %%
# **When not to use it.** If the texts fit in memory and are vectorized once: then a vocabulary is
# exact, and gives each column the name of its term.
