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
# Three files, in place of three hundred. The class "returns" occurs only in the last file.

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

import torrential as tor

topics = {
    "delivery": ["parcel", "courier", "late", "door", "tracking"],
    "payment": ["card", "invoice", "charged", "bank", "price"],
    "returns": ["refund", "send", "back", "broken", "label"],
}
rng = np.random.default_rng(0)
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)

for month, known in enumerate((2, 2, 3)):
    teams = rng.choice(list(topics)[:known], 2000)
    tickets = [" ".join(rng.choice(topics[team] + ["please", "my", "order"], 8)) for team in teams]
    parquet.write_table(pa.table({"body": tickets, "team": teams}), folder / f"{month}.parquet")

# %%
# **The recipe.** ``read`` describes the data and reads nothing. ``fit`` reads the data once, in
# memory that does not grow with the data.

dataset = tor.read(folder / "*.parquet", text="body", target="team")
train, test = dataset.split(test_size=0.2)
print("partitions:", len(train.partitions()))

model = tor.TextClassifier(n_jobs=2).fit(train)
print("classes:", model.classes_, "accuracy:", model.score(test))

# %%
# Learning files as they arrive works as well. A class that is first seen in the middle of the
# stream gets its column then.

stream = tor.TextClassifier()
for month in range(3):
    stream.partial_fit(tor.read(folder / f"{month}.parquet", text="body", target="team"))
    print(f"after month {month}:", stream.classes_)

# %%
# A saved model is one file without pickle. It is memory-mapped, so loading it takes no time.

model.save(folder / "tickets.model")
again = tor.load(folder / "tickets.model")
print(again.predict(["the courier was late", "my card was charged", "broken, refund please"]))


# %%
# ``OutOfCore`` trains any other pipeline that can learn batch by batch on the same data, with
# passes, progress and checkpoints. The last step has ``partial_fit``; the steps before it need no
# fit, are already fitted, or have ``partial_fit`` as well. Other pipelines end in a one-sentence
# error.

naive_bayes = make_pipeline(tor.HashingVectorizer(alternate_sign=False), MultinomialNB())
print("naive Bayes:", tor.OutOfCore(naive_bayes).fit(train).score(test))

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
