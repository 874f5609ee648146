"""Fields of structs by dotted names: text, labels, weights, groups, order, passed on columns."""

import gzip
import json
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.feather
import pyarrow.ipc
import pyarrow.json
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.errors import DataError, ParameterError

ROWS: list[dict[str, Any]] = [
    {
        "id": number,
        "doc": {"body": f"word{number} {'good' if number % 2 else 'bad'}", "seen": {"day": number}},
        "meta": {"label": number % 2, "weight": 1.5, "key": f"k{number % 5}"},
    }
    for number in range(20)
]
NAMES = {"text": "doc.body", "target": "meta.label", "weight": "meta.weight"}
TABLE = pa.Table.from_pylist(ROWS)


def _lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _write(path: Any, kind: str) -> None:
    if kind == "parquet":
        pq.write_table(TABLE, path, row_group_size=7)
    elif kind == "feather":
        pa.feather.write_feather(TABLE, path, compression="uncompressed")
    elif kind == "arrows":
        with pa.ipc.new_stream(path, TABLE.schema) as writer:
            writer.write_table(TABLE)
    elif kind == "jsonl.gz":
        path.write_bytes(gzip.compress(_lines(ROWS)))
    else:
        path.write_bytes(_lines(ROWS))


def _relation() -> Any:
    return pytest.importorskip("duckdb").from_arrow(TABLE)


def _hugging_face() -> Any:
    return pytest.importorskip("datasets").Dataset.from_list(ROWS)


def _hugging_face_stream() -> Any:
    return _hugging_face().to_iterable_dataset(2).filter(lambda row: True)


FILES = ("parquet", "feather", "arrows", "jsonl", "jsonl.gz")
OBJECTS = {
    "table": lambda: TABLE,
    "pandas": lambda: pd.DataFrame(ROWS),
    "polars": lambda: pl.DataFrame(ROWS),
    "lazy": lambda: pl.LazyFrame(ROWS),
    "dicts": lambda: ROWS,
    "dict of dicts": lambda: {
        "id": [row["id"] for row in ROWS],
        "doc": {
            "body": [row["doc"]["body"] for row in ROWS],
            "seen": {"day": [row["id"] for row in ROWS]},
        },
        "meta": {name: [row["meta"][name] for row in ROWS] for name in ("label", "weight", "key")},
    },
    "generator": lambda: lambda: ([row] for row in ROWS),
    "dataset": lambda: pa.dataset.dataset(TABLE),
    "scanner": lambda: pa.dataset.dataset(TABLE).scanner(),
    "duckdb": _relation,
    "hugging face": _hugging_face,
    "hugging face stream": _hugging_face_stream,
}


@pytest.fixture(params=[*FILES, *OBJECTS])
def rows(request: Any, tmp_path: Any) -> Any:
    """The same rows, as each kind of input has them."""
    if request.param in OBJECTS:
        return OBJECTS[request.param]()
    path = tmp_path / f"rows.{request.param}"
    _write(path, request.param)
    return path


def _values(dataset: tor.Dataset, name: str) -> list[Any]:
    parts = [batch for part in dataset.partitions("all", [name]) for batch in part.batches()]
    return [value for batch in parts for value in batch.rows.column(name).to_pylist()]


def test_text_labels_and_weights(rows: Any) -> None:
    batches = list(tor.read(rows, **NAMES).batches())
    assert [t for b in batches for t in b.text.to_pylist()] == [r["doc"]["body"] for r in ROWS]
    assert [t for b in batches for t in b.target.to_pylist()] == [r["meta"]["label"] for r in ROWS]
    assert [t for b in batches for t in b.weight.to_pylist()] == [1.5] * 20


def test_passed_on_and_folds(rows: Any) -> None:
    dataset = tor.read(rows, **NAMES)
    assert list(map(str, _values(dataset, "doc.seen.day"))) == [str(n) for n in range(20)]
    tests = [test for _, test in dataset.folds(3, groups="meta.key")]
    keys = [set(map(str, _values(test, "meta.key"))) for test in tests]
    assert sum(map(len, keys)) == 5
    _, last = dataset.folds(3, order="doc.seen.day")[-1]
    assert [t for b in last.batches() for t in b.text.to_pylist()] == [
        row["doc"]["body"] for row in ROWS[15:]
    ]


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.jit
def test_the_command_line(kind: str, tmp_path: Any, run: Any) -> None:
    path, model = tmp_path / f"rows.{kind}", str(tmp_path / "m.model")
    _write(path, kind)
    named = ["--text", "doc.body", "--target", "meta.label", "--weight", "meta.weight"]
    assert run("train", path, *named, "-o", model, "-q")[0] == 0
    out = tmp_path / "some.jsonl"
    chosen = ["--columns", "id,meta.key", "-o", str(out)]
    assert run("predict", model, path, *chosen, "-q")[0] == 0
    first = json.loads(out.read_text().splitlines()[0])
    assert list(first) == ["id", "meta.key", "label", "probability"]
    assert (first["id"], first["meta.key"]) == (0, "k0")
    out = tmp_path / "all.parquet" if kind == "parquet" else tmp_path / "all.jsonl"
    assert run("predict", model, path, "-o", out, "-q")[0] == 0
    columns = pq.read_table(out) if kind == "parquet" else pa.json.read_json(out)
    assert columns.column_names == ["id", "doc", "meta", "label", "probability"]
    assert columns.select(TABLE.column_names).to_pylist() == ROWS


def test_a_column_of_that_name_comes_first() -> None:
    table = {"doc": [{"body": "inner"}], "doc.body": ["own"]}
    assert [batch.text.to_pylist() for batch in tor.read(table, text="doc.body").batches()] == [
        ["own"]
    ]


@pytest.mark.parametrize("last", ["", '{"text": "c", "n": NaN}\n'])
def test_rows_of_json_lines_with_a_key_of_that_name(last: str, tmp_path: Any) -> None:
    (tmp_path / "1.jsonl").write_text('{"text": "a", "m": {"y": 1}}\n')
    (tmp_path / "2.jsonl").write_text(
        '{"text": "b", "m.y": 2}\n{"text": "c", "m": {"y": 3}}\n'
        '{"text": "d", "m.y": 4, "m": {"y": 5}}\n' + last
    )
    batches = list(tor.read(tmp_path, text="text", target="m.y").batches())
    labels = [label for batch in batches for label in batch.target.to_pylist()]
    assert labels == [1, 2, 3, 4, *([None] if last else [])]


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    fields = row["m"]
    return {"id": row["id"], **{f"m.{name}": value for name, value in fields.items()}}


def _halfway(row: dict[str, Any]) -> dict[str, Any]:
    """Write a row with its dots elsewhere: {"m": {"in.y": 1}} or {"m.in": {"y": 1}}."""
    inner = {name.removeprefix("in."): value for name, value in row["m"].items()}
    return {"id": row["id"], "m.in": inner}


MIXED: list[dict[str, Any]] = [
    {"id": n, "m": {"in.t": f"text{n}", "in.y": n, "in.w": n / 2, "in.g": f"g{n % 3}"}}
    for n in range(6)
]
DEEP = [{"id": row["id"], "m": {"in": _halfway(row)["m.in"]}} for row in MIXED]
LAYOUTS = {
    "nested": MIXED,
    "flat": [_flat(row) for row in MIXED],
    "deep": DEEP,
    "halfway": [_halfway(row) for row in MIXED],
    "row by row": [{**_flat(row), "m": 3, "n": float("nan")} for row in MIXED],
}


@pytest.mark.parametrize("later", LAYOUTS)
@pytest.mark.parametrize("first", LAYOUTS)
@pytest.mark.parametrize("kind", ["jsonl", "parquet", "feather", "arrows", "one"])
def test_flat_and_nested_files(kind: str, first: str, later: str, tmp_path: Any) -> None:
    rows = [LAYOUTS[first][:3], LAYOUTS[later][3:]]
    if kind == "one":  # file, in which some rows are flat and others nested
        (tmp_path / "1.jsonl").write_bytes(_lines(rows[0] + rows[1]))
    for number, some in enumerate(rows if kind != "one" else ()):
        path = tmp_path / f"{number}.{kind}"
        if kind == "jsonl":
            path.write_bytes(_lines(some))
        elif kind == "parquet":
            pq.write_table(pa.Table.from_pylist(some), path)
        elif kind == "feather":
            pa.feather.write_feather(pa.Table.from_pylist(some), path)
        else:
            table = pa.Table.from_pylist(some)
            with pa.ipc.new_stream(path, table.schema) as writer:
                writer.write_table(table)
    dataset = tor.read(tmp_path, text="m.in.t", target="m.in.y", weight="m.in.w")
    batches = list(dataset.batches())
    assert [t for b in batches for t in b.text.to_pylist()] == [f"text{n}" for n in range(6)]
    assert [t for b in batches for t in b.target.to_pylist()] == list(range(6))
    assert [t for b in batches for t in b.weight.to_pylist()] == [n / 2 for n in range(6)]
    names = [value.strip('"') for value in _values(dataset, "m.in.g")]
    assert names == [f"g{n % 3}" for n in range(6)]
    tests = [test for _, test in dataset.folds(3, groups="m.in.g")]
    ids = [[int(value) for value in _values(test, "id")] for test in tests]
    assert sorted(each for some in ids for each in some) == list(range(6))
    assert all({0, 3} <= set(each) or not {0, 3} & set(each) for each in ids)


def test_a_flat_key_without_a_value_beside_an_object(tmp_path: Any) -> None:
    (tmp_path / "1.jsonl").write_text('{"a": "x", "a.y": 1}\n{"a": "z", "a.y": null}\n')
    (tmp_path / "2.jsonl").write_text('{"a": "x"}\n{"\\u0061": {"y": 7}}\n')
    batches = list(tor.read(tmp_path, text="a", target="a.y").batches())
    assert [t for b in batches for t in b.target.to_pylist()] == [1, None, None, 7]
    assert batches[-1].text.to_pylist() == ["x", '{"y": 7}']


def test_a_null_has_null_fields(tmp_path: Any) -> None:
    table = pa.table(
        {
            "text": ["a", "b", "c"],
            "meta": pa.array([None, {"label": "x"}, {"label": None}]),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    (tmp_path / "t.jsonl").write_bytes(_lines(table.to_pylist()))
    (tmp_path / "late.jsonl").write_text(
        '{"text": "a"}\n{"text": "b", "meta": {"label": "x"}}\n{"text": "c", "meta": {}}\n'
    )
    (tmp_path / "unusual.jsonl").write_text(
        '{"text": "a", "z": NaN}\n{"text": "b", "meta": {"label": "x"}}\n'
        '{"text": "c", "meta": {"other": 1}}\n'
    )
    names = ("t.parquet", "t.jsonl", "late.jsonl", "unusual.jsonl")
    for rows in (table, *(tmp_path / name for name in names)):
        dataset = tor.read(rows, text="text", target="meta.label")
        assert [b.target.to_pylist() for b in dataset.batches()] == [[None, "x", None]]


def test_later_blocks_and_files_of_json_lines(tmp_path: Any) -> None:
    long = "word " * 300_000
    (tmp_path / "a.jsonl").write_bytes(
        _lines([{"text": long}, {"text": long, "meta": {"a": 1}}])
        + _lines([{"text": "b", "meta": {"label": 7}}])
    )
    (tmp_path / "b.jsonl").write_bytes(_lines([{"text": "c"}, {"text": "d", "meta": {"label": 8}}]))
    dataset = tor.read(tmp_path, text="text", target="meta.label")
    labels = [label for batch in dataset.batches() for label in batch.target.to_pylist()]
    assert labels == [None, None, 7, None, 8]


def test_json_lines_that_have_no_object_there(tmp_path: Any) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"text": "a", "meta": {"label": 1}}\n{"text": "b", "meta": 3}\n')
    message = "t.jsonl, row 2: column 'meta' holds 3, but 'meta.label' is a field of an object"
    with pytest.raises(DataError, match=message):
        list(tor.read(path, text="text", target="meta.label").batches())
    path.write_text('{"text": "a", "meta": {"label": 1}}\n{"text": "b", "meta": {"label": "x"}}\n')
    with pytest.raises(DataError, match=r"row 2: column 'meta.label' holds 'x', but its first"):
        list(tor.read(path, text="text", target="meta.label").batches())


def test_tokens_of_fields_are_passed_on_as_they_are(tmp_path: Any) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(
        '{"text": "a", "m": {"id": 1.10, "in": {"x": 12345678901234567890}}}\n'
        '{"text": "b", "m": 3}\n{"text": "c", "m": {"id": null}}\n'
    )
    dataset = tor.read(path, text="text")
    assert _values(dataset, "m.in") == ['{"x": 12345678901234567890}', None, None]
    assert _values(dataset, "m.id") == ["1.10", None, "null"]
    assert _values(dataset, "m.in.x") == ["12345678901234567890", None, None]


def test_keys_that_are_written_in_unusual_ways(tmp_path: Any) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(
        '{"text": "a", "m" : { "i\\u0064": 1, "o.p" :{"q": [1, {"z": "}"}]}, "n": NaN} }\n'
        '{"text": "b", "m": null}\n{"text": "c"}\n{"text": "d", "m": {"id": "\\ud800"}}\n'
    )
    dataset = tor.read(path, text="text")
    assert _values(dataset, "m.id") == ["1", None, None, '"\\ud800"']
    assert _values(dataset, "m.o.p.q") == ['[1, {"z": "}"}]', None, None, None]


def test_target_type_and_large_labels(tmp_path: Any) -> None:
    rows = [{"text": "a", "m": {"y": 2**63 + 1}}, {"text": "b", "m": {"y": 3}}]
    path = tmp_path / "t.jsonl"
    path.write_bytes(_lines(rows))
    for source in (path, pa.Table.from_pylist(rows[1:])):
        dataset = tor.read(source, text="text", target="m.y", target_type="string")
        assert [b.target.to_pylist()[-1] for b in dataset.batches()] == ["3"]
    labels = [b.target.to_pylist() for b in tor.read(path, text="text", target="m.y").batches()]
    assert labels == [[2**63 + 1, 3]]


@pytest.mark.parametrize("kind", ["parquet", "feather", "jsonl"])
def test_names_that_lead_nowhere(kind: str, tmp_path: Any) -> None:
    path = tmp_path / f"t.{kind}"
    _write(path, kind)
    for text, message in {
        "doc.bodi": "no column 'doc.bodi'; did you mean 'doc.body'. It has 'id', 'doc.body'",
        "doc": r"holds struct.*, not text: name one of its fields \('doc.body', 'doc.seen.day'\)",
        "id.x": "no column 'id.x', since 'id' holds int64, which has no fields",
    }.items():
        with pytest.raises(DataError, match=message):
            tor.read(path, text=text)
    with pytest.raises(DataError, match=r"holds struct.* name one of its fields .'meta.label'"):
        tor.read(path, text="doc.body", target="meta")
    with pytest.raises(DataError, match=r"holds struct.* name one of its fields .'meta.label'"):
        tor.read(path, text="doc.body", weight="meta")
    dataset = tor.read(path, text="doc.body")
    with pytest.raises(ParameterError, match=r"groups='meta.x' is not a column: .*meta.label"):
        dataset.folds(3, groups="meta.x")
    with pytest.raises(ParameterError, match=r"order='meta' holds struct.* name one of its fields"):
        dataset.folds(3, order="meta")
    if kind != "jsonl":
        with pytest.raises(DataError, match=r"no column 'meta.kex'; did you mean 'meta.key'"):
            dataset.partitions("all", ["meta.kex"])


def test_lists_have_no_fields() -> None:
    table = pa.table({"m": [[{"text": "a"}]]})
    with pytest.raises(DataError, match=r"no column 'm.text', since 'm' holds list"):
        tor.read(table, text="m.text")


def test_labels_with_names_within_a_column() -> None:
    datasets = pytest.importorskip("datasets")
    label = datasets.ClassLabel(names=["no", "yes"])
    features = datasets.Features({"text": datasets.Value("string"), "m": {"label": label}})
    rows = datasets.Dataset.from_list([{"text": "a", "m": {"label": 1}}], features=features)
    batch = next(tor.read(rows, text="text", target="m.label").batches())
    assert batch.target.to_pylist() == ["yes"]


def test_only_what_is_needed_of_a_parquet_column_is_read(tmp_path: Any) -> None:
    path = tmp_path / "t.parquet"
    _write(path, "parquet")
    dataset = tor.read(path, **NAMES)
    shape = dataset.partitions()[0].shape
    assert shape.paths(TABLE.schema, "") == ["doc.body", "meta.label", "meta.weight"]
    shape = dataset.partitions("all", ["meta"])[0].shape
    assert shape.paths(TABLE.schema, "") == ["doc.body", "meta"]


def test_content_tells_fields_apart() -> None:
    def identities(body: str) -> list[Any]:
        rows = [{**ROWS[0], "doc": {"body": body}}]
        sources = (
            pa.Table.from_pylist(rows),
            pytest.importorskip("datasets").Dataset.from_list(rows),
        )
        return [tor.read(each, **NAMES).partitions()[0].identity() for each in sources]

    assert identities("a") == identities("a")
    assert all(one != other for one, other in zip(identities("a"), identities("b"), strict=True))
