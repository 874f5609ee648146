#!/usr/bin/env bash
# scipy 1.17.1, numpy 2.4.6: max(), abs() and count_nonzero() change a sparse matrix, and its
# arrays.
#
# Guess: X.max(), X.sum(), abs(X) and X.count_nonzero() read X. A CSR matrix with the same entry
#        twice (the two count as their sum) is valid, and is left as it is.
# Seen:  they merge such entries in place, also in the NumPy arrays that X was made of: data [1, 2,
#        5] becomes [3, 5, 5]. On read-only arrays, such as joblib maps into its workers, the same
#        calls are "WRITEBACKIFCOPY base is read-only". toarray(), X @ w and X[:1] leave X alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scipy==1.17.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import scipy.sparse as sp

calls = {
    "X.max()": lambda X: X.max(),
    "X.argmax(axis=1)": lambda X: X.argmax(axis=1),
    "abs(X)": lambda X: abs(X),
    "X.sqrt()": lambda X: X.sqrt(),
    "X.count_nonzero()": lambda X: X.count_nonzero(),
    "X.toarray()": lambda X: X.toarray(),
    "X @ w": lambda X: X @ np.ones(3),
    "X[:1]": lambda X: X[:1],
}
seen = {}
for name, call in calls.items():
    data, indices = np.array([1.0, 2.0, 5.0]), np.array([1, 1, 2], np.int32)
    indptr = np.array([0, 3], np.int32)
    call(sp.csr_array((data, indices, indptr), shape=(1, 3)))
    seen[name] = [data.tolist()]
    arrays = np.array([1.0, 2.0, 5.0]), np.array([1, 1, 2], np.int32), np.array([0, 3], np.int32)
    for array in arrays:
        array.flags.writeable = False
    try:
        call(sp.csr_array(arrays, shape=(1, 3)))
    except ValueError as error:
        seen[name].append(str(error))
    print(f"{name}: {seen[name]}")
changed = [[3.0, 5.0, 5.0], "WRITEBACKIFCOPY base is read-only"]
assert list(seen.values()) == [changed] * 5 + [[[1.0, 2.0, 5.0]]] * 3, "not as described"
PYTHON
