"""
Hashing once, for all passes and all runs
=========================================

Keep hashed rows on disk, and let later passes and later runs take them from there.

**The problem.** Reading and hashing text is most of the work of training a linear model on it. Each
run of the afternoon in which you try another loss does it again. So does each pass over data whose
hashed rows take more than the 256 MB of memory that a fit keeps them in.

**What goes wrong.** A hand-written cache of matrices in files soon goes stale: a file was added, a
parameter has changed, a process was killed while it wrote, or the disk is full. joblib's memory
names results by a hash of the arguments. For gigabytes of text that takes as long as the work
itself; joblib does not look at the file behind a path, and does not limit its size. Vowpal Wabbit's
``--cache_file`` holds the parsed text of one file, and is used again even if that file has changed.
"""

# %%
# A file of source code, with the package that each piece is from.

import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pyarrow as pa
from pyarrow import parquet

import torrential as tor

rows = []
for package in ("numpy", "sklearn"):
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        rows += [("\n".join(lines[i : i + 40]), package) for i in range(0, len(lines), 40)]
rows = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
parquet.write_table(pa.table(list(zip(*rows)), names=["body", "package"]), folder / "code.parquet")

# %%
# **The recipe.** A dataset with a cache is used like any other. The first pass writes an entry for
# each partition. The name of an entry is a hash of everything that determines its content: the
# file with its size, time and a hash of some of its blocks, the columns, the settings of the
# features, and the version of the code.

code = tor.read(folder / "code.parquet", text="body", target="package")
cached = code.cache(folder / "cache", limit="1 GB")


def seconds(dataset):
    """Return how long each pass of a fit takes."""
    times = [time.perf_counter()]
    monitor = tor.MetricsMonitor(every="1h", report=lambda _: times.append(time.perf_counter()))
    model = tor.TextClassifier(preset="fast", n_features=2**16, max_iter=3)
    model.set_callbacks(monitor).fit(dataset)
    return np.diff(times)


seconds(code)  # loads the compiled kernels
figure, axes = plt.subplots(figsize=(7, 2.4), layout="constrained")
for name, dataset in {"no cache": code, "first run": cached, "second run": cached}.items():
    passes = seconds(dataset)
    print(f"{name:10}", *(f"{each:.3f} s" for each in passes))
    starts = np.cumsum(passes) - passes
    axes.barh(name, passes, left=starts, color=["C2", "0.6", "0.75"])
    axes.text(passes.sum(), name, f" {passes.sum():.2f} s", va="center")
axes.text(passes[0] / 4, "no cache", "pass 1", color="white", va="center", ha="center")
axes.invert_yaxis()
axes.grid(False)
axes.set_xlabel("seconds for three passes; the later ones in gray")
axes.set_title("The second run takes hashed rows from the disk")
plt.show()

# %%
# Another learner has the same features, so it takes the rows from the cache. Rows with other
# features are hashed, and get their own entries. The models are the same to the bit.

tor.TextClassifier(preset="fast", n_features=2**16, loss="hinge").fit(cached)
entries = list((folder / "cache").glob("*.records"))
share = entries[0].stat().st_size / (folder / "code.parquet").stat().st_size
print(f"{len(entries)} entry, {share:.2f} times as large as the Parquet file")
tor.TextClassifier(preset="fast", n_features=2**17).fit(cached)
print(len(list((folder / "cache").glob("*.records"))), "entries")

one, other = (
    tor.TextClassifier(preset="fast", n_features=2**16).fit(each) for each in (code, cached)
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
print(advise(code, one).n_features, advise(code, one).n_features)
temporary.cleanup()

# %%
# **What it costs.** Disk: about three bytes for each value, so pairs of words take more than the
# single words here. And time: the first run also writes, as the figure shows.
#
# **When not to use it.** For a single pass over new data, which the cache only slows down. Streams,
# and features made by your own functions, are not cached, because they may change unnoticed.
