#!/usr/bin/env bash
# vowpalwabbit 9.11.9: numbers with exponents from 129 on wrap around: 1e-250 is a million.
#
# Guess: A feature, label or weight too small or too large for a float becomes 0 or infinity, as
#        C's strtof and every other reader have it.
# Seen:  The exponent is kept in eight bits: it is taken modulo 256, between -128 and 127. So
#        x:1e-250 is 1e+06 and x:1e256 is 1, 2.5e-254 is 250, and 1e-200 is infinite (1e+56). A
#        label 1e-250 is 1000000 and a weight 1e-254 is 100. There is no warning, and the row is
#        learned. Probabilities and likelihoods written with Python's repr have such exponents.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet vowpalwabbit==9.11.9
cd "$folder"
venv/bin/python - <<'PYTHON'
from vowpalwabbit import Workspace

vw = Workspace("--quiet --noconstant")


def value(word):
    example = vw.parse(f"1 | x:{word}")
    values = [each for _, each in example.iter_features()]
    vw.finish_example(example)
    return values


words = ("1e-30", "1e-100", "1e256", "1e250", "1e-250", "2.5e-254", "1e-200")
seen = {word: value(word) for word in words}
example = vw.parse("1e-250 1e-254 | x:1")
label = example.get_simplelabel_label(), example.get_simplelabel_weight()
vw.finish_example(example)
for word, values in seen.items():
    print(f"x:{word} has the values {values}")
print(f"the label 1e-250 with weight 1e-254 is {label}")
assert abs(seen["1e-30"][0] - 1e-30) < 1e-36
assert seen["1e-100"] == []  # too small: left out
assert seen["1e256"] == [1.0]
assert abs(seen["1e250"][0] - 1e-6) < 1e-12
assert seen["1e-250"] == [1e6]
assert seen["2.5e-254"] == [250.0]
assert seen["1e-200"] == [float("inf")]
assert label == (1e6, 100.0)
PYTHON
