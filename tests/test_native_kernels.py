"""Kernels as Python calls them: their arguments, their results, and their files."""

import json
import os
import pickle
import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from torrential.kernels.jit import kernel
from torrential.kernels.native import object_files
from torrential.kernels.native.arguments import flattened

pytestmark = pytest.mark.jit


class Pair(NamedTuple):
    values: np.ndarray
    number: int


@kernel(cache=False)
def total(values):
    """Return the sum of an array's numbers, in its order."""
    result = 0.0
    for value in values.flat:
        result += value
    return result


@kernel(cache=False)
def same(value):
    return value


@kernel(cache=False)
def of_all(pair, nothing, flag, numbers):
    (a, b), c = numbers
    return pair.number + (nothing is None) * 2 + flag * 4 + a + b + c, pair, None, flag


@kernel(cache=False)
def new_arrays(n):
    a = np.arange(n)
    return a, a[1:], np.full((n, 2), 0.5, np.float32)


@kernel(cache=False)
def maybe(values, is_wanted):
    result = None
    if is_wanted:
        result = values[::2]
    return result


@kernel(cache=False)
def allocated(n):
    return np.zeros(n, np.uint8).sum()


@kernel(cache=False)
def over(a, b):
    return a // b


DTYPES = st.sampled_from([np.float32, np.float64, np.int32, np.int64, np.uint8, np.uint16])


@given(
    DTYPES.flatmap(
        lambda each: arrays.arrays(
            each, st.tuples(st.integers(0, 4), st.integers(0, 4)), elements=st.integers(0, 9)
        )
    )
)
def test_arrays_of_all_layouts_are_seen_as_they_are(values):
    still = values.copy()
    still.flags.writeable = False
    for view in (values, values.T, values[::-1], values[:, ::2], still):
        assert total(view) == view.sum()


@given(
    st.one_of(
        st.integers(-(2**63), 2**64 - 1),
        st.floats(allow_nan=False),
        st.booleans(),
        st.none(),
        st.floats(width=32, allow_nan=False).map(np.float32),
        st.integers(0, 255).map(np.uint8),
        st.integers(-(2**31), 2**31 - 1).map(np.int32),
    )
)
def test_numbers_come_back_as_they_went(value):
    result = same(value)
    assert result == value
    assert isinstance(result, (int, float, bool, type(None)))


def test_tuples_are_taken_apart_and_put_together():
    pair = Pair(np.arange(3.0), 8)
    number, again, none, flag = of_all(pair, None, True, ((16, np.int64(32)), 64.5))
    assert (number, none, flag) == (8 + 2 + 4 + 16 + 32 + 64.5, None, True)
    assert isinstance(again, Pair)
    assert again.values is pair.values


def test_new_arrays_share_their_memory_and_are_freed():
    a, rest, halves = new_arrays(5)
    assert a.tolist() == [0, 1, 2, 3, 4]
    rest[0] = 7
    assert a[1] == 7
    assert halves.dtype == np.float32
    assert halves.tolist() == [[0.5, 0.5]] * 5
    del a
    assert rest.tolist() == [7, 2, 3, 4]
    for _ in range(300):  # 12 GB, were they kept
        rest = new_arrays(2**20)[1]
    assert len(rest) == 2**20 - 1


def test_parts_of_given_arrays_are_views():
    values = np.arange(10)
    part = maybe(values, True)
    part[1] = 77
    assert values[2] == 77
    assert maybe(values, False) is None
    assert maybe(values[::3], True).tolist() == [0, 6]


def test_defaults_and_names_of_arguments():
    @kernel(cache=False)
    def difference(a, b=2):
        return a - b

    assert difference(5) == 3
    assert difference(b=1, a=5) == 4
    with pytest.raises(TypeError):
        difference(1, 2, 3)


def test_errors_of_kernels_are_raised():
    with pytest.raises(MemoryError, match="allocated"):
        allocated(2**60)
    with pytest.raises(ZeroDivisionError):
        over(1, 0)
    assert over(7, 2) == 3


@pytest.mark.parametrize("value", ["text", [1, 2], {}, object()])
def test_what_no_kernel_takes_is_named(value):
    with pytest.raises(TypeError, match="A kernel takes numbers, arrays and tuples"):
        same(value)


def test_types_tell_apart_what_numba_tells_apart():
    values = np.zeros(3)
    still = np.zeros(3)
    still.flags.writeable = False
    kinds = [values, still, values[::2], values.reshape(3, 1), values.astype(np.float32), 1, 1.0]
    kinds += [True, None, np.float32(1), 2**63, (1, 2), ((1, 2),), Pair(values, 1), (values, 1)]
    assert len({flattened((kind,))[0] for kind in kinds}) == len(kinds)


def test_a_kernel_is_pickled_by_its_name():
    assert pickle.loads(pickle.dumps(total)) is total


PROGRAM = """
import sys
import numpy as np
from torrential.kernels.rows.weighting import count_columns
counts = np.zeros(4, np.int64)
count_columns(np.array([1, 1, 3], np.int32), counts)
print(counts.tolist(), "numba" in sys.modules)
"""


IN_A_KERNEL_OF_OTHERS = """
import numpy as np
from numba import njit
from torrential.kernels.simd import count_ones
from torrential.kernels.rows.weighting import count_columns
@njit
def of_others(counts):
    count_columns(np.array([1, 1, 3], np.int32), counts)
    return count_ones(np.uint64(7))
counts = np.zeros(4, np.int64)
print(of_others(counts), counts.tolist())
"""


def test_kernels_of_others_call_ours(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", IN_A_KERNEL_OF_OTHERS]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout == "3 [0, 2, 0, 1]\n"


def run(folder, **settings):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder)} | settings
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


def test_a_second_process_needs_no_numba_unless_the_file_is_damaged(tmp_path, monkeypatch):
    assert run(tmp_path) == "[0, 2, 0, 1] True"
    assert run(tmp_path) == "[0, 2, 0, 1] False"
    (path,) = tmp_path.glob("kernels-*/*.object")
    whole = path.read_bytes()
    types = json.loads(whole.partition(b"\n")[0])["types"]
    monkeypatch.setattr(object_files, "_folders", lambda: (path.parent,))
    name = "torrential.kernels.rows.weighting.count_columns"
    assert object_files.read(name, types) is not None
    for damaged in (b"", whole[:-9] + bytes(9), whole.replace(b"symbol", b"symbxl"), whole[:-1]):
        path.write_bytes(damaged)
        assert object_files.read(name, types) is None
    assert run(tmp_path) == "[0, 2, 0, 1] True"
    assert run(tmp_path) == "[0, 2, 0, 1] False"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_other_settings_of_numba_have_files_of_their_own(tmp_path):
    run(tmp_path)
    assert run(tmp_path, NUMBA_OPT="1") == "[0, 2, 0, 1] True"
    assert len([*tmp_path.glob("kernels-*/*.object")]) == 2


def test_folders_of_earlier_versions_are_removed(tmp_path, monkeypatch):
    old, young = tmp_path / "kernels-old", tmp_path / "kernels-young"
    for folder in (old, young):
        folder.mkdir()
    month = 31 * 86_400
    os.utime(old, (old.stat().st_atime, old.stat().st_mtime - month))
    monkeypatch.setattr(object_files, "_folders", lambda: (tmp_path / "kernels-new",))
    facts = object_files.CompiledKernel("i8", "f", "q", None, 0, ())
    object_files.write("torrential.kernels.f", facts, b"code")
    assert object_files.read("torrential.kernels.f", "i8") == (facts, b"code")
    assert object_files.read("torrential.kernels.f", "f8") is None
    assert not old.exists()
    assert young.exists()


OF_TWO_FILES = """
import sys
import torrential.kernels
torrential.kernels.__path__.append(sys.argv[1])
from torrential.kernels.native import numba_cache, object_files
from pathlib import Path
numba_cache.KERNELS = Path(sys.argv[1])
object_files._folders = lambda: ()
from torrential.kernels.caller import caller
print(caller(3))
"""


def test_a_kernel_is_compiled_again_where_one_that_it_calls_is_another(tmp_path):
    head = "from torrential.kernels.jit import kernel\n"
    (tmp_path / "caller.py").write_text(
        f"{head}from torrential.kernels.called import called\n"
        "@kernel\ndef caller(x):\n    return called(x)\n"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    for factor in (2, 5):
        (tmp_path / "called.py").write_text(
            f"{head}@kernel\ndef called(x):\n    return x * {factor}\n"
        )
        result = subprocess.run(
            [sys.executable, "-B", "-c", OF_TWO_FILES, str(tmp_path)],  # bytecode is by the second
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert result.stdout == f"{3 * factor}\n"


OF_NUMBA = """
import sys
from pathlib import Path
import numpy as np
import torrential.kernels
torrential.kernels.__path__.append(sys.argv[1])
from torrential.kernels.native import object_files
object_files._folders = lambda: (Path(sys.argv[2]),)
from torrential.kernels.largest import largest
print(largest(np.arange(3.0)), "numba" in sys.modules)
"""


def test_code_that_needs_a_function_of_numba_is_left_to_numba(tmp_path):
    """Numba forgets what code of its cache needs; called without it, such code crashed."""
    (tmp_path / "largest.py").write_text(
        "from torrential.kernels.jit import kernel\n"
        "@kernel\ndef largest(x):\n    return x.max()\n"  # it calls a function of Numba
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    for folder in ("one", "two", "two"):
        command = [sys.executable, "-B", "-c", OF_NUMBA, tmp_path, tmp_path / folder]
        result = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert (result.returncode, result.stdout) == (0, "2.0 True\n"), result.stderr
