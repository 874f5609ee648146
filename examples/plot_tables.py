"""
Tables with scikit-learn's own estimators
=========================================

Learn files of numbers and categories with a ``ColumnTransformer``, batch by batch.

**The problem.** A table of trips does not fit in memory: places, hours and distances, with gaps.

**What goes wrong.** ``ColumnTransformer`` has no ``partial_fit``. In a loop by hand each of its
parts has to be called on its own, and a column that has gaps in one file only changes its type.
"""

# %%
# Three files, in place of three hundred.

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from sklearn.cluster import MiniBatchKMeans
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import torrential as tor

CITIES = ["JFK", "LAS", "PHL"]
rng = np.random.default_rng(0)
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)

for month in range(3):
    hour, city = rng.integers(0, 24, 5000), rng.integers(0, 3, 5000)
    late = hour / 12 + (city == 1) + rng.normal(0, 0.3, 5000) > 1.5
    trips = {
        "from": np.array(CITIES)[city],
        "hour": pa.array(hour, mask=rng.random(5000) < 0.05 * month),
        "miles": rng.gamma(2, 500, 5000),
        "late": np.where(late, "yes", "no"),
    }
    parquet.write_table(pa.table(trips), folder / f"{month}.parquet")

# %%
# **The recipe.** Each batch is a frame. The encoder knows its categories; the scaler learns each
# batch of the first pass.

dataset = tor.read(folder / "*.parquet", target="late")
train, test = dataset.split(test_size=0.2)

columns = make_column_transformer(
    (OneHotEncoder(categories=[CITIES], handle_unknown="ignore"), ["from"]),
    (make_pipeline(SimpleImputer(strategy="constant"), StandardScaler()), ["hour", "miles"]),
)
pipeline = make_pipeline(columns, SGDClassifier(loss="log_loss", random_state=0))
model = tor.OutOfCore(pipeline, max_iter=3, n_jobs=2).fit(train)
print("accuracy:", round(model.score(test), 3))

# %%
# Rows to predict come in any kind of table, with their columns in any order.

rows = {"miles": [900.0, 900.0], "hour": [23, 5], "from": ["LAS", "JFK"]}
print(model.predict(rows), model.predict_proba(rows).round(2))

# %%
# The strength of the penalty, by folds that share one pass.

search = tor.GridSearchCV(pipeline, {"sgdclassifier__alpha": [1e-4, 1e-3, 1e-2]}, cv=3)
print("best:", search.fit(train).best_params_)

# %%
# Clusters need no target.

numbers = tor.read(folder / "*.parquet", columns=["miles"])
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
# **When not to use it.** If the data fits in memory, or its categories are too many to be listed.
