"""CSV as it is found: dialects, malformed rows, types of labels, headers and encodings."""

import gzip

import numpy as np
import pyarrow as pa
import pytest

from torrential.data import read
from torrential.data.formats import format as contract
from torrential.data.formats.csv import blocks as csv_blocks
from torrential.data.views.ordered_folding import OrderedFolding
from torrential.errors import DataError, MalformedRowError, ParameterError


def write(tmp_path, data, name="rows.csv"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def rows_of(dataset, columns="all"):
    return [row for batch in dataset.batches(columns) for row in batch.rows.to_pylist()]


def texts_of(dataset):
    return [text for batch in dataset.batches() for text in batch.text.to_pylist()]


def labels_of(dataset):
    return [label for batch in dataset.batches() for label in batch.target.to_pylist()]


def n_skipped_of(dataset):
    return sum(batch.n_skipped for batch in dataset.batches())


LONE = ["label\ttext", *(f"{'ab'[i % 2]}\tgood {i}" for i in range(3000))]
LONE[1001] = 'b\t"Never again'


def test_a_lone_quote_is_a_malformed_row(tmp_path):
    path = write(tmp_path, "\n".join(LONE) + "\n", "rows.tsv")
    with pytest.raises(MalformedRowError, match=r"row 1002: the quoted cell of column 'text'"):
        texts_of(read(path, text="text", target="label"))
    with pytest.raises(MalformedRowError, match="quotechar=None if quotes have no meaning"):
        texts_of(read(path, text="text", target="label"))
    dataset = read(path, text="text", target="label", on_bad_rows="skip")
    assert texts_of(dataset) == [f"good {i}".encode() for i in range(3000) if i != 1000]
    assert n_skipped_of(dataset) == 1
    for none in (None, ""):
        dataset = read(path, text="text", target="label", quotechar=none)
        assert texts_of(dataset)[1000] == b'"Never again' and len(texts_of(dataset)) == 3000


@pytest.mark.parametrize("rest", ["", 'c,"d\n', "c,d\n" * 50])
def test_a_quote_that_is_never_closed(tmp_path, rest):
    path = write(tmp_path, 'text,label\na,b\n"lone,b\n' + rest + 'x "quoted" y,b')
    with pytest.raises(MalformedRowError, match=r"row 3: the quoted cell of column 'text'"):
        texts_of(read(path, text="text"))
    dataset = read(path, text="text", on_bad_rows="skip")
    assert texts_of(dataset)[-1] == b'x "quoted" y'
    assert len(texts_of(dataset)) + n_skipped_of(dataset) == 3 + len(rest.splitlines())


def test_the_line_of_a_malformed_row_is_named_where_it_differs(tmp_path):
    path = write(tmp_path, 'text,label\n"a\nb",1\n\n"c\n\nd",2\nx\n')
    with pytest.raises(MalformedRowError, match=r"row 4 \(line 8\) has 1 columns where"):
        texts_of(read(path, text="text"))


@pytest.mark.parametrize("block_bytes", [16, 100, 1 << 20])
def test_rows_do_not_depend_on_blocks(tmp_path, monkeypatch, block_bytes):
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", block_bytes)
    rows = [f'"text {i}, {"long " * (i * 7 % 50)}\n""quoted""",{i}' for i in range(200)]
    rows[50] = '"lone,1'
    rows[60] = "a,b,c"
    data = ("text,n\r\n" + "\r\n".join(rows)).encode()
    for name, content in (("rows.csv", data), ("rows.csv.gz", gzip.compress(data))):
        dataset = read(write(tmp_path, content, name), text="text", on_bad_rows="skip")
        found = rows_of(dataset)
        assert [row["n"] for row in found] == [str(i) for i in range(200) if i not in (50, 60)]
        assert found[-1]["text"] == f'text 199, {"long " * (199 * 7 % 50)}\n"quoted"'
        assert n_skipped_of(dataset) == 2


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "end"])
def test_line_ends(tmp_path, end, last):
    lines = ["text,label", "a,1", "", '"b\nc",2', "d,3"]
    path = write(tmp_path, end.join(lines) + (end if last else ""))
    dataset = read(path, text="text", target="label")
    assert texts_of(dataset) == [b"a", b"b\nc", b"d"]
    assert labels_of(dataset) == [1, 2, 3]


ESCAPED = 'text,label\n"they said \\"sure\\", and went",a\n"C:\\\\dir",b\n'


def test_escaped_quotes(tmp_path):
    path = write(tmp_path, ESCAPED)
    expected = [b'they said "sure", and went', b"C:\\dir"]
    for escape in ("\\", None):
        assert texts_of(read(path, text="text", escapechar=escape)) == expected
    with pytest.raises(MalformedRowError, match=r"row 2 has 3 columns .*escapechar='\\\\' if"):
        texts_of(read(path, text="text", escapechar=""))
    # Where a backslash before a quote is but a backslash, it stays one.
    path = write(tmp_path, 'text,label\n"C:\\dir\\",a\n"a ""quoted"" word",b\n')
    assert texts_of(read(path, text="text")) == [b"C:\\dir\\", b'a "quoted" word']


def test_other_quotes(tmp_path):
    path = write(tmp_path, "text,label\n'it''s, well',a\n\"b,c\n")
    dataset = read(path, text="text", target="label", quotechar="'")
    assert texts_of(dataset) == [b"it's, well", b'"b'] and labels_of(dataset) == ["a", "c"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"quotechar": "''"}, "quotechar=\"''\" is not a single"),
        ({"escapechar": "é"}, "escapechar='é' is not a single"),
        ({"delimiter": "\n"}, "delimiter=.* is not a single"),
        ({"quotechar": ","}, "quotechar=',' is the delimiter as well"),
        ({"delimiter": ";", "escapechar": ";"}, "escapechar=';' is the delimiter as well"),
    ],
)
def test_characters_that_cannot_be(tmp_path, parameters, message):
    path = write(tmp_path, "text,label\na,b\n")
    with pytest.raises(ParameterError, match=message):
        read(path, text="text", **parameters)


def test_cells_are_passed_on_as_they_are(tmp_path):
    rows = [
        {"zip": "00123", "id": "14671810360000000017", "n": "1.10", "na": "NA", "b": "true"},
        {"zip": " 7", "id": "-0", "n": "1e400", "na": "", "b": "0x1F"},
        {"zip": "2020-01-01", "id": "+5", "n": "nan", "na": None, "b": "FALSE"},
    ]
    data = "zip,id,n,na,b,text\n"
    for row, na in zip(rows, ("NA", '""', "")):
        data += ",".join([row["zip"], row["id"], row["n"], na, row["b"], "x"]) + "\n"
    dataset = read(write(tmp_path, data), text="text")
    assert rows_of(dataset) == [{**row, "text": "x"} for row in rows]


def test_a_column_that_nobody_uses_is_never_typed(tmp_path):
    data = "id,text,label\n" + "1,some text,2\n" * 50_000 + 'A1,"é\xff",3\n'
    path = write(tmp_path, data.encode("latin-1"))
    dataset = read(path, text="text", target="label")
    assert labels_of(dataset)[-1] == 3
    assert rows_of(dataset)[-1]["id"] == "A1"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "-2", "", "NA"], [1, -2, None, None]),
        (["9223372036854775807", "0"], [2**63 - 1, 0]),
        (["9223372036854775808", "0"], [2**63, 0]),
        (["18446744073709551616", "0"], ["18446744073709551616", "0"]),
        (["4", "4.5"], [4.0, 4.5]),
        (["9007199254740993", "0.5"], ["9007199254740993", "0.5"]),
        (["9007199254740992", "0.5", "-1e300"], [2.0**53, 0.5, -1e300]),
        (["1e3", "nan", "0.5"], [1000.0, None, 0.5]),
        (["007", "7"], ["007", "7"]),
        (["00.5", "7"], ["00.5", "7"]),
        (["true", "False", ""], [True, False, None]),
        (["true", "1"], ["true", "1"]),
        (["1", "A1"], ["1", "A1"]),
        (["NA", "US", "", '""'], ["NA", "US", None, None]),
        (["2020-01-01", "0x1F"], ["2020-01-01", "0x1F"]),
        ([" 1", "2 "], [1, 2]),
    ],
)
def test_labels_are_what_is_written(tmp_path, cells, expected):
    path = write(tmp_path, "text,label\n" + "".join(f"x,{cell}\n" for cell in cells))
    assert labels_of(read(path, text="text", target="label")) == expected


@pytest.mark.parametrize(
    ("early", "late"),
    [
        ("4", "A1"),
        ("4", "007"),
        ("0.5", "x"),
        ("true", "yes"),
        ("4", "\xff"),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_a_later_label_of_another_type_is_named(tmp_path, early, late, apart):
    many = "some text here,1\n" * 70_000
    many = many.replace(",1", f",{early}")
    end = f"y,{late}\n".encode("latin-1")
    files = [write(tmp_path, ("text,label\n" + many).encode() + (b"" if apart else end), "a.csv")]
    if apart:
        files.append(write(tmp_path, b"text,label\n" + end, "b.csv"))
    row, name = (2, "b.csv") if apart else (70_002, "a.csv")
    with pytest.raises(DataError, match=rf"{name}, row {row}: column 'label' holds .*'string'"):
        labels_of(read(files, text="text", target="label"))
    if late != "\xff":
        dataset = read(files, text="text", target="label", target_type="string")
        assert labels_of(dataset)[-1] == late


@pytest.mark.parametrize(
    ("early", "late", "expected"),
    [
        (4, "4.5", 4.5),
        (4, "9223372036854775808", 2**63),
        (0.5, "9007199254740992", 2**53),
        (0.5, "4", 4),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_a_later_label_that_is_a_wider_number_is_held(tmp_path, early, late, expected, apart):
    many, end = f"some text here,{early}\n" * 70_000, f"y,{late}\n"
    files = [write(tmp_path, "text,label\n" + many + ("" if apart else end), "a.csv")]
    if apart:
        files.append(write(tmp_path, "text,label\n" + end, "b.csv"))
    labels = labels_of(read(files, text="text", target="label"))
    assert labels[-1] == expected and set(labels[:-1]) == {early}


def test_files_without_a_label_settle_no_type(tmp_path):
    files = [
        write(tmp_path, "text,label\n", "a.csv"),
        write(tmp_path, "text,label\nx,\n", "b.csv"),
        write(tmp_path, "text,label\nx,7\ny,NA\n", "c.csv"),
        write(tmp_path, "text,label\nx,8\n", "d.csv"),
    ]
    assert labels_of(read(files, text="text", target="label")) == [None, 7, None, 8]


def test_a_type_that_is_asked_for_is_had(tmp_path):
    path = write(tmp_path, "text,label\na,007\nb, 1\nc,\n")
    assert labels_of(read(path, text="text", target="label", target_type="int64")) == [7, 1, None]
    with pytest.raises(
        DataError, match="row 2: column 'label' holds '007', which is not of type bool"
    ):
        labels_of(read(path, text="text", target="label", target_type="bool"))


def test_rows_without_a_label_settle_no_type(tmp_path):
    data = "text,label\n" + "some text,\n" * 200_000 + "x,7\n"
    dataset = read(write(tmp_path, data), text="text", target="label")
    assert dataset.schema.field("label").type == pa.int64()
    assert labels_of(dataset)[-2:] == [None, 7]


def test_empty_cells(tmp_path):
    path = write(tmp_path, 'text,label,w\n,a,\n"",b,NA\nNA,,2\n"","",nan\n')
    (batch,) = read(path, text="text", target="label", weight="w").batches()
    assert batch.text.to_pylist() == [None, b"", b"NA", b""]
    assert batch.target.to_pylist() == ["a", "b", None, None]
    assert batch.weight.to_pylist() == [None, None, 2.0, None]


def test_names_that_are_empty_or_there_twice(tmp_path):
    path = write(tmp_path, ",text,x,x,x_1,\n0,good,1,2,3,4\n")
    dataset = read(path, text="text")
    assert rows_of(dataset) == [
        {"": "0", "text": "good", "x": "1", "x_2": "2", "x_1": "3", "_1": "4"}
    ]
    with pytest.raises(DataError, match="several columns named 'x'"):
        read(path, text="text", target="x")


def test_a_header_in_latin_1(tmp_path):
    path = write(tmp_path, "prénom,texte,catégorie\nx,bon été,a\n".encode("latin-1"))
    dataset = read(path, text="texte", target="catégorie")
    assert rows_of(dataset) == [{"prénom": "x", "texte": "bon \ufffdt\ufffd", "catégorie": "a"}]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-8-sig"])
@pytest.mark.parametrize("block_bytes", [16, 1 << 20])
def test_byte_order_marks(tmp_path, monkeypatch, encoding, block_bytes):
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", block_bytes)
    text = "text\tlabel\n" + "größer 😀\ta\n" * 9
    mark = "\ufeff" if encoding in ("utf-16-be", "utf-16-le") else ""
    path = write(tmp_path, (mark + text).encode(encoding), "rows.tsv")
    assert texts_of(read(path, text="text", target="label")) == ["größer 😀".encode()] * 9


def test_nul_bytes_are_text(tmp_path):
    path = write(tmp_path, b"te\0xt,label\na\0b,\0\n")
    dataset = read(path, text="te\0xt", target="label")
    assert texts_of(dataset) == [b"a\0b"] and labels_of(dataset) == ["\0"]


@pytest.mark.parametrize("data", ["text,label", "text,label\n", "\n\r\ntext,label\r\n\r\n"])
def test_a_header_alone(tmp_path, data):
    dataset = read(write(tmp_path, data), text="text", target="label")
    assert texts_of(dataset) == [] and dataset.schema.names == ["text", "label"]


@pytest.mark.parametrize(
    ("data", "message"),
    [("\n\n", "it has no header"), ('"text,label\na,b\n', "a quote in its header is never closed")],
)
def test_no_header(tmp_path, data, message):
    with pytest.raises(DataError, match=f"rows.csv is not readable as CSV .{message}"):
        read(write(tmp_path, data), text="text")


def test_a_file_of_one_column_has_the_right_rows(tmp_path):
    block = contract.BLOCK_BYTES
    for n_bytes in (block - 1, block, block + 1):
        texts = ["x" * (n_bytes - 20), "b" * 9, "c c", "d"]
        path = write(tmp_path, "text\n" + "\n".join(texts) + "\n")
        assert texts_of(read(path, text="text")) == [text.encode() for text in texts]


@pytest.mark.parametrize("scale", [1, 0.5])
def test_numbers_of_an_order_are_numbers(tmp_path, scale):
    """Not text, where 10 is before 9."""
    data = "time,text,label\n" + "".join(f"{i * scale},word{i},{'ab'[i % 2]}\n" for i in range(120))
    dataset = read(write(tmp_path, data), text="text", target="label")
    for number, (train, test) in enumerate(dataset.folds(3, order="time")):
        assert [row["text"] for row in rows_of(test)] == [
            f"word{i}" for i in range(30 * number + 30, 30 * number + 60)
        ]
        assert len(texts_of(train)) == 30 * number + 30


def test_a_text_in_an_order_of_numbers_is_named(tmp_path):
    dataset = read(write(tmp_path, "time,text\n9,a\n10,b\nsoon,c\n"), text="text")
    (batch,) = dataset.batches("all")
    folding = OrderedFolding(2, pa.field("time", pa.string()), np.array([1, 2]))
    with pytest.raises(DataError, match=r"data row 3: column 'time' holds 'soon', but numbers"):
        folding.numbers(batch)


def test_a_column_that_tells_groups_may_become_text(tmp_path):
    rows = "".join(f"{i % 40},word{i},{'ab'[i % 2]}\n" for i in range(60_000))
    data = "user,text,label\n" + rows + "A7,last,a\n007,last,a\n"
    dataset = read(write(tmp_path, data), text="text", target="label")
    tests = [{row["user"] for row in rows_of(test)} for _, test in dataset.folds(3, groups="user")]
    assert set.union(*tests) == {*map(str, range(40)), "A7", "007"}
    assert sum(map(len, tests)) == 42
