"""
The language of a few words
===========================

Name the language of short texts by words, by n-grams of characters, and by both.

**The problem.** Queries, titles and labels have a few words. Which language are they in?

**What goes wrong.** A model of words knows only the words that it has learned, and a text of two
words may have none of them. Nor does it know words where a script does not separate them.
"""

# %%
# The messages of Sphinx in the twenty languages with the most translations. A fifth of the messages
# is held out in all languages, so no model has learned a translation of a text to predict.

import gettext
import zlib
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import torrential as tor

folder = Path(find_spec("sphinx").origin).parent / "locale"
found = defaultdict(dict)
for path in sorted(folder.rglob("*.mo")):
    with path.open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog  # it has no public list
    translated = {key: text for key, text in catalog.items() if isinstance(key, str) and key}
    found[path.parts[-3]] = {key: text for key, text in translated.items() if text != key}
most = sorted(found, key=lambda language: -len(found[language]))[:20]
rows = [(key, text, language) for language in most for key, text in found[language].items()]
rows = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]

is_test = np.array([zlib.crc32(key.encode()) % 5 == 0 for key, _, _ in rows])
texts, languages = (np.array(column, dtype=object) for column in list(zip(*rows))[1:])
print(f"{sum(~is_test):,} texts to learn, {sum(is_test):,} to test, in {len(most)} languages")

# %%
# **The recipe.** ``views`` says what of a text is hashed: words, n-grams of the characters within
# words, or both side by side in one model.

lengths = np.array([len(text) for text in texts[is_test]])
edges = np.array([0, 10, 20, 40, 80])
names = ["under 10", "10 to 19", "20 to 39", "40 to 79", "80 or more"]
part = np.searchsorted(edges, lengths, side="right") - 1

figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
for i, views in enumerate(["word", "char_wb:1-4", "word+char_wb:1-4"]):
    model = tor.TextClassifier(views=views, n_features=2**18, idf="running", n_jobs=2)
    model.fit(list(texts[~is_test]), list(languages[~is_test]))
    predicted = model.predict(list(texts[is_test]))
    is_right = predicted == languages[is_test]
    shares = [is_right[part == place].mean() for place in range(len(edges))]
    print(f"{views:17}", *(f"{share:.3f}" for share in shares), f"all {is_right.mean():.3f}")
    axes.plot(shares, "o-", color=f"C{i}")
    axes.text(
        -0.08, shares[0] + (0, 0.015, -0.015)[i], views, color=f"C{i}", ha="right", va="center"
    )
axes.set_xticks(range(5), names)
axes.set(xlabel="characters of a text", ylabel="share whose language is found", xlim=(-1.3, 4.2))
axes.set_title("Short texts need n-grams of characters")
plt.show()

# %%
# What is still confused are languages that are close, or one language in two countries.

is_wrong = ~is_right
pairs, counts = np.unique(
    [f"{a} as {b}" for a, b in zip(languages[is_test][is_wrong], predicted[is_wrong])],
    return_counts=True,
)
for place in counts.argsort()[::-1][:5]:
    print(f"{counts[place]:3} times {pairs[place]}")

# %%
# **What it costs.** A text has many more n-grams than words: training and prediction take several
# times as long, and the model has more weights. ``examples/languages.py`` does the same with more
# than a hundred languages; :doc:`the guide </guide/languages>` has its figures.
#
# **When not to use it.** Texts of some sentences are found by words alone.
