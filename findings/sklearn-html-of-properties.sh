#!/usr/bin/env bash
# scikit-learn 1.9.1: showing a fitted estimator in a notebook computes every property whose name
# ends in an underscore, and the names of all its columns.
#
# Guess: the HTML of an estimator shows its parameters, and attributes that fit has set.
# Seen:  it asks for all members of the object. A property that makes an array when it is read, such
#        as a dense coef_ of a sparse model, is computed in full for the few digits that are shown,
#        and so are all names of get_feature_names_out(), of which 100 are shown. repr() computes
#        none of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-learn==1.9.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
from sklearn.base import BaseEstimator

computed = []


class Model(BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = 10_000
        return self

    @property
    def dense_(self):
        computed.append("dense_")
        return np.zeros((10, self.n_features_in_))

    def get_feature_names_out(self, input_features=None):
        computed.append("get_feature_names_out")
        return np.array([f"x{i}" for i in range(self.n_features_in_)], object)


model = Model().fit([[1]])
repr(model)
by_text = list(computed)
html = model._repr_html_()
print("computed for repr():", by_text)
print("computed for the HTML:", sorted(set(computed)))
assert by_text == [], "not as described"
assert set(computed) == {"dense_", "get_feature_names_out"}, "not as described"
assert "100 of 10,000 features" in html and "x100<" not in html, "not as described"
PYTHON
