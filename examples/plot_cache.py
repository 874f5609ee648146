"""
Hashing once, for all passes and all runs
=========================================

Keep hashed rows on disk, and let later passes and later runs take them from there.

**The problem.** Reading and hashing text is most of the work of training a linear model on it. Five
passes do it five times, and so does every run of the afternoon in which you try another loss.

**What goes wrong.** A hand-written cache of matrices in files soon goes stale: a file was added, a
parameter has changed, a process was killed while it wrote, or the disk is full. joblib's memory
names results by a hash of the arguments. For gigabytes of text that takes as long as the work
itself; joblib does not look at the file behind a path, and does not limit its size. Vowpal Wabbit's
``--cache_file`` holds the parsed text of one file, and is used again even if that file has changed.
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
every = np.array([*words["good"], *words["bad"], *(f"word{i}" for i in range(3000))])
labels = rng.choice(["good", "bad"], 4000)
texts = [" ".join([rng.choice(words[label]), *rng.choice(every, 40)]) for label in labels]
pq.write_table(pa.table({"body": texts, "stars": labels}), folder / "reviews.parquet")

# %%
# **The recipe.** A dataset with a cache is used like any other. The first pass writes an entry for
# each partition. The name of an entry is a hash of everything that determines its content: the
# file with its size, time and a hash of some of its blocks, the columns, the settings of the
# features, and the version of the code.

reviews = tor.read(folder / "reviews.parquet", text="body", target="stars")
cached = reviews.cache(folder / "cache", limit="1 GB")


def seconds(dataset, **parameters):
    """Time a fit."""
    start = time.perf_counter()
    tor.TextClassifier(preset="fast", n_features=2**16, **parameters).fit(dataset)
    return time.perf_counter() - start


seconds(reviews)  # loads the compiled kernels
for name, dataset in {"no cache": reviews, "first run": cached, "second run": cached}.items():
    print(f"{name:12} {seconds(dataset, max_iter=5):.3f} s")

# %%
# Another learner has the same features, so it takes the rows from the cache. Rows with other
# features are hashed, and get their own entries. The models are the same to the bit.

tor.TextClassifier(preset="fast", n_features=2**16, loss="hinge").fit(cached)
print(len(list((folder / "cache").glob("*.records"))), "entry")
tor.TextClassifier(preset="fast", n_features=2**16, ngram_range=(1, 2)).fit(cached)
print(len(list((folder / "cache").glob("*.records"))), "entries")

one, other = (
    tor.TextClassifier(preset="fast", n_features=2**16).fit(each) for each in (reviews, cached)
)
print("same model:", np.array_equal(one.coef_, other.coef_))

# %%
# A damaged entry is detected by its checksum, and written again.

entry = sorted((folder / "cache").glob("*.records"))[0]
content = bytearray(entry.read_bytes())
content[len(content) // 2] ^= 1
entry.write_bytes(content)
again = tor.TextClassifier(preset="fast", n_features=2**16).fit(cached)
print("same model:", np.array_equal(one.coef_, again.coef_))

# %%
# ``tor.memory`` caches other expensive calls: it is joblib's ``Memory``, in the same folder and
# under the same limit.

advise = tor.memory(folder / "cache", limit="1 GB").cache(tor.advise)
print(advise(reviews).n_features, advise(reviews).n_features)

# %%
# **What it costs.** About three bytes for each value. With single words that is less than the text
# as zstd Parquet (0.7 of it on film reviews, 0.3 on source code), with bigrams more. The first pass
# of hashing takes a third longer. Reading the cache is 4 to 11 times as fast as hashing again.
#
# **When not to use it.** For a single pass over new data, which the cache only slows down. Streams,
# and features made by your own functions, are not cached, because they may change unnoticed.
