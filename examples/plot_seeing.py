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
# Some reviews, including two malformed lines.

import json
import logging
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import torrential as tor

folder = Path(tempfile.mkdtemp())
rng = np.random.default_rng(0)
every = np.array(["great", "fine", "poor", "dull", *(f"word{i}" for i in range(3000))])
for name in ("monday", "tuesday"):
    rows = [
        {"body": " ".join(rng.choice(every, 60)), "stars": int(rng.integers(2))}
        for _ in range(4000)
    ]
    lines = [*map(json.dumps, rows), '{"body": "cut o']
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
reviews = tor.read(folder, text="body", target="stars", on_bad_rows="skip")

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
model = tor.TextClassifier(n_features=2**16, n_jobs=2).fit(reviews)
reader.removeHandler(show)
reader.setLevel(logging.NOTSET)

# %%
# Metrics are reported during the run: to a scikit-learn callback, or as JSON lines to a file.

monitor = tor.MetricsMonitor(every="0s")
tor.TextClassifier(n_features=2**16, n_jobs=2, max_iter=2).set_callbacks(monitor).fit(reviews)
for facts in monitor.records:
    print(facts["task"], facts["rows"], f"{facts['mb_per_second']:.0f} MB/s", facts["accuracy"])

# %%
# A trace records what each thread does, and when. Perfetto (https://ui.perfetto.dev) opens the
# file; the figure shows its spans, with a line for each thread.

with tor.trace(folder / "run.json"):
    tor.TextClassifier(n_features=2**16, n_jobs=2).fit(reviews)
events = [e for e in json.loads((folder / "run.json").read_text())["traceEvents"] if e]
threads = {e["tid"]: e["args"]["name"] for e in events if e["name"] == "thread_name"}
spans = [e for e in events if e["ph"] == "X"]
kinds = sorted({e["name"] for e in spans})

figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
for number, kind in enumerate(kinds):
    own = [e for e in spans if e["name"] == kind]
    rows = [list(threads).index(e["tid"]) for e in own]
    begins, lengths = [e["ts"] / 1000 for e in own], [e["dur"] / 1000 for e in own]
    axes.barh(rows, lengths, left=begins, height=0.6, label=kind, color=f"C{number}")
axes.set(yticks=range(len(threads)), yticklabels=threads.values(), xlabel="milliseconds")
axes.legend(ncols=4, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.25))
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
