"""
Inverse document frequencies without a vocabulary
=================================================

Weigh hashed terms by how rare they are: in a stream, in parts, and merged from several machines.

**The problem.** Frequent words say little about a text, and rare words say much. So counts are
multiplied by inverse document frequencies (IDF).

**What goes wrong.** A hasher keeps no vocabulary, so it has no frequencies either. In scikit-learn
a ``TfidfTransformer`` can follow it, but needs the matrix of all texts in the memory of one
machine.
"""

# %%
# The docstrings of three packages, in the order of a repeatable shuffle. Which one is a text from?

import re
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import torrential as tor

found = set()
for package in ("numpy", "scipy", "sklearn"):
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        for text in re.findall('"""(.+?)"""', path.read_text(encoding="utf-8"), re.DOTALL):
            found.add((text[:500], package))
found = sorted(found)
order = np.random.default_rng(0).permutation(len(found))
texts, labels = zip(*(found[i] for i in order))
half = len(texts) // 2
print(f"{len(texts):,} texts")

# %%
# **The recipe.** Document frequencies are counted per column of the hasher. They are whole numbers,
# so parts can be counted independently, in any order, and merged.

hasher = tor.HashingVectorizer(norm=None)
first, second = (
    tor.HashedTfidfTransformer().fit(hasher.transform(part))
    for part in (texts[:half], texts[half:])
)
merged = first.merge(second)
whole = tor.HashedTfidfTransformer().fit(hasher.transform(texts))
print("merged is whole:", np.array_equal(merged.idf_, whole.idf_), merged.n_documents_, "documents")

# %%
# So frequencies can be used while they are counted: after a few hundred texts those of all but the
# rare words are close to their final values.

words = ["the", "array", "matrix", "estimator", "fourier", "wavelet"]
columns = [hasher.transform([word]).indices[0] for word in words]
n_texts = np.unique(np.geomspace(20, len(texts), 40).astype(int))
hashed = hasher.transform(texts)
counted, values, begin = tor.HashedTfidfTransformer(), [], 0
for end in n_texts:
    counted = counted.partial_fit(hashed[begin:end])
    values.append(counted.idf_[columns])
    begin = end

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for i, word in enumerate(words):
    curve = [each[i] for each in values]
    axes.plot(n_texts, curve, color=f"C{i}")
    axes.text(n_texts[-1] * 1.1, curve[-1], word, va="center", color=f"C{i}")
axes.set(xscale="log", xlabel="texts counted so far", ylabel="inverse document frequency", ylim=0)
axes.set_title("Frequent words have their weight at once, rare words later")
plt.show()

# %%
# ``TextClassifier`` does this in a stream: ``"two-pass"`` counts before it learns, ``"running"``
# reads the data once, and weighs each window of rows with the frequencies up to that window.

for idf in (None, "two-pass", "running"):
    model = tor.TextClassifier(preset="fast", idf=idf).fit(texts[:half], labels[:half])
    print(f"idf={idf!s:8}  accuracy {model.score(texts[half:], labels[half:]):.3f}")

# %%
# A saved model includes the frequencies; with ``"running"``, ``partial_fit`` continues to count.
#
# **What it costs.** ``"two-pass"`` reads and hashes everything twice. Frequencies take eight bytes
# per column, in memory and in the model. Terms that share a column share its frequency.
#
# **When not to use it.** AdaGrad gives rare terms larger steps itself, so IDF gains less than with
# other learners, and on some texts it loses: opinions are expressed in frequent words. Try both on
# held-out rows.
