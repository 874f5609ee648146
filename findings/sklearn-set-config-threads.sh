#!/usr/bin/env bash
# scikit-learn 1.9.1: set_config() does not configure the process, but the thread that calls it.
#
# Guess: sklearn.set_config(...) at the top of a program holds for all of it.
# Seen:  a thread that is started later, by threading or concurrent.futures, has the defaults. There
#        HashingVectorizer returns csr_matrix where the main thread returns csr_array, and
#        StandardScaler returns a NumPy array where the main thread returns a data frame. joblib's
#        threads have the defaults, too; with sklearn.utils.parallel.Parallel and delayed, the
#        configuration is carried along.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-learn==1.9.1 pandas==3.0.1 joblib==1.5.3
"$folder/venv/bin/python" - <<'PYTHON'
from concurrent.futures import ThreadPoolExecutor

import joblib
import pandas as pd
import sklearn
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import StandardScaler
from sklearn.utils import parallel

frame = pd.DataFrame({"a": [1.0, 2.0]})
sklearn.set_config(sparse_interface="sparray", transform_output="pandas")


def kinds():
    with sklearn.config_context(transform_output="default"):
        hashed = HashingVectorizer(n_features=8).transform(["one", "two"])
    scaled = StandardScaler().fit_transform(frame)
    return type(hashed).__name__, type(scaled).__name__


with ThreadPoolExecutor(1) as pool:
    seen = {
        "main thread": kinds(),
        "ThreadPoolExecutor": pool.submit(kinds).result(),
        "joblib, threads": joblib.Parallel(2, "threading")([joblib.delayed(kinds)()])[0],
        "sklearn.utils.parallel, threads": parallel.Parallel(2, backend="threading")(
            [parallel.delayed(kinds)()]
        )[0],
    }
for where, result in seen.items():
    print(f"{where}: {', '.join(result)}")
configured, default = ("csr_array", "DataFrame"), ("csr_matrix", "ndarray")
assert list(seen.values()) == [configured, default, default, configured], "not as described"
PYTHON
