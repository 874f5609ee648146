"""Model files: what is written is read, any bad file is refused, and safetensors agrees."""

import json
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file

from torrential.errors import MissingDataError, ModelFileError, OutputError, ParameterError
from torrential.persistence import model_header
from torrential.persistence.model_file import read_model, write_model

DTYPES = ["u1", "<u2", "<u4", "<u8", "i1", "<i2", "<i4", "<i8", "<f2", "<f4", "<f8", ">f4", ">i8"]
ARRAYS = st.dictionaries(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(
        lambda s: s != "__metadata__"
    ),
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_side=20))
    ),
    max_size=5,
)
HEADERS = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        ),
        max_leaves=5,
    ),
    max_size=4,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("models") / "a.model"


@given(ARRAYS, HEADERS)
def test_round_trip_and_safetensors_agrees(path, arrays, header):
    write_model(path, arrays, header)
    read, read_header = read_model(path, required=list(arrays))
    assert read_header == header
    theirs = load_file(path)
    assert read.keys() == arrays.keys() == theirs.keys()
    for name, array in arrays.items():
        for other in (read[name], theirs[name]):
            assert other.dtype == array.dtype.newbyteorder("<")
            np.testing.assert_array_equal(other, array)
        assert read[name].flags.aligned
        assert not read[name].flags.writeable


def test_arrays_of_any_strides(path):
    base = np.arange(60.0, dtype=np.float32).reshape(6, 10)
    arrays = {
        "step": base[:, ::2],
        "transposed": base.T,
        "fortran": np.asfortranarray(base),
        "back": base[::-1],
    }
    write_model(path, arrays, {})
    for name, array in read_model(path)[0].items():
        np.testing.assert_array_equal(array, arrays[name])


def test_large_arrays_are_aligned_to_cache_lines(path):
    arrays = {
        "a": np.ones(3, np.uint8),
        "b": np.ones(1 << 10, np.float32),
        "c": np.ones(1 << 8),
        "d": np.ones(5),
    }
    write_model(path, arrays, {"classes": ["x"]})
    read = read_model(path)[0]
    for name in "bc":
        assert read[name].ctypes.data % 64 == 0


def test_neither_writing_nor_reading_copies(path):
    weights = np.ones((1 << 20, 8), np.float32)
    tracemalloc.start()
    try:
        write_model(path, {"weights": weights, "columns": weights[:, ::2]}, {})
        arrays, _ = read_model(path)
        assert tracemalloc.get_traced_memory()[1] < weights.nbytes / 2
    finally:
        tracemalloc.stop()
    assert arrays["columns"].shape == (1 << 20, 4)


def test_a_model_in_use_can_be_replaced(path):
    write_model(path, {"coef": np.ones(100_000)}, {})
    arrays, _ = read_model(path)
    write_model(path, {"coef": arrays["coef"] * 2}, {})
    assert arrays["coef"].sum() == 100_000
    assert read_model(path)[0]["coef"].sum() == 200_000


def _small(path):
    write_model(
        path, {"coef": np.arange(6.0).reshape(2, 3), "n": np.arange(3)}, {"classes": ["a", "é"]}
    )
    return path.read_bytes()


@given(st.data())
def test_cut_off_anywhere(path, data):
    content = _small(path)
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(ModelFileError, match=r"a\.model"):
        read_model(path)


@given(st.data())
def test_a_byte_of_the_header_is_flipped(path, data):
    content = bytearray(_small(path))
    position = data.draw(st.integers(0, 8 + int.from_bytes(content[:8], "little") - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"a\.model"):
        read_model(path)


def test_a_byte_of_the_data_is_flipped(path):
    content = bytearray(_small(path))
    content[-1] ^= 1
    path.write_bytes(content)
    read_model(path, verify=False)
    with pytest.raises(ModelFileError, match="array 'n' does not match its checksum"):
        read_model(path)


@given(st.binary(max_size=200))
def test_any_bytes_are_no_model(path, content):
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"a\.model"):
        read_model(path)


def _forge(path, metadata=None, data=bytes(24), **entries):
    """Write a file whose checksum is right, whatever it says."""
    ours = {"format_version": 1, "header": {}, "crc32": dict.fromkeys(entries, "00000000")}
    if metadata is None or isinstance(metadata, dict):
        metadata = json.dumps(ours | (metadata or {}))
    whole = {"__metadata__": {"crc32": "0" * 8, "torrential": metadata}} | entries
    text = json.dumps(whole, separators=(",", ":"))
    _seal(path, text.encode(), data)


def _seal(path, text, data=b""):
    packed = bytearray(len(text).to_bytes(8, "little") + text)
    packed[model_header._DIGITS] = f"{zlib.crc32(packed):08x}".encode()
    path.write_bytes(bytes(packed) + data)


def _entry(dtype="F64", shape=(3,), data_offsets=(0, 24)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(data_offsets)}


def test_a_forged_file_is_read_if_it_is_right(path):
    _forge(path, {"crc32": {"coef": f"{zlib.crc32(bytes(24)):08x}"}}, coef=_entry())
    np.testing.assert_array_equal(read_model(path)[0]["coef"], np.zeros(3))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (_entry("F65"), "unknown type 'F65'"),
        (_entry(["F64"]), "unknown type"),
        (_entry(shape=(-3,)), "no valid shape"),
        (_entry(shape=(3.0,)), "no valid shape"),
        (_entry(shape=(True, 3)), "no valid shape"),
        (_entry(shape=(1,) * 63 + (3,)), "no valid shape"),
        (_entry(shape=(2**62, 2**62)), "no valid shape"),
        (_entry(shape=(0, 2**62, 2**62), data_offsets=(0, 0)), "no valid shape"),
        (_entry(shape=(2**61,)), "no valid shape"),
        (_entry(shape=(2**60, 16)), "no valid shape"),
        (_entry(shape=(4,)), "another size"),
        (_entry(shape=(4,), data_offsets=(0, 32)), "cut off in the arrays"),
        (_entry(shape=(2,), data_offsets=(0, 16)), "bytes follow"),
        (_entry(shape=(2,), data_offsets=(8, 24)), "overlaps another, or leaves a hole"),
        (_entry(data_offsets=(24, 0)), "another size"),
        (_entry(data_offsets=(-24, 0)), "no valid place"),
        (_entry(data_offsets=(0, 24, 48)), "no valid place"),
        (_entry(data_offsets=("0", "24")), "no valid place"),
        (_entry(shape=(2,), data_offsets=(4, 20)), "not aligned"),
        ({"dtype": "F64", "shape": [3]}, "not described"),
        ([1, 2], "not described"),
    ],
)
def test_a_hostile_entry(path, entry, message):
    _forge(path, coef=entry)
    with pytest.raises(ModelFileError, match=message):
        read_model(path)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"format_version": 3}, "was written by a newer version .* upgrade torrential"),
        ({"format_version": "1"}, "format version"),
        ({"format_version": 0}, "format version"),
        ({"format_version": True}, "format version"),
        ({"header": []}, "description is missing"),
        ({"crc32": []}, "checksums are missing"),
        ({"crc32": {}}, "'coef' or its checksum is missing"),
        ({"crc32": {"coef": "0", "bias": "0"}}, "'bias' or its checksum is missing"),
        ({"crc32": {"coef": "zz"}}, "not a number"),
        ({"crc32": {"coef": 7}}, "not a number"),
        ("[]", "not a JSON object"),
        ("{", "not JSON"),
        ("[" * 1_000_000, "not JSON"),
        ("9" * 10_000, "not JSON"),
    ],
)
def test_a_hostile_description(path, metadata, message):
    _forge(path, metadata, coef=_entry())
    with pytest.raises(ModelFileError, match=message):
        read_model(path)


def test_overlapping_arrays(path):
    _forge(path, a=_entry(), b=_entry())
    with pytest.raises(ModelFileError, match="overlaps"):
        read_model(path)


@pytest.mark.parametrize(
    "rest",
    [
        b'","torrential":' + b"[" * 1_000_000,
        b'"},"__metadata__":7}',
        b'"}}',
        b'","torrential":{}}}',
        b'"\xff',
    ],
)
def test_a_hostile_text(path, rest):
    _seal(path, model_header._PREFIX + b"0" * 8 + rest)
    with pytest.raises(ModelFileError, match="not JSON"):
        read_model(path)


@pytest.mark.parametrize("size", [0, 7, 10**8 + 1, 2**63, 2**64 - 1])
def test_an_absurd_header_size(path, size):
    content = _small(path)
    path.write_bytes(size.to_bytes(8, "little") + content[8:])
    with pytest.raises(ModelFileError, match="damaged"):
        read_model(path)


def test_files_that_are_no_models(path, tmp_path):
    with pytest.raises(MissingDataError, match="There is no model"):
        read_model(tmp_path / "missing.model")
    with pytest.raises(ModelFileError, match="Cannot read model"):
        read_model(tmp_path)
    path.write_bytes(b"")
    with pytest.raises(ModelFileError, match="is empty"):
        read_model(path)
    path.write_bytes(b"PK\x03\x04" + bytes(1000))
    with pytest.raises(ModelFileError, match="is not a model that torrential saved"):
        read_model(path)


def test_a_required_array_is_missing(path):
    _small(path)
    with pytest.raises(ModelFileError, match="has no array 'idf'"):
        read_model(path, required=["coef", "idf"])


@pytest.mark.parametrize(
    "array", [np.array(["a"]), np.array([None]), np.array([1j]), np.array([True])]
)
def test_arrays_that_cannot_be_written(path, array):
    before = _small(path)
    with pytest.raises(ParameterError, match="Array 'x' has dtype"):
        write_model(path, {"x": array}, {})
    with pytest.raises(ParameterError, match="__metadata__"):
        write_model(path, {"__metadata__": np.zeros(1)}, {})
    assert path.read_bytes() == before


def test_a_header_beyond_the_format(tmp_path):
    with pytest.raises(OutputError, match="the format allows 100000000"):
        write_model(tmp_path / "a.model", {}, {"labels": "x" * 100_000_001})
    assert not list(tmp_path.iterdir())
