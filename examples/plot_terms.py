"""
The terms behind hashed features
================================

Name the terms that a hashed model has learned from: the heaviest of each class, and what each term
of one text adds to its decision.

**The problem.** A linear model on text can be read: each weight belongs to a term. People who use
its decisions want to know which terms made them, and people who train it want to see its mistakes.

**What goes wrong.** The hashing trick keeps no vocabulary, so weights have numbers for names. In
scikit-learn there is no ``inverse_transform`` for hashed features; a dict of all terms beside the
hasher is slow, and grows with the data. Vowpal Wabbit writes names only while it trains, in a run
that reads its data anew.
"""

# %%
# Reviews in which some words carry an opinion, and others none.

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
# the 2**20 most frequent ones; ``terms=10_000`` or ``terms="64 MB"`` is another budget.

model = tor.TextClassifier(terms=True).fit(texts, labels)
print(model.top_terms(5))

# %%
# An explanation is a sum: the contributions of the terms and the intercept are the decision
# function. Its names come from the text, so that it needs no index.

explanation = model.explain("a superb and clever thing7, but boring thing9", n=4)
print(explanation)
whole = model.explain("a superb and clever thing7")
total = whole.intercept + sum(each.scores for each in whole.terms)
print("adds up:", np.allclose(total, model.decision_function(["a superb and clever thing7"])))

# %%
# A model that was trained without names gets them afterwards, from any texts, in parallel and
# without learning anything again.

plain = tor.TextClassifier().fit(texts, labels)
plain.collect_terms(texts)
print("same terms:", plain.top_terms(5) == model.top_terms(5))

# %%
# Where several terms share a column, the most frequent one stands for it and the others are named
# beside it. With 64 columns for 210 terms that is the rule:

crowded = tor.TextClassifier(terms=True, n_features=64).fit(texts, labels)
for term in crowded.top_terms(2)["good"]:
    print(f"{term.weight:+.2f} {term.term}, with {', '.join(term.shared_with)}")

# %%
# **What it costs.** A fit takes 1.2 times as long with words, 1.3 with words and pairs, and up to
# some 120 bytes for each term of the budget. Of a long stream the later batches are sampled, and
# counts are then estimates. When more terms come than the budget allows, the less frequent ones go:
# ``named`` says which share of the weight still has a name.
#
# **When not to use it.** If nobody will look at the terms, or if only single decisions are to be
# explained: that needs no index. Where a few hundred thousand terms are all there is, and they fit
# in memory, a vocabulary (``TfidfVectorizer``) has no collisions at all.
