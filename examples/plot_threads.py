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
# Texts of two classes.

import numpy as np

import torrential as tor

rng = np.random.default_rng(0)
words = np.array([f"word{i}" for i in range(2000)])
labels = rng.integers(0, 2, 4000)
texts = [" ".join(rng.choice(words[label * 500 : label * 500 + 1500], 40)) for label in labels]

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
print("accuracy on each row before it was learned:", models[1].history_[0].accuracy)

# %%
# Ctrl-C ends ``fit`` within moments: only the rows in progress are finished, and no thread is left.
# The model keeps what it has learned so far.
#
# **What it costs.** The learner is one thread. With many classes learning takes longer than reading
# and hashing, so the columns of the classes are divided over the threads. With two classes and very
# many cores, the learner limits the speed.
#
# **When not to use it.** A custom ``tokenizer`` or ``preprocessor`` is Python code, which holds the
# lock: threads then wait for each other. Use the built-in analyzers, or preprocess the texts first.
