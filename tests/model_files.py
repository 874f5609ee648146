"""Model files that have to be the same."""

import numpy as np

from torrential.persistence.model_file import read_model


def assert_same_files(first, second):
    """Equal to the bit, except when they were saved."""
    (ours, header), (theirs, others) = read_model(first), read_model(second)
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name], err_msg=name)
    for each in (header, others):
        each.pop("saved")
    assert header == others
