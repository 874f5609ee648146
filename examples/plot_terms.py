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
# Reviews in which some words express an opinion, and others do not.

import numpy as np

import torrential as tor

rng = np.random.default_rng(0)
nouns = [f"thing{i}" for i in range(200)]
opinions = {
    "good": ["great", "lovely", "superb", "moving", "clever"],
    "bad": ["awful", "boring", "dull", "clumsy", "weak"],
}
labels = rng.choice(list(opinions), 2000)
texts = [
    " ".join(rng.permutation([*rng.choice(nouns, 12), *rng.choice(opinions[label], 2)]))
    for label in labels
]

# %%
# **The recipe.** With ``terms=True`` the pass that hashes also counts the terms by name. It keeps
# up to 2**20 terms; ``terms=10_000`` or ``terms="64 MB"`` sets another budget.

model = tor.TextClassifier(preset="fast", terms=True).fit(texts, labels)
print(model.top_terms(5))

# %%
# An explanation is a sum: the contributions of the terms and the intercept add up to the decision
# function. The names come from the text, so ``explain`` needs no index.

explanation = model.explain("a superb and clever thing7, but boring thing9", n=4)
print(explanation)
whole = model.explain("a superb and clever thing7")
total = whole.intercept + sum(each.scores for each in whole.terms)
print("adds up:", np.allclose(total, model.decision_function(["a superb and clever thing7"])))

# %%
# A model that was trained without names can get them afterwards, from any texts, in parallel and
# without training again.

plain = tor.TextClassifier(preset="fast").fit(texts, labels)
plain.collect_terms(texts)
print("same terms:", plain.top_terms(5) == model.top_terms(5))

# %%
# If several terms share a column, the most frequent term names it, and the other terms are listed
# with it. With 64 columns for 210 terms most columns are shared:

crowded = tor.TextClassifier(preset="fast", terms=True, n_features=64).fit(texts, labels)
for term in crowded.top_terms(2)["good"]:
    print(f"{term.weight:+.2f} {term.term}, with {', '.join(term.shared_with)}")

# %%
# **What it costs.** A fit takes 1.2 times as long with words, 1.3 times with words and pairs, and
# up to about 120 bytes for each term of the budget. In a long stream the later batches are sampled,
# so counts are estimates. If there are more terms than the budget allows, the less important terms
# are dropped: ``named`` is the share of the weight that still has a name.
#
# **When not to use it.** If nobody will look at the terms, or if only single decisions need an
# explanation: that needs no index. If there are only a few hundred thousand terms, and the data
# fits in memory, a vocabulary (``TfidfVectorizer``) has no collisions at all.
