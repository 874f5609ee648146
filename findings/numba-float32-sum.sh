#!/usr/bin/env bash
# numba 0.68.1, numpy 2.4.6: the sum of a float32 array in compiled code has other digits than
# NumPy's, the third among them.
#
# Guess: a.sum() of float32 is the same to six digits or so with and without @njit.
# Seen:  NumPy adds pairwise, numba one after the other, in float32. A million times 0.1 is
#        100000.01 for NumPy and 100958.34 for numba; 16,777,316 ones add up to 16,777,216, where
#        float32 stops. The standard deviation of the million equal values is 0 for NumPy and
#        0.00096 for numba.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numba==0.68.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
from numba import njit


@njit
def compiled(a):
    return a.sum(), a.std()


tenths, ones = np.full(1_000_000, 0.1, np.float32), np.ones(2**24 + 100, np.float32)
seen = {
    "sum of a million times 0.1": (float(tenths.sum()), float(compiled(tenths)[0])),
    "sum of 16,777,316 ones": (float(ones.sum()), float(compiled(ones)[0])),
    "standard deviation of equal values": (float(tenths.std()), float(compiled(tenths)[1])),
}
for name, (by_numpy, by_numba) in seen.items():
    print(f"{name}: numpy {by_numpy:.9g}, numba {by_numba:.9g}")
assert abs(seen["sum of a million times 0.1"][0] - 1e5) < 1, "not as described"
assert 100_950 < seen["sum of a million times 0.1"][1] < 100_970, "not as described"
assert seen["sum of 16,777,316 ones"] == (2**24 + 100, 2**24), "not as described"
by_numpy, by_numba = seen["standard deviation of equal values"]
assert by_numpy < 1e-6 and 9e-4 < by_numba < 1e-3, "not as described"
PYTHON
