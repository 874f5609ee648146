"""
Threads instead of processes
============================

Use all cores without copying, pickling, or another result.

**The problem.** Python runs one thread at a time, so work is spread over processes.

**What goes wrong.** Each process gets its data through a pickle, and sends its result back through
another. What they share must be put into special memory. Ctrl-C reaches some of them. And if each
worker learns on its own, the model depends on how many there were.
"""

# %%
# Some texts of two kinds.

import numpy as np

import torrential as tor

rng = np.random.default_rng(0)
words = np.array([f"word{i}" for i in range(2000)])
labels = rng.integers(0, 2, 4000)
texts = [" ".join(rng.choice(words[label * 500 : label * 500 + 1500], 40)) for label in labels]

# %%
# **The recipe.** The kernels that tokenize, hash and learn are compiled, and let go of Python's
# lock. So ``n_jobs`` threads work on the same arrays, in one process. Workers read and hash; one
# learner takes their batches in the order of the data.

models = [tor.TextClassifier(n_jobs=n_jobs).fit(texts, labels) for n_jobs in (1, 2)]

# %%
# The order in which rows are learned depends on the data and the seed, not on the threads. The
# models are the same, to the last bit.

one, two = (model.coef_ for model in models)
print("same bits:", one.tobytes() == two.tobytes())
print("accuracy on each row before it was learned:", models[1].history_[0].accuracy)

# %%
# Ctrl-C ends ``fit`` in a moment: only the rows in hand are finished, and no thread outlives it.
# The model keeps what it has learned so far.
#
# **What it costs.** The learner is one thread. If learning takes longer than reading and hashing,
# which happens with many classes, their columns are divided over the threads; with two classes and
# very many cores the learner is what one waits for.
#
# **When not to use it.** A custom ``tokenizer`` or ``preprocessor`` is Python code, which holds the
# lock: threads then wait for each other. Use the built-in analyzers, or do that part beforehand.
