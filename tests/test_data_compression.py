"""Compressed files are read as what they are, whatever their names say."""

import bz2
import gzip
import itertools
import json
import logging
import lzma
import sys
import zipfile

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from torrential.data import read
from torrential.data.files.compression import codec_of, window_log
from torrential.errors import DataError

ROWS = "".join(json.dumps({"t": f"row {i}"}) + "\n" for i in range(3000)).encode()
TEXTS = [f"row {i}" for i in range(3000)]
CSV = b"t\n" + "".join(f"row {i}\n" for i in range(3000)).encode()


def texts(path, **options):
    batches = read(path, text="t", **options).batches()
    return [text for batch in batches for text in batch.text.cast(pa.string()).to_pylist()]


def zstd(data, window=None):
    if window is None:
        return zstandard.compress(data)
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=window)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return stream.compress(data) + stream.flush()


def lz4(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "lz4") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


COMPRESSED = {
    "gzip": gzip.compress,
    "zstd": zstd,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lz4": lz4,
}


@pytest.mark.parametrize("data", [ROWS, CSV], ids=["jsonl", "csv"])
@pytest.mark.parametrize("codec", COMPRESSED)
@pytest.mark.parametrize(
    "suffix", ["", ".gz", ".gzip", ".zst", ".zstd", ".bz2", ".xz", ".lz4"], ids=lambda s: s or "no"
)
def test_content_decides_how_a_file_is_decompressed(tmp_path, data, codec, suffix):
    path = tmp_path / f"rows.{'jsonl' if data is ROWS else 'csv'}{suffix}"
    path.write_bytes(COMPRESSED[codec](data))
    assert codec_of(path.read_bytes()) == codec
    assert texts(path) == TEXTS


def test_a_plain_file_with_a_compressed_name_is_read_and_said_once(tmp_path, caplog):
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(ROWS)
    with caplog.at_level(logging.WARNING, "torrential.read"):
        assert texts(path) == texts(path) == TEXTS
    (record,) = caplog.records
    assert "rows.jsonl.gz is not compressed, despite its name" in record.message


def test_a_compressed_file_with_a_plain_name_is_one_part(tmp_path, monkeypatch):
    monkeypatch.setattr("torrential.data.formats.lines.RANGE_BYTES", 1000)
    path = tmp_path / "rows.jsonl"
    path.write_bytes(zstd(ROWS))
    assert len(read(path, text="t").partitions()) == 1
    assert texts(path) == TEXTS


@pytest.mark.parametrize("n_zeros", [1, 7, 512, 70_000])
@pytest.mark.parametrize("suffix", ["jsonl.gz", "csv.gz"])
def test_zeros_after_and_between_gzip_members(tmp_path, n_zeros, suffix):
    data, half = (CSV, len(CSV) // 2) if suffix[0] == "c" else (ROWS, len(ROWS) // 2)
    padding = bytes(n_zeros)
    path = tmp_path / f"rows.{suffix}"
    path.write_bytes(gzip.compress(data[:half]) + padding + gzip.compress(data[half:]) + padding)
    assert texts(path) == TEXTS


def test_garbage_after_gzip_is_an_error(tmp_path):
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(ROWS) + b"garbage" * 100)
    with pytest.raises(DataError, match=r"rows.jsonl.gz is not readable \(Not a gzipped file"):
        texts(path)


@pytest.mark.parametrize("n_zeros", [0, 4, 512, 70_000])
@pytest.mark.parametrize("suffix", ["jsonl.xz", "csv.xz"])
def test_padding_after_and_between_xz_streams(tmp_path, n_zeros, suffix):
    """Python's lzma leaves out what is behind padding, without an error."""
    data = CSV if suffix[0] == "c" else ROWS
    cuts = [0, len(data) // 3, len(data) // 2, len(data) // 2, len(data)]  # one stream is empty
    streams = [lzma.compress(data[a:b]) for a, b in itertools.pairwise(cuts)]
    path = tmp_path / f"rows.{suffix}"
    path.write_bytes(b"".join(stream + bytes(n_zeros) for stream in streams))
    assert texts(path) == TEXTS


@pytest.mark.parametrize("behind", [b"garbage" * 100, bytes(8) + b"garbage", b"\xfd7z"])
def test_garbage_after_xz_is_an_error(tmp_path, behind):
    path = tmp_path / "rows.jsonl.xz"
    path.write_bytes(lzma.compress(ROWS) + behind)
    with pytest.raises(DataError, match=r"rows.jsonl.xz"):
        texts(path)


@pytest.mark.parametrize("window", [27, 28, 31])
@pytest.mark.parametrize("suffix", ["jsonl.zst", "csv.zst"])
def test_wide_windows_of_zstd(tmp_path, window, suffix):
    data = CSV if suffix[0] == "c" else ROWS
    path = tmp_path / f"rows.{suffix}"
    # A narrow frame first: what comes later decides.
    cut = len(data) // 2
    path.write_bytes(zstd(data[:cut]) + zstd(data[cut:], window))
    assert window_log(zstd(data, window)) == window
    assert texts(path) == TEXTS


def test_wide_windows_without_the_package(tmp_path, monkeypatch):
    path = tmp_path / "rows.jsonl.zst"
    path.write_bytes(zstd(ROWS, 31))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(
        DataError, match=r"rows.jsonl.zst .* window of 2,048 MB.*torrential\[compression\].*=31"
    ):
        texts(path)


@pytest.mark.parametrize("cut", [0.3, 0.9])
@pytest.mark.parametrize("codec", COMPRESSED)
def test_files_that_are_cut_off(tmp_path, codec, cut):
    path = tmp_path / "rows.jsonl"
    whole = COMPRESSED[codec](ROWS)
    path.write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(DataError, match=r"rows.jsonl"):
        assert texts(path) == TEXTS


def test_damaged_xz(tmp_path):
    path = tmp_path / "rows.csv.xz"
    whole = bytearray(lzma.compress(CSV))
    whole[len(whole) // 2] ^= 255
    path.write_bytes(whole)
    with pytest.raises(DataError, match=r"rows.csv.xz is not readable"):
        texts(path)


@pytest.mark.parametrize("codec", COMPRESSED)
def test_files_elsewhere(codec):
    for name in ("rows.jsonl", f"rows.jsonl.{codec}", "rows.csv.gz"):
        data = CSV if "csv" in name else ROWS
        with fsspec.open(f"memory://compressed/{name}", "wb") as file:
            file.write(COMPRESSED[codec](data))
        assert texts(f"memory://compressed/{name}", format=name.split(".")[1]) == TEXTS


def test_an_arrow_stream_elsewhere_that_is_not_compressed():
    with fsspec.open("memory://streams/rows.arrows", "wb") as file:
        file.write(arrow_bytes(pa.ipc.new_stream))
    assert texts("memory://streams/rows.arrows") == TEXTS


def table_bytes(write):
    sink = pa.BufferOutputStream()
    write(pa.table({"t": TEXTS}), sink)
    return sink.getvalue().to_pybytes()


def arrow_bytes(opened):
    def write(table, sink):
        with opened(sink, table.schema) as writer:
            writer.write_table(table)

    return table_bytes(write)


def zip_bytes(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("rows.csv", CSV)
    return path.read_bytes()


def test_content_of_another_format_is_named(tmp_path):
    kinds = {
        "a Parquet file, not NAME: .* pass format='parquet'": table_bytes(pq.write_table),
        "an Arrow IPC file, not NAME: .* pass format='arrow'": arrow_bytes(pa.ipc.new_file),
        "an Arrow IPC stream, not NAME": arrow_bytes(pa.ipc.new_stream),
        "a zip archive or a workbook: unpack it": zip_bytes(tmp_path / "x.zip"),
        "a pointer of Git LFS, not the data: .* git lfs pull": b"version https://git-lfs"
        b".github.com/spec/v1\noid sha256:0\nsize 9\n",
        r"text in UTF-16: .*iconv": CSV.decode().encode("utf-16"),
    }
    for suffix, name in {"csv": "csv", "jsonl": "jsonl", "txt": "fasttext"}.items():
        for message, data in kinds.items():
            if suffix == "csv" and "UTF-16" in message:
                continue
            path = tmp_path / f"rows.{suffix}"
            path.write_bytes(data)
            with pytest.raises(DataError, match=message.replace("NAME", name)):
                texts(path)
    path = tmp_path / "rows.parquet"
    path.write_bytes(arrow_bytes(pa.ipc.new_file))
    with pytest.raises(DataError, match="an Arrow IPC file, not parquet"):
        texts(path)


def test_a_second_layer_is_named(tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(table_bytes(pq.write_table)))
    with pytest.raises(DataError, match="compressed file around a Parquet file"):
        texts(path)
    path.write_bytes(gzip.compress(gzip.compress(CSV)))
    with pytest.raises(DataError, match="compressed twice"):
        texts(path)


@pytest.mark.parametrize("name", ["PAR1", "ORCID", "FEA1", "PARE"])
def test_columns_whose_names_begin_as_files_do(tmp_path, name):
    path = tmp_path / "rows.csv"
    path.write_text(f"{name},t\n1,a\n")
    assert texts(path) == ["a"]
