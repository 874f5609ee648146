"""Kinds of bad input, for each command: it ends well, or with one sentence and exit code 2."""

import pyarrow as pa
import pytest
from pyarrow import parquet

import torrential as tor

GOOD = [{"t": f"{word} text {i % 9}", "l": word} for i in range(30) for word in ("good", "bad")]

NESTED = b"[" * 20_000 + b"]" * 20_000

FILES = {
    "empty.csv": b"",
    "header.csv": b"t,l\n",
    "latin header.csv": "t,l,caf\xe9\na,x,1\nb,y,2\n".encode("latin1"),
    "latin label.csv": "t,l\na,x\xe9\nb,y\n".encode("latin1"),
    "latin text.csv": "t,l\na\xe9,x\nb,y\n".encode("latin1"),
    "nul.csv": b"t,l\na\0b,x\0\nb,y\n",
    "utf16.csv": "t,l\na,x\nb,y\n".encode("utf-16"),
    "twice.csv": b"t,l,l\na,x,y\nb,y,z\n",
    "ragged.csv": b"t,l\na,x,z\nb\n",
    "numbers.csv": b"1,2\na,x\nb,y\n",
    "bytes.csv": bytes(range(256)) * 40,
    "latin key.jsonl": b'{"t":"a","l":"x","\xe9":1}\n{"t":"b","l":"y","\xe9":1}\n',
    "latin label.jsonl": b'{"t":"a","l":"x\xe9"}\n{"t":"b","l":"y"}\n',
    "latin text.jsonl": b'{"t":"a\xe9","l":"x"}\n{"t":"b","l":"y"}\n',
    "surrogate.jsonl": b'{"t":"a\\ud800","l":"x"}\n{"t":"b","l":"y"}\n',
    "number as text.jsonl": b'{"t":1,"l":"x"}\n{"t":2,"l":"y"}\n',
    "list as text.jsonl": b'{"t":["a"],"l":"x"}\n{"t":["b"],"l":"y"}\n',
    "mixed.jsonl": b'{"t":"a","l":"x"}\n{"t":2,"l":7}\n{"t":null,"l":[1]}\n',
    "array.json": b'[{"t":"a","l":"x"},{"t":"b","l":"y"}]',
    "scalars.jsonl": b"1\n2\n",
    "nested.jsonl": b'{"t":"a","l":"x","d":' + NESTED + b"}\n",
    "damaged.parquet": b"PAR1" + b"x" * 100 + b"PAR1",
    "damaged.arrow": b"ARROW1\0\0" + b"x" * 100,
    "damaged.csv.gz": b"\x1f\x8b" + b"x" * 50,
    "damaged.csv.zst": b"(\xb5/\xfd" + b"x" * 50,
    "no label.txt": b"just text\n",
    "header only.model": b"\x10\0\0\0\0\0\0\0{}              ",
}

TABLES = {
    "bytes as label": {"t": ["a", "b"], "l": pa.array([b"\xff", b"y"])},
    "bytes as text": {"t": pa.array([b"\xffa", b"b"]), "l": ["x", "y"]},
    "null": {"t": pa.nulls(2), "l": pa.nulls(2)},
    "struct": {"t": ["a", "b"], "l": pa.array([{"a": 1}, {"a": 2}])},
    "list": {"t": ["a", "b"], "l": pa.array([[1], [2]])},
    "times": {"t": ["a", "b"], "l": pa.array([1, 2], pa.timestamp("s"))},
    "infinite": {"t": ["a", "b", "c"], "l": [1.0, float("nan"), float("inf")]},
    "one class": {"t": ["a"] * 5, "l": ["x"] * 5},
    "others": {"a": ["a"], "b": ["x"]},
}

NAMES = ["/dev/null", "none", "nul\udce9.csv", "x" * 300 + ".csv", "[", "", "*.csvx", "."]

KINDS = [*FILES, *(f"{name}.parquet" for name in TABLES), *NAMES]

COLUMNS = ["--text", "t", "--target", "l"]
SMALL = ["--preset", "fast", "--n-features", "1024", "-q"]

COMMANDS = {
    "train": lambda file: ["train", file, *COLUMNS, "-o", "new.model", *SMALL],
    "train --cache-dir": lambda file: [
        "train",
        file,
        *COLUMNS,
        "-o",
        "n",
        "--cache-dir",
        "c",
        *SMALL,
    ],
    "evaluate": lambda file: ["evaluate", "good.model", file],
    "evaluate MODEL": lambda file: ["evaluate", file, "good.parquet"],
    "predict": lambda file: ["predict", "good.model", file, "-o", "out.jsonl"],
    "terms": lambda file: ["terms", "good.model", file],
    "explain": lambda file: ["explain", file, "a text"],
    "inspect": lambda file: ["inspect", file],
    "inspect --text": lambda file: ["inspect", file, "--text", "t"],
    "search": lambda file: ["search", file, *COLUMNS, "--grid", "alpha=0,1", "--cv", "2", *SMALL],
    "cross-validate": lambda file: ["cross-validate", file, *COLUMNS, "--cv", "2", *SMALL],
    "cache list": lambda file: ["cache", "list", "--cache-dir", file],
    "demo": lambda file: ["demo", "--packages", file],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to be in, with a good model, good data and all that is bad."""
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    for name, columns in TABLES.items():
        parquet.write_table(pa.table(columns), f"{name}.parquet")
    parquet.write_table(pa.Table.from_pylist(GOOD), "good.parquet")
    data = tor.read("good.parquet", text="t", target="l")
    tor.TextClassifier(preset="fast", n_features=2**10).fit(data).save("good.model")
    return tmp_path


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("default")  # they are shown, and end nothing
@pytest.mark.parametrize("command", COMMANDS)
def test_bad_input(command, folder, run):
    wrong = []
    for kind in KINDS:
        try:
            code, _, err = run(*COMMANDS[command](kind))
        except Exception as error:
            wrong.append((kind, repr(error)))
            continue
        lines = [line for line in err.splitlines() if line.startswith("torrential: error: ")]
        if code not in (0, 2) or "Traceback" in err or (code == 2) != (len(lines) == 1):
            wrong.append((kind, code, err))
    assert wrong == []
