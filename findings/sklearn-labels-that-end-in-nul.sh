#!/usr/bin/env bash
# scikit-learn 1.9.1, numpy 2.4.6: two string labels become one class.
#
# Guess: fit(X, ["a", "a\0"]) has the classes "a" and "a\0".
# Seen:  NumPy pads its fixed-width strings with NUL and drops all NULs at the end, so np.array of
#        the list holds "a" twice, of str and bytes alike. LabelEncoder learns one class, and
#        SGDClassifier says that y has one class only. An array of objects or of StringDType keeps
#        them, for NumPy; LabelEncoder keeps them of objects. Such labels come from databases with
#        columns of fixed width.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.preprocessing import LabelEncoder

labels = ["a", "a\0", "b"]
seen = {
    "np.unique of str": np.unique(np.array(labels)).tolist(),
    "np.unique of bytes": np.unique(np.array([b"a", b"a\0", b"b"])).tolist(),
    "np.unique of StringDType": np.unique(np.array(labels, np.dtypes.StringDType())).tolist(),
    "LabelEncoder": LabelEncoder().fit(labels).classes_.tolist(),
    "LabelEncoder of objects": LabelEncoder().fit(np.array(labels, object)).classes_.tolist(),
    "SGDClassifier": SGDClassifier().fit([[0.0], [1.0], [2.0]], labels).classes_.tolist(),
}
for name, classes in seen.items():
    print(f"{name}: {classes}")
assert list(seen.values()) == [
    ["a", "b"], [b"a", b"b"], labels, ["a", "b"], labels, ["a", "b"],
], "not as described"
try:
    SGDClassifier().fit([[0.0], [1.0]], labels[:2])
except ValueError as error:
    print(error)
else:
    raise AssertionError("not as described")
PYTHON
