"""
A vocabulary is a barrier
=========================

See how a vocabulary grows with the text, and what it costs to share it between workers.

**The problem.** A vectorizer with a vocabulary gives each term a column of its own. So it has to
see all texts before it can vectorize the first one, and all workers need the same vocabulary.

**What goes wrong.** New text keeps bringing new terms: names, numbers, misspellings. The dictionary
of terms never stops growing, every worker builds another one, and before any worker can go on all
of them have to be collected, merged, and sent back: a barrier in the middle of the work.
"""

# %%
# The source code of three packages, in pieces of fifty lines, in the order of a repeatable shuffle.

import pickle
import time
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

import torrential as tor

pieces = []
for package in ("joblib", "numpy", "sklearn"):
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        pieces += ["\n".join(lines[i : i + 50]) for i in range(0, len(lines), 50)]
pieces = [pieces[i] for i in np.random.default_rng(0).permutation(len(pieces))][:3000]
megabytes = np.cumsum([len(piece.encode()) for piece in pieces]) / 1e6
print(f"{len(pieces):,} pieces, {megabytes[-1]:.1f} MB")

# %%
# Eight workers with an eighth of the pieces each. Most terms of a worker's vocabulary are unknown
# to some other worker, and the few that all of them know have eight different columns.

vectorizers = [CountVectorizer().fit(pieces[i::8]) for i in range(8)]
vocabularies = [set(vectorizer.vocabulary_) for vectorizer in vectorizers]
everywhere, whole = set.intersection(*vocabularies), set.union(*vocabularies)
print(f"known to one worker or more: {len(whole):,} terms; to all eight: {len(everywhere):,}")
columns = {vectorizer.vocabulary_["import"] for vectorizer in vectorizers}
print("columns of the term import:", sorted(columns))

# %%
# What the barrier moves: every vocabulary to one place, and the merged one back to every worker.

begin = time.perf_counter()
sent = [pickle.dumps(vectorizer.vocabulary_) for vectorizer in vectorizers]
merged = {term: i for i, term in enumerate(sorted(set().union(*map(pickle.loads, sent))))}
n_bytes = sum(map(len, sent)) + 8 * len(pickle.dumps(merged))
print(f"{n_bytes / 1e6:.1f} MB through the barrier, {time.perf_counter() - begin:.2f} s")

# %%
# **The recipe.** Hash each term to its column. Nothing is fitted, so nothing is shared: a worker
# that has seen no other text uses the same columns.

hasher = tor.HashingVectorizer(n_features=2**20)
alone, together = hasher.transform(pieces[-100:]), hasher.transform(pieces)[-100:]
print("different values:", (alone != together).nnz)
print(f"what a hasher has to send: {len(pickle.dumps(hasher))} bytes")

# %%
# The vocabulary grows like a power of the text (Heaps' law), and its end is not in sight.

known, sizes = set(), []
analyze = vectorizers[0].build_analyzer()
for piece in pieces:
    known.update(analyze(piece))
    sizes.append(len(known))
exponent = np.polyfit(np.log(megabytes[500:]), np.log(sizes[500:]), 1)[0]
print(f"the number of terms grows like the text to the power of {exponent:.2f}")

n_own = [len(vocabulary) for vocabulary in vocabularies]
end, eighth = megabytes[-1], megabytes[-1] / 8
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.plot(megabytes, sizes, color="C1")
axes.plot([eighth] * 8, n_own, "o", color="C0")
axes.hlines(len(everywhere), 0, end, color="C2", linestyle="--")
axes.set(xlim=(0, end), ylim=0, xlabel="MB of source code", ylabel="distinct terms")
axes.set_title("A vocabulary grows as long as text comes")
near = {"xytext": (8, 6), "textcoords": "offset points"}
axes.text(end / 2, sizes[1500], "one vocabulary for all  ", ha="right", va="bottom", color="C1")
axes.annotate("the eight workers' own", (eighth, min(n_own)), va="top", color="C0", **near)
axes.annotate("what all eight know", (end / 2, len(everywhere)), color="C2", **near)
plt.show()

# %%
# **What it costs.** Terms that share a column share a weight, and columns have no names:
# :doc:`plot_collisions` and :doc:`plot_terms` are about that.
#
# **When not to use it.** A vocabulary is exact. If all texts fit in memory and stay the same, the
# barrier is passed once, and hashing gains nothing but speed.
