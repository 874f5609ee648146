"""
Filtering web text
==================

Train a filter of prose on text of known kinds, and keep the best tenth of web pages with it.

**The problem.** A crawl is mostly not prose: menus, badges, tables, code, lists of changes. A model
of language should learn from the rest.

**What goes wrong.** Rules by hand (short lines, many links, few full stops) each catch one kind of
noise and lose good text. A classifier is better, but has to read billions of documents: one that
takes a document at a time, in one thread, and holds the scores of all in memory, does not end.
"""

# %%
# Text of known kinds. Prose: paragraphs of docstrings that end in a full stop. Noise: source code.

import re
import tempfile
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import pyarrow as pa
from pyarrow import parquet

import torrential as tor

found = {"prose": [], "noise": []}
for path in sorted(Path(find_spec("sklearn").origin).parent.rglob("*.py")):
    source = path.read_text(encoding="utf-8")
    for text in re.findall('"""(.+?)"""', source, re.DOTALL):
        paragraphs = [each.strip() for each in text.split("\n\n")]
        found["prose"] += [
            each for each in paragraphs if re.fullmatch(r"[A-Z]((?!--)[^>])+\.", each)
        ]
    code = re.sub('""".+?"""', "", source, flags=re.DOTALL).split("\n\n")
    found["noise"] += [each.strip() for each in code[::5] if each.strip()]
texts, labels = found["prose"] + found["noise"], [kind for kind in found for _ in found[kind]]
print({kind: len(each) for kind, each in found.items()})

# %%
# **The recipe.** Train on these; the progressive accuracy says that the kinds are easy to tell.

known = tor.read({"text": texts, "kind": labels}, text="text", target="kind").shuffle(0)
model = tor.TextClassifier(n_features=2**18, n_jobs=2).fit(known)
print(f"accuracy on each row before it was learned: {model.history_[0].accuracy:.3f}")

# %%
# The pages to filter are those that packages have on PyPI: their metadata holds them. Nobody has
# labeled these paragraphs. In them are headings, badges, commands, lists of changes, and prose.

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
pages = {each.metadata["Name"]: each.metadata.get("Description", "") for each in distributions()}
rows = [
    (name, paragraph.strip())
    for name, page in sorted(pages.items())
    for paragraph in re.split(r"\n\s*\n", page)
    if paragraph.strip()
]
parquet.write_table(pa.table(list(zip(*rows)), names=["page", "body"]), folder / "web.parquet")

# %%
# ``predict_to`` reads, predicts and writes as a stream on all cores. ``keep_top`` keeps the tenth
# with the highest probability of all rows, exactly, and without their scores in memory.

web = tor.read(folder / "web.parquet", text="body")
model.predict_to(web, folder / "scored.parquet", all_probabilities=True)
counts = model.predict_to(web, folder / "kept.parquet", keep="prose", keep_top="10%")
print(f"{counts.n_rows:,} paragraphs, {counts.n_kept:,} kept")

scored = parquet.read_table(folder / "scored.parquet").to_pandas()
kept = parquet.read_table(folder / "kept.parquet").to_pandas()
temporary.cleanup()
for text in kept["body"][:: len(kept) // 4]:
    print("kept:", " ".join(text.split())[:80])

# %%
# What is in between shows how the model generalizes from scikit-learn's docstrings to pages of
# other people. One paragraph from each fifth of the probabilities:

p = scored["probability_prose"]
figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
sides = {"bins": 40, "range": (0, 1), "orientation": "horizontal"}
n_rows, *_ = axes.hist(p, **sides, color="0.8")
axes.hist(p[p >= kept["probability"].min()], **sides, color="C0")
axes.text(0.72 * max(n_rows), 0.97, "the tenth that is kept", color="C0", va="top")
for middle in (0.1, 0.3, 0.5, 0.7, 0.9):
    near = scored[p.between(middle - 0.1, middle + 0.1) & scored["body"].str.len().between(40, 400)]
    text = " ".join(near["body"].iloc[len(near) // 2].split())
    axes.text(0.26 * max(n_rows), middle, f"{text[:54]} ...", va="center", fontsize=9)
axes.set(ylabel="probability of prose", xlabel="paragraphs of PyPI pages")
axes.grid(False)
axes.set_title("Paragraphs by their probability, and one of each fifth")
plt.show()

# %%
# **What it costs.** Two passes over the text: the first one writes four bytes for each row to a
# temporary file. Memory does not grow with the rows. ``torrential predict quality.model web/ -o
# kept/ --keep prose --keep-top 10%`` does the same for folders, with ``--resume`` after a stop.
#
# **When not to use it.** The model prefers what it was trained on, here the style of a manual. If
# the pages to keep are of many kinds, train on examples of each, and look at what is dropped.
