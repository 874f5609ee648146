"""
Threads instead of processes
============================

Use all cores without copies, without pickles, and with the same result.

**The problem.** Python runs one thread at a time, so work is usually spread over processes.

**What goes wrong.** Each process receives its data as a pickle, and sends its result back as
another. Shared data has to be put into special memory. Ctrl-C reaches only some of the processes.
And if each worker trains its own model, the result depends on the number of workers.
"""

# %%
# Pieces of source code of two packages.

import pickle
import time
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt

import torrential as tor

texts, labels = [], []
for package in ("numpy", "sklearn"):
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        pieces = ["\n".join(lines[i : i + 20]) for i in range(0, len(lines), 20)]
        texts += pieces
        labels += [package] * len(pieces)
print(f"{len(texts):,} texts, {sum(map(len, texts)) / 1e6:.0f} MB")

# %%
# What two processes would do in addition to the work: each text is pickled here and loaded there,
# and the hashed rows are pickled there and loaded here. Threads need none of it. The texts and the
# rows are in the memory of the one process, where both threads see them.


def seconds(function, *arguments):
    """Return what a function returns, and the shortest of three times that it takes."""
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        result = function(*arguments)
        times.append(time.perf_counter() - begin)
    return result, min(times)


hasher = tor.HashingVectorizer()
hasher.transform(texts[:10])  # loads the compiled kernels
rows, one_thread = seconds(hasher.transform, texts)
_, two_threads = seconds(tor.HashingVectorizer(n_jobs=2).transform, texts)
there = pickle.dumps(texts)
back = pickle.dumps(rows)
_, moved = seconds(lambda: (pickle.loads(pickle.dumps(texts)), pickle.loads(pickle.dumps(rows))))
print(f"{len(there) / 1e6:.0f} MB there, {len(back) / 1e6:.0f} MB back")

figure, axes = plt.subplots(figsize=(7, 2.4), layout="constrained")
bars = {"hash, one thread": one_thread, "hash, two threads": two_threads, "pickle and load": moved}
for place, (name, length) in enumerate(bars.items()):
    print(f"{name:18} {length:.3f} s")
    axes.barh(name, length * 1000, color="C1" if name.startswith("pickle") else "C0")
    axes.text(length * 1000, place, f" {length * 1000:.0f} ms", va="center")
axes.invert_yaxis()
axes.grid(False)
axes.set_xlabel("milliseconds, the shortest of three")
axes.set_title("Work in threads, and what processes do in addition")
plt.show()

# %%
# **The recipe.** The kernels that tokenize, hash and learn are compiled, and release Python's lock.
# So ``n_jobs`` threads work on the same arrays, in one process. Workers read and hash; one learner
# takes their batches in the order of the data.

models = [tor.TextClassifier(preset="fast", n_jobs=n_jobs).fit(texts, labels) for n_jobs in (1, 2)]

# %%
# The order in which rows are learned depends on the data and the seed, not on the threads, so the
# models are the same to the bit.

one, two = (model.coef_ for model in models)
print("same bits:", one.tobytes() == two.tobytes())
print(f"accuracy on each row before it was learned: {models[1].history_[0].accuracy:.3f}")

# %%
# Ctrl-C ends ``fit`` within moments: :doc:`plot_interrupt`.
#
# **What it costs.** The learner is one thread. With many classes learning takes longer than reading
# and hashing, so the columns of the classes are divided over the threads. With two classes and very
# many cores, the learner limits the speed.
#
# **When not to use it.** A custom ``tokenizer`` or ``preprocessor`` is Python code, which holds the
# lock: threads then wait for each other. Use the built-in analyzers, or preprocess the texts first.
