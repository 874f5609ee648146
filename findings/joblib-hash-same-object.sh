#!/usr/bin/env bash
# joblib 1.6.0: equal arguments have different hashes if one object is in them twice.
#
# Guess: joblib.hash goes by values, so equal lists of tuples have one hash, and a function of
#        joblib.Memory that was called with such a list is not run again.
# Seen:  [t, t] with t = (1, 2) hashes unlike [(1, 2), (1, 2)] made of two tuples, and Memory runs
#        the function twice. Parameters that were read back from JSON are such lists, for one.
#        Strings and arrays have no such trouble, and dicts and sets are the same in any order.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet joblib==1.6.0 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import json

import joblib
import numpy as np


def pair(make):
    """Return a list of one object twice, and an equal list of two objects."""
    one = make()
    return [one, one], [make(), make()]


seen = {}
for name, make in {
    "tuples": lambda: tuple([1, 2]),
    "lists": lambda: [1, 2],
    "dicts": lambda: {"a": 1},
    "strings": lambda: "".join(["a", "b"]),
    "arrays": lambda: np.arange(3),
}.items():
    same, two = pair(make)
    seen[name] = joblib.hash(same) == joblib.hash(two)
    print(f"{name}: hashes {'agree' if seen[name] else 'differ'}")
ran = []
memory = joblib.Memory("cache", verbose=0)


@memory.cache
def fit(parameters):
    ran.append(parameters)
    return len(parameters)


same, _ = pair(lambda: [1, 2])
assert json.loads(json.dumps(same)) == same
fit(same), fit(same), fit(json.loads(json.dumps(same)))
print(f"runs of the function: {len(ran)}")
assert list(seen.values()) == [False, False, False, True, True], "not as described"
assert len(ran) == 2, "not as described"
PYTHON
