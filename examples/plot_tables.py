"""
Tables with scikit-learn's own estimators
=========================================

Learn files of numbers and categories with a ``ColumnTransformer``, batch by batch.

**The problem.** A table does not fit in memory: categories, numbers and counts, with gaps.

**What goes wrong.** ``ColumnTransformer`` has no ``partial_fit``. In a loop by hand each of its
parts has to be called on its own, and a column that has gaps in one file only changes its type.
"""

# %%
# A row for each function of three packages: does it have a docstring? There is a file for each
# package, in place of four hundred. Functions of no arguments have a gap in place of their number.

import ast
import tempfile
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.cluster import MiniBatchKMeans
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import torrential as tor

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
for package in ("fsspec", "joblib", "rich"):
    rows = []
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.FunctionDef):
                kind = "private" if node.name[0] == "_" else "public"
                kind = "test" if "test" in path.name else kind
                n_arguments = len(node.args.args) or None
                n_lines = node.end_lineno - node.lineno + 1
                documented = "yes" if ast.get_docstring(node) else "no"
                rows.append((package, kind, n_arguments, n_lines, documented))
    names = ["package", "kind", "arguments", "lines", "documented"]
    pd.DataFrame(rows, columns=names).to_parquet(folder / f"{package}.parquet")
    print(f"{package:7} {len(rows):5,} functions")

# %%
# **The recipe.** Each batch is a frame. Encoders know their categories; the scaler learns each
# batch of the first pass.

dataset = tor.read(folder / "*.parquet", target="documented").shuffle(0)
train, test = dataset.split(test_size=0.2)


def doublings(frame):
    """Return how often the numbers of lines have doubled: 0 for 1, 1 for 2 and 3, and so on."""
    return np.log2(frame).astype(int)


packages, kinds = ["fsspec", "joblib", "rich"], ["private", "public", "test"]
of_names = OneHotEncoder(categories=[packages, kinds])
lines = make_pipeline(FunctionTransformer(doublings), OneHotEncoder(categories=[range(16)]))
numbers = make_pipeline(SimpleImputer(strategy="constant", fill_value=0), StandardScaler())
columns = make_column_transformer(
    (of_names, ["package", "kind"]), (lines, ["lines"]), (numbers, ["arguments"])
)
pipeline = make_pipeline(columns, SGDClassifier(loss="log_loss", alpha=0.01, random_state=0))
model = tor.OutOfCore(pipeline, max_iter=5, n_jobs=2).fit(train)
print("accuracy:", round(model.score(test), 3))

# %%
# What share of the functions has a docstring, and what the model expects of them.

rows = dataset.to_pandas()
rows["expected"] = model.predict_proba(rows)[:, 1]
rows["found"] = rows["documented"] == "yes"
rows["doubled"] = doublings(rows["lines"])
figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
for i, (kind, group) in enumerate(rows[rows["lines"].between(2, 127)].groupby("kind")):
    shares = group.groupby("doubled")[["found", "expected"]].mean()
    axes.plot(2.0**shares.index, shares["expected"], color=f"C{i}")
    axes.plot(2.0**shares.index, shares["found"], "o", color=f"C{i}")
    axes.text(70, shares["expected"].iloc[-1], kind, color=f"C{i}", va="center")
axes.set_xscale("log", base=2)
axes.set_xticks([2, 4, 8, 16, 32, 64], ["2-3", "4-7", "8-15", "16-31", "32-63", "64-127"])
axes.set(xlabel="lines of a function", ylim=(0, 1))
axes.set(ylabel="share that has a docstring")
axes.set_title("Points are functions of three packages, lines the model")
plt.show()

# %%
# Rows to predict come in any kind of table, with their columns in any order.

new = {"lines": [40, 2], "package": ["rich"] * 2, "kind": kinds[1:], "arguments": [3, None]}
print(model.predict(new), model.predict_proba(new).round(2))

# %%
# The strength of the penalty, by folds that share one pass.

search = tor.GridSearchCV(pipeline, {"sgdclassifier__alpha": [1e-4, 1e-3, 1e-2]}, cv=3)
print("best:", search.fit(train).best_params_)

# %%
# Clusters need no target.

numbers = tor.read(folder / "*.parquet", columns=["lines"])
clusters = tor.OutOfCore(make_pipeline(StandardScaler(), MiniBatchKMeans(3, random_state=0)))
print("rows of each cluster:", np.bincount(clusters.fit(numbers).predict(numbers)))

# %%
# A step that would have to see all rows at once is refused by name.

try:
    tor.OutOfCore(make_pipeline(SimpleImputer(), SGDClassifier())).fit(dataset)
except tor.ParameterError as error:
    print(error)

temporary.cleanup()

# %%
# **What it costs.** Each batch of the first pass is transformed twice: to be predicted before it is
# learned, for ``history_``, and to be learned. Encoders of scikit-learn make objects of Python of
# all texts.
#
# **When not to use it.** If the data fits in memory, or its categories are too many to be listed:
# ``TableClassifier`` hashes them.
