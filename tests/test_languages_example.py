"""The example of languages, on translations that the test makes up."""

import runpy
import struct
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

EXAMPLE = Path(__file__).parents[1] / "examples" / "languages.py"
LOCALES = ["de", "es_MX", "nb_NO", "pt_BR", "sr@latin", "zh_HK", "en_GB"]
NAMES = ["de", "es", "nb", "pt_BR", "sr_Latn", "zh_Hant", "en"]


def write_mo(path, messages):
    """Write a catalog as msgfmt does: sorted messages, their translations, and where they begin."""
    pairs = sorted((key.encode(), text.encode()) for key, text in messages.items())
    columns = [key for key, _ in pairs], [text for _, text in pairs]
    n, at = len(pairs), 28 + 16 * len(pairs)
    places, content = [], b""
    for text in [*columns[0], *columns[1]]:
        places += [len(text), at + len(content)]
        content += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, n, 28, 28 + 8 * n, 0, at)
    path.parent.mkdir(parents=True)
    path.write_bytes(head + struct.pack(f"<{4 * n}I", *places) + content)


@pytest.fixture
def example(tmp_path, monkeypatch):
    """Return the names of the example, which finds a package of 60 messages."""
    package = tmp_path / "translated"
    for locale in LOCALES:
        messages = {"": "Content-Type: text/plain; charset=UTF-8\n", "same": "same"}
        for i in range(60):
            messages[f"some message {i}"] = (
                f"%(name)s <b>{' '.join([locale] * (1 + i % 30))}</b> {i}"
            )
        messages["verb\x04one file\0%d files"] = f"{locale} one\0{locale} many"
        write_mo(package / "locale" / locale / "LC_MESSAGES" / "a.mo", messages)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("importlib.metadata.version", lambda package: "1.0")
    found = runpy.run_path(str(EXAMPLE))
    names = found["main"].__globals__
    settings = {"PACKAGES": ["translated"], "LEAST_LANGUAGES": 6, "LEAST_TEXTS": 10}
    names.update(settings, VIEWS=["word", "char_wb:1-3"])
    yield names
    sys.modules.pop("translated", None)


def test_no_message_is_learned_and_held_out(example, tmp_path):
    example["write_tables"](tmp_path / "tables")
    sides = [
        parquet.read_table(tmp_path / "tables" / f"{name}.parquet") for name in ("train", "test")
    ]
    texts = [set(side["text"].to_pylist()) for side in sides]
    assert set(sides[0]["language"].to_pylist()) == set(NAMES)
    assert "de one" in texts[0] | texts[1] and "same" not in texts[0] | texts[1]
    numbers = [{text.split()[-1] for text in side} for side in texts]
    assert len(numbers[1]) > 5
    assert not numbers[0] & numbers[1] - {"one", "many"}
    assert not any("%" in text or "<" in text for text in texts[0] | texts[1])


def test_the_example_prints_accuracies_by_length(example, tmp_path, capsys):
    example["main"](tmp_path / "tables")
    lines = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in lines if line}
    assert rows["translated"] == ["1.0"]
    assert [rows[name][-1] for name in ("word", "char_wb:1-3")] == ["100.0", "100.0"]
    assert sum(map(int, rows["texts"][:-1])) == int(rows["texts"][-1])
