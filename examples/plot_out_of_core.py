"""
Learning from more data than memory holds
=========================================

Train on files in which new classes appear, save, load, and predict.

**The problem.** The data is larger than memory.

**What goes wrong.** The usual solution is a loop around ``partial_fit``: read a block, vectorize
it, learn it. It runs on one core, all classes must be listed before the first block, and shuffling,
several passes and malformed rows are left to the author of the loop.
"""

# %%
# Four files of source code, in place of four hundred; which package is a piece from? The last file
# brings a package that the others do not have.

import tempfile
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pyarrow as pa
from pyarrow import parquet
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

import torrential as tor

rows = []
for package in ("numpy", "scipy", "sklearn", "pandas"):
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        rows += [("\n".join(lines[i : i + 20]), package) for i in range(0, len(lines), 100)]
rows = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
for month in range(4):
    part = [row for row in rows[month::4] if row[1] != "pandas" or month == 3]
    table = pa.table(list(zip(*part)), names=["body", "package"])
    parquet.write_table(table, folder / f"{month}.parquet")

# %%
# **The recipe.** ``read`` describes the data and reads nothing. ``fit`` reads the data in memory
# that does not grow with the data.

dataset = tor.read(folder / "*.parquet", text="body", target="package")
train, test = dataset.split(test_size=0.2)
print("partitions:", len(train.partitions()))

model = tor.TextClassifier(preset="fast", n_jobs=2).fit(train)
print("classes:", model.classes_, f"accuracy: {model.score(test):.3f}")

# %%
# Learning files as they arrive works as well. A class that is first seen in the middle of the
# stream gets its column then, and is predicted from then on.

held_out = test.to_pandas()
stream, recall = tor.TextClassifier(preset="fast"), []
for month in range(4):
    part = tor.read(folder / f"{month}.parquet", text="body", target="package")
    stream.partial_fit(part.split(test_size=0.2)[0])
    is_right = stream.predict(held_out["body"]) == held_out["package"]
    recall.append(is_right.groupby(held_out["package"]).mean())
    print(f"after file {month + 1}:", stream.classes_)

figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
heights = {name: recall[-1][name] for name in sorted(recall[-1].index, key=recall[-1].get)}
for i, name in enumerate(heights):
    axes.plot([1, 2, 3, 4], [each[name] for each in recall], "o-", color=f"C{i}")
    axes.text(4.06, 0.77 + 0.07 * i, name, color=f"C{i}", va="center")
axes.set(xticks=[1, 2, 3, 4], xlim=(0.9, 4.5), ylim=(-0.03, 1))
axes.set(xlabel="files learned", ylabel="share of the held-out rows\nthat are found")
axes.set_title("A class that comes with the last file is learned from then on")
plt.show()

# %%
# A saved model is one file without pickle. It is memory-mapped, so loading it takes no time.

model.save(folder / "packages.model")
again = tor.load(folder / "packages.model")
print(again.predict(["df.groupby('a').agg(Series.sum)", "optimize.minimize(f, x0)"]))

# %%
# ``OutOfCore`` trains any other pipeline that can learn batch by batch on the same data, with
# passes, progress and checkpoints. The last step has ``partial_fit``; the steps before it need no
# fit, are already fitted, or have ``partial_fit`` as well. Other pipelines end in a one-sentence
# error.

naive_bayes = make_pipeline(tor.HashingVectorizer(alternate_sign=False), MultinomialNB())
print(f"naive Bayes: {tor.OutOfCore(naive_bayes).fit(train).score(test):.3f}")

try:
    tor.OutOfCore(make_pipeline(TfidfVectorizer(), MultinomialNB())).fit(train)
except tor.ParameterError as error:
    print(error)

temporary.cleanup()

# %%
# **What it costs.** One pass is a little less accurate than many passes in memory; ``max_iter``
# makes more passes. ``split`` assigns rows by their hashes, so the sizes of the two sides are only
# approximately those requested.
#
# **When not to use it.** If the data fits in memory, and you need the last half percent of accuracy
# of a solver that runs until it converges.
