"""A long document takes a few times its bytes, text included, wherever it goes."""

import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

MOST_TIMES = 6
N_BYTES = 12 << 20
MORE_BYTES = 48 << 20
"""Of the text that goes through files: what is freed below 32 MB, malloc may keep."""

MEASURED = """
import gc, json, sys
from pathlib import Path
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torrential as tor
from torrential.features.text.hasher import hash_texts
from torrential.features.settings import HashSettings

def memory(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

def hashed(path, analyzer, low, high, names):
    text = pa.array([Path(path).read_bytes()], pa.large_binary())
    settings = HashSettings(analyzer=analyzer, ngram_range=(low, high))
    hash_texts(text, settings, count_terms=names)

def learned(path, folder, extension):
    data = tor.read(f"{folder}/{Path(path).stem}.{extension}", text="text", target="label")
    model = tor.TextClassifier(preset="fast", n_jobs=2).fit(data)
    model.predict_to(data, f"{folder}/out.{extension}")

way, folder, *arguments = json.loads(sys.argv[1])
run = {"hashed": hashed, "learned": learned}[way]
run(f"{folder}/short.txt", *arguments)  # kernels, and the weights of a model, are there
gc.collect()
before = memory("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
run(f"{folder}/{'long' if way == 'hashed' else 'again'}.txt", *arguments)
print(memory("VmHWM") - before)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files with a text that is just long, one of N_BYTES, and one of MORE_BYTES.

    The last says the same again and again: what a model learns does not grow with it.
    """
    folder = tmp_path_factory.mktemp("long")
    rng = np.random.default_rng(4)
    letters = rng.choice(list("abcdefghijklmnoprstuvwyé"), (100_000, 6))
    words = np.array(["".join(word[: 2 + i % 5]) for i, word in enumerate(letters)])
    drawn = words[(len(words) * rng.random(N_BYTES // 4) ** 3).astype(int)]
    text = " ".join(drawn.tolist())[:N_BYTES]
    texts = {"short": text[: 1 << 19], "long": text, "again": text[: 1 << 19] * (MORE_BYTES >> 19)}
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
        if name == "long":  # it is hashed only
            continue
        table = pa.table({"text": [text, "other words"], "label": ["a", "b"]})
        pq.write_table(table, folder / f"{name}.parquet")
        pa.csv.write_csv(table, folder / f"{name}.csv")
        lines = [json.dumps(row) + "\n" for row in table.to_pylist()]
        (folder / f"{name}.jsonl").write_text("".join(lines), "utf-8")
    return folder


@pytest.mark.jit
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize(
    "way",
    [
        ("hashed", "word", 1, 1, False),
        ("hashed", "word", 1, 2, False),
        ("hashed", "word", 1, 1, True),
        ("hashed", "char_wb", 2, 4, True),
        ("learned", "parquet"),
        ("learned", "csv"),
        ("learned", "jsonl"),
    ],
    ids=lambda way: " ".join(map(str, way)),
)
def test_memory_is_a_few_times_the_bytes(folder, way):
    name, *arguments = way
    if name == "learned":
        arguments.insert(0, str(folder))
    told = json.dumps([name, str(folder), *arguments])
    done = subprocess.run([sys.executable, "-c", MEASURED, told], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    name = "again" if way[0] == "learned" else "long"
    assert int(done.stdout) <= MOST_TIMES * (folder / f"{name}.txt").stat().st_size
