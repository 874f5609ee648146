"""Free memory, and the warning of weights that may take much of it."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import torrential as tor
from torrential.engine.model.weight_memory import say_memory
from torrential.free_memory import free_memory

MEMINFO = Path("/proc/meminfo")


@pytest.mark.skipif(not MEMINFO.exists(), reason="needs Linux")
def test_what_the_system_keeps_of_files_is_free():
    def bytes_of(name):
        return int(re.search(rf"{name}:\s+(\d+) kB", MEMINFO.read_text())[1]) * 1024

    found, total = free_memory(), bytes_of("MemTotal")
    assert 0 < found <= total
    limit = Path("/sys/fs/cgroup/memory.max")
    if not (limit.exists() and limit.read_text().strip().isdigit()):
        assert found == pytest.approx(bytes_of("MemAvailable"), abs=0.2 * total)


@pytest.mark.parametrize(("free", "level"), [(10**4, "WARNING"), (10**12, "INFO")])
def test_weights_that_may_take_much_of_it_cause_a_warning(free, level, monkeypatch, caplog):
    monkeypatch.setattr("torrential.engine.model.weight_memory.free_memory", lambda: free)
    labels = [f"tag{number % 20}" for number in range(100)]
    texts = [f"item{number % 20}" for number in range(100)]
    model = tor.TextClassifier(preset="fast", n_features=2**12).fit(texts, labels).model_
    with caplog.at_level("INFO", "torrential.train"):
        say_memory(model, SimpleNamespace(fraction=lambda n_rows: n_rows / 400), 100)
    (said,) = caplog.records
    assert said.levelname == level
    assert ("are free: lower n_features" in said.getMessage()) == (level == "WARNING")
