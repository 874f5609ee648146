"""Files of records: no byte can change unseen."""

import json
import struct
import zlib

import pytest

from torrential.persistence.records import (
    TAIL,
    RecordsError,
    RecordWriter,
    open_records,
    read_about,
)

CONTENTS = [b"first", b"", b"third one, longer", bytes(range(64))]


@pytest.fixture
def path(tmp_path):
    with (tmp_path / "a.records").open("wb") as file:
        writer = RecordWriter(file)
        for content in CONTENTS:
            writer.add(content)
        writer.end({"kind": "test"})
    return tmp_path / "a.records"


def test_they_come_back(path):
    records, about = open_records(path)
    assert [bytes(record) for record in records] == CONTENTS
    assert about == read_about(path) == {"kind": "test", "n_records": 4}


def test_without_an_end_it_is_cut_off(tmp_path):
    with (tmp_path / "a").open("wb") as file:
        RecordWriter(file).add(b"content")
    with pytest.raises(RecordsError, match="cut off"):
        open_records(tmp_path / "a")


def test_every_cut_is_found(path):
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(RecordsError):
            open_records(path)


@pytest.mark.parametrize("about", [[], {}, {"n_records": None}, {"n_records": -1}])
def test_what_a_file_says_of_itself_is_checked(about, tmp_path):
    with (tmp_path / "a").open("wb") as file:
        writer = RecordWriter(file)
        file.flush()
        begin = file.tell()
        writer.add(json.dumps(about).encode())
        place = struct.pack("<Q", begin)
        file.write(TAIL.pack(begin, zlib.crc32(place)))
    for read in (open_records, read_about):
        with pytest.raises(RecordsError, match=r"n_records|an object"):
            read(tmp_path / "a")


def test_every_damaged_byte_is_found(path):
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        try:
            records, about = open_records(path)
        except RecordsError:
            continue
        # Only the zeros between records are not checked.
        assert [bytes(record) for record in records] == CONTENTS
        assert about == {"kind": "test", "n_records": 4}
        assert whole[place] == 0
