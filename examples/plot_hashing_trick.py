"""
The hashing trick
=================

Turn text into features without a vocabulary.

**The problem.** A learner wants columns of numbers, a text has terms. The usual vectorizer looks
at all texts first, to give each term a column of its own.

**What goes wrong.** That vocabulary is a dictionary which grows with the data. It is a state that
workers must agree on before the first text can be vectorized, and that must travel with the model.
"""

# %%
# Two workers that see different texts build different vocabularies, so their columns do not match.

from sklearn.feature_extraction.text import CountVectorizer

first = ["the battery is great", "poor screen"]
second = ["the screen is great", "battery died, poor service"]

for texts in (first, second):
    print(CountVectorizer().fit(texts).vocabulary_)

# %%
# **The recipe.** Let a hash of the term be its column. There is nothing to learn, so nothing to
# share: each text can be vectorized on its own, by any thread, in any process, at any time.

import numpy as np

import torrential as tor

vectorizer = tor.HashingVectorizer(n_features=2**18, n_jobs=2)
together = vectorizer.transform(first + second)
apart = [vectorizer.transform(first), vectorizer.transform(second)]
print("equal:", np.array_equal(together.toarray(), np.vstack([part.toarray() for part in apart])))

# %%
# Columns and signs are those of scikit-learn's class of that name, and the values too, which are
# kept in 32 bits here and in 64 there.

from sklearn.feature_extraction.text import HashingVectorizer

theirs = HashingVectorizer(n_features=2**18).transform(first + second)
print("largest difference:", abs(together - theirs).max())

# %%
# **What it costs.** Different terms may share a column: with ``n`` terms in ``m`` columns, a term
# is not alone in its own with a probability of ``1 - exp(-n / m)``, which is about ``n / m`` if
# that is small. A sign, from the hash too, lets such terms cancel out on average instead of adding
# up (``alternate_sign``).

terms = [f"term{i}" for i in range(5000)]
for bits in (12, 16, 20):
    columns = tor.HashingVectorizer(n_features=2**bits).transform(terms).indices
    _, counts = np.unique(columns, return_counts=True)
    shared, expected = counts[counts > 1].sum() / len(terms), 1 - np.exp(-len(terms) / 2**bits)
    print(f"2**{bits} columns: {shared:.1%} of the terms share theirs, expected {expected:.1%}")

# %%
# **When not to use it.** When you need to know which term a column stands for, or when the texts
# fit into memory and are vectorized once: there a vocabulary is exact, and it can be read.
