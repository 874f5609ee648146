"""
Parallel text classification, step by step
==========================================

Vectorize parts of the texts, train a perceptron on each, collect and average: what happens to the
weights in each step.

**The problem.** A perceptron learns one text after the other. Texts in eight files, on eight cores
or machines, still wait for one learner.

**What goes wrong.** Each part can train a perceptron of its own, but each then knows only its part,
and makes its own mistakes. Their average is better than each of them, but it is the average of
perceptrons that have all seen little.
"""

# %%
# Is a piece of source code from a test, or from the library itself?

import copy
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import torrential as tor

rows = []
for package in ("joblib", "numpy", "sklearn"):
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        label = "test" if "tests" in path.parts else "library"
        rows += [("\n".join(lines[i : i + 10]), label) for i in range(20, len(lines), 60)]
order = np.random.default_rng(0).permutation(len(rows))
texts, labels = np.array(rows, dtype=object)[order].T
texts, labels, test_texts, test_labels = texts[:4000], labels[:4000], texts[4000:], labels[4000:]
print(f"{len(texts):,} pieces to learn, {len(test_texts):,} to test")

# %%
# **The recipe.** Divide the texts into parts, and vectorize each part. Hashing needs no vocabulary,
# so no part waits for another.

parts = [slice(i, None, 4) for i in range(4)]
hasher = tor.HashingVectorizer(n_features=2**16)
vectorized = [hasher.transform(list(texts[part])) for part in parts]
vectorized_test = hasher.transform(list(test_texts))

# %%
# Train a perceptron on each part, and collect and average them. Then begin again, each part from
# the average (iterative parameter mixing; McDonald, Hall and Mann 2010).

words = ["assert", "pytest", "raises", "expected", "test", "for", "import"]
words += ["self", "def", "return", "if", "optional", "parameters", "returns"]
places = hasher.transform(words)  # the column of each word, and its sign


def draw(model, x):
    """Draw the weights of a model for the words, above its accuracy."""
    image = axes.imshow(places @ model.coef_.T, "RdBu", vmin=-4, vmax=4, extent=(x, x + 1, 14, 0))
    accuracy = model.score(vectorized_test, list(test_labels))
    axes.text(x + 0.5, 14.8, f"{accuracy:.0%}", ha="center", fontsize=8)
    return accuracy, image


figure, axes = plt.subplots(figsize=(7.5, 4.8), layout="constrained")
average = tor.Perceptron(random_state=0)
for step in range(3):
    models = [copy.deepcopy(average) for _ in parts]
    for model, rows, part in zip(models, vectorized, parts):
        model.partial_fit(rows, list(labels[part]), classes=["library", "test"])
    average = tor.average(models)
    scores = [draw(model, 6 * step + i)[0] for i, model in enumerate(models)]
    mixed, image = draw(average, 6 * step + 4.4)
    print(f"round {step + 1}: parts", *(f"{score:.3f}" for score in scores), f"average {mixed:.3f}")
    axes.text(6 * step + 2.5, -0.4, f"round {step + 1}", ha="center", weight="bold")

names = ["1", "2", "3", "4", "all"]
axes.set(
    xlim=(0, 17.4),
    ylim=(15, -1.2),
    aspect="auto",
    xlabel="accuracy of the parts' perceptrons, and of the average of all",
)
axes.set_yticks(np.arange(14) + 0.5, words)
axes.set_xticks([6 * step + i + 0.5 for step in range(3) for i in (0, 1, 2, 3, 4.4)], names * 3)
axes.grid(False)
axes.spines[:].set_visible(False)
axes.tick_params(length=0)
figure.colorbar(image, shrink=0.7, label="library  $\\leftarrow$  weight  $\\rightarrow$  test")
axes.set_title("Four perceptrons learn, and are averaged, three times")
plt.show()

# %%
# ``ParameterAveraging`` does the same with files, threads and clusters, and averages as often as
# ``n_rounds`` says. In comparison, single learners of all texts:

vectorized_all, labels_all = hasher.transform(list(texts)), list(labels)
mixing = tor.ParameterAveraging(tor.Perceptron(random_state=0), n_partitions=4, n_rounds=3)
mixing.fit(vectorized_all, labels_all)
print(f"ParameterAveraging: {mixing.score(vectorized_test, test_labels):.3f}")

for passes in (1, 3):
    alone = tor.Perceptron(max_iter=passes, tol=None, random_state=0).fit(
        vectorized_all, labels_all
    )
    print(f"one perceptron, passes: {passes}: {alone.score(vectorized_test, test_labels):.3f}")
text_classifier = tor.TextClassifier(preset="fast").fit(list(texts), labels_all)
print(f"TextClassifier: {text_classifier.score(list(test_texts), list(test_labels)):.3f}")

# %%
# **What it costs.** A round has to wait for its slowest part, and sends the weights that changed.
# On one machine with few cores, one learner is as fast (:doc:`plot_averaging`).
#
# **When not to use it.** The perceptron is the simplest learner of all, and a restless one: it
# moves as far for its last mistake as for its first. ``TextClassifier`` takes smaller steps, and is
# more accurate; everything on this page works with it, too.
