"""
Where does the time go?
=======================

See what a long run does and where its time goes, while it runs and afterwards.

**The problem.** A training takes an hour: does it learn, does it wait, will memory suffice? And
what would make it faster next time?

**What goes wrong.** Prints from worker processes are lost or mixed up. A Python profiler sees only
calls into compiled code, on one thread. A progress bar shows how much is done, but not what limits
the speed.
"""

# %%
# Two files of source code as JSON lines. The last line of each is cut off, as after a full disk.

import json
import logging
import tempfile
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt

import torrential as tor

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
for package in ("joblib", "numpy"):
    rows = []
    for path in sorted(Path(find_spec(package).origin).parent.rglob("*.py")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        label = "test" if "tests" in path.parts else "library"
        pieces = ["\n".join(lines[i : i + 20]) for i in range(0, len(lines), 20)]
        rows += [json.dumps({"body": piece, "kind": label}) for piece in pieces]
    (folder / f"{package}.jsonl").write_text("\n".join(rows)[:-9] + "\n")
code = tor.read(folder, text="body", target="kind", on_bad_rows="skip")

# %%
# **The recipe.** All log records go to loggers under ``torrential``, including those of threads and
# of workers on a cluster. Each record names the partition that it concerns.


class Show(logging.Handler):
    """Prints records."""

    def emit(self, record):
        """Print a record."""
        print(record.levelname, record.getMessage(), "|", Path(record.partition or "").name)


reader, show = logging.getLogger("torrential.read"), Show()
reader.setLevel(logging.INFO)
reader.addHandler(show)
learner = tor.TextClassifier(preset="fast", n_features=2**16, n_jobs=2).fit(code)
reader.removeHandler(show)
reader.setLevel(logging.NOTSET)

# %%
# Metrics are reported during the run: to a scikit-learn callback, or as JSON lines to a file.

monitor = tor.MetricsMonitor(every="0s")
learner.set_callbacks(monitor).fit(code)
for name in ("task", "rows", "mb_per_second", "memory_mb", "accuracy"):
    print(name, monitor.records[-1][name])

# %%
# A trace records what each thread does, and when. Perfetto (https://ui.perfetto.dev) opens the
# file; the figure shows its spans, with a line for each thread.

with tor.trace(folder / "run.json"):
    tor.TextClassifier(preset="fast", n_features=2**16, n_jobs=2).fit(code)
events = [e for e in json.loads((folder / "run.json").read_text())["traceEvents"] if e]
temporary.cleanup()
threads = {e["tid"]: e["args"]["name"] for e in events if e["name"] == "thread_name"}
spans = [e for e in events if e["ph"] == "X"]

figure, axes = plt.subplots(figsize=(7.5, 3.2), layout="constrained")
for number, kind in enumerate(["read", "decode", "hash", "gather", "learn", "wait"]):
    own = [e for e in spans if e["name"] == kind]
    rows = [list(threads).index(e["tid"]) for e in own]
    begins, lengths = [e["ts"] / 1000 for e in own], [e["dur"] / 1000 for e in own]
    color = "0.6" if kind == "wait" else f"C{number}"
    axes.barh(rows, lengths, left=begins, height=0.6, color=color)
    total = f"{kind}, {sum(lengths):.0f} ms"
    axes.text(1.02, 0.9 - 0.14 * number, total, color=color, transform=axes.transAxes)
axes.set(yticks=range(len(threads)), yticklabels=threads.values(), xlabel="milliseconds", xlim=0)
axes.grid(False)
axes.set_title("What each thread of a fit does, and when")
plt.show()

# %%
# The command line has ``--log-file``, ``--metrics`` and ``--trace``, and ``torrential train
# --profile`` adds up the spans and says what to change.
#
# **What it costs.** Nothing unless it is turned on. A trace has a few spans for each batch of 1.5
# MB of text, which takes less time than can be measured.
#
# **When not to use it.** Spans cover batches and windows. To look inside a kernel, use the profiler
# of the operating system.
