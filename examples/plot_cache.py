"""
Hashing once, for all passes and all runs
=========================================

Keep hashed rows on disk, and let later passes and later runs take them from there.

**The problem.** Reading and hashing text is most of the work of training a linear model on it. Five
passes do it five times, and so does every run of the afternoon in which you try another loss.

**What goes wrong.** A cache of one's own, of matrices in files, is easily wrong: a file was added,
a parameter has changed, a process was killed while it wrote, the disk is full. joblib's memory
names results by a hash of the arguments, which takes as long as the work where these are gigabytes
of text, sees no file behind a path, and does not limit its size. Vowpal Wabbit's ``--cache_file``
is parsed text of one file, which is used again even when that file has changed.
"""

# %%
# Some reviews in a file.

import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import torrential as tor

folder = Path(tempfile.mkdtemp())
rng = np.random.default_rng(0)
words = {"good": ["great", "fine", "superb"], "bad": ["poor", "dull", "broken"]}
every = [*words["good"], *words["bad"], *(f"word{i}" for i in range(3000))]
labels = rng.choice(["good", "bad"], 4000)
texts = [" ".join([rng.choice(words[label]), *rng.choice(every, 40)]) for label in labels]
pq.write_table(pa.table({"body": texts, "stars": labels}), folder / "reviews.parquet")

# %%
# **The recipe.** A dataset with a cache is used like any other. The first pass writes an entry for
# each partition; its name is made of what decides the content: the file with its size, time and a
# hash of parts of it, the columns, the settings of the features, and the version of the code.

reviews = tor.read(folder / "reviews.parquet", text="body", target="stars")
cached = reviews.cache(folder / "cache", limit="1 GB")


def seconds(dataset, **parameters):
    """Time a fit."""
    start = time.perf_counter()
    tor.TextClassifier(n_features=2**16, **parameters).fit(dataset)
    return time.perf_counter() - start


seconds(reviews)  # loads the compiled kernels
for name, dataset in {"no cache": reviews, "first run": cached, "second run": cached}.items():
    print(f"{name:12} {seconds(dataset, max_iter=5):.3f} s")

# %%
# Another learner has the same features, so it takes the rows from the cache; other features are
# hashed, and kept beside them. The models are the same to the bit.

tor.TextClassifier(n_features=2**16, loss="hinge").fit(cached)
print(len(list((folder / "cache").glob("*.records"))), "entry")
tor.TextClassifier(n_features=2**16, ngram_range=(1, 2)).fit(cached)
print(len(list((folder / "cache").glob("*.records"))), "entries")

one, other = (tor.TextClassifier(n_features=2**16).fit(each) for each in (reviews, cached))
print("same model:", np.array_equal(one.coef_, other.coef_))

# %%
# A damaged entry is found by its checksum, and written again.

entry = sorted((folder / "cache").glob("*.records"))[0]
content = bytearray(entry.read_bytes())
content[len(content) // 2] ^= 1
entry.write_bytes(content)
again = tor.TextClassifier(n_features=2**16).fit(cached)
print("same model:", np.array_equal(one.coef_, again.coef_))

# %%
# Other expensive calls are joblib's: ``tor.memory`` is its ``Memory``, in the same folder and under
# the same limit.

advise = tor.memory(folder / "cache", limit="1 GB").cache(tor.advise)
print(advise(reviews).n_features, advise(reviews).n_features)

# %%
# **What it costs.** About three bytes for each value, less than the text as zstd Parquet with
# single words (0.7 of it on film reviews, 0.3 on source code), more with bigrams; a third more time
# in the first pass of hashing. Reading the cache is 4 to 11 times as fast as hashing again.
#
# **When not to use it.** For one pass over new data, which it only makes slower. Streams and
# features made by a function of yours are not kept, since nothing tells whether they stay the same.
