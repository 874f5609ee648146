"""
How many columns do hashed terms need?
======================================

Find out how many terms share a column, how much accuracy that costs, and how many columns are
enough: before training from a sample, and afterwards from the model.

**The problem.** Two terms that are hashed to the same column share its weight. With too few columns
a model is less accurate than it could be; with too many it is larger and slower than necessary.

**What goes wrong.** ``n_features`` has a default that nobody checks: the hasher keeps no terms, so
it does not know how many terms share a column.
"""

# %%
# Which package is a piece of source code from? Twenty lines each, of five packages.

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt

import torrential as tor

rows = {"text": [], "package": []}
for package in ("dask", "distributed", "joblib", "numba", "rich"):
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        pieces = ["\n".join(lines[i : i + 20]) for i in range(0, len(lines), 120)]
        rows["text"] += pieces
        rows["package"] += [package] * len(pieces)
dataset = tor.read(rows, text="text", target="package")
print(f"{len(rows['text']):,} pieces")

# %%
# **The recipe.** Ask before training. ``torrential inspect FILES --text COLUMN`` prints the same
# advice.

print(tor.advise(dataset, tor.TextClassifier(preset="fast")))

# %%
# Every trained model reports its collisions. It has an estimate of the number of distinct terms it
# has seen (HyperLogLog, 64 KB), from which the rest follows; with ``terms=True`` it has counted the
# terms, and names the heaviest collisions.

model = tor.TextClassifier(preset="fast", n_features=2**12, terms=True).fit(dataset)
print(*str(model.collisions()).splitlines()[:7], sep="\n")

# %%
# Held-out accuracy and collisions, by the number of columns.

curve = tor.collision_curve(dataset, tor.TextClassifier(preset="fast"), n_bits=range(6, 19, 2))
axes = curve.plot()
axes.figure.axes[1].grid(False)
axes.set_title("Terms share columns long before accuracy suffers")
plt.show()

# %%
# **What it costs.** The estimate is always made, in a small part of the time of a fit. Advice reads
# about 32 MB of text and trains on it.
#
# **When not to use it.** A large share of shared columns is a warning, not a loss: most terms that
# share a column are rare, and the accuracy hardly suffers, as the figure shows. Held-out accuracy
# decides: where its curve is flat, there is nothing left to gain.
