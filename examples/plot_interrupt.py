"""
Stopped, killed, and resumed
============================

Stop a training by Ctrl-C and keep the model so far; kill one, and resume it to the same bits.

**The problem.** A training takes hours. You want the terminal back, or the machine goes down.

**What goes wrong.** With processes, Ctrl-C reaches some of them, and the pool hangs or the model is
lost. A pool of threads waits for the tasks that run. A loop that pickles its model now and then
leaves half a file if it is killed at the wrong moment, and goes on with rows in another order, so
that it ends with another model.
"""

# %%
# A file of source code: is a piece from a test, or from the library itself?

import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pyarrow as pa
from pyarrow import parquet

import torrential as tor

rows = []
for path in sorted(Path(find_spec("numpy").origin).parent.rglob("*.py")):
    lines = path.read_text(encoding="utf-8").splitlines()
    label = "test" if "tests" in path.parts else "library"
    rows += [("\n".join(lines[i : i + 10]), label) for i in range(0, len(lines), 10)]
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
parquet.write_table(pa.table(list(zip(*rows)), names=["body", "kind"]), folder / "code.parquet")
code = tor.read(folder / "code.parquet", text="body", target="kind").shuffle(0)

# %%
# **The recipe.** Ctrl-C in the middle of a fit, here sent while the third pass is learned.
# ``KeyboardInterrupt`` comes soon, no thread is left, and the estimator is fitted with the rows
# learned so far.

sent = []


def press(facts):
    """Send Ctrl-C to this process when two passes are learned."""
    if facts["task"].startswith("epoch 2") and facts["is_end"]:
        sent.append(time.perf_counter())
        threading.Timer(0.01, signal.raise_signal, [signal.SIGINT]).start()


model = tor.TextClassifier(preset="fast", max_iter=1000, n_jobs=2)
model.set_callbacks(tor.MetricsMonitor(report=press))
try:
    model.fit(code)
except KeyboardInterrupt:
    print(
        f"stopped {time.perf_counter() - sent[0]:.2f} s later; interrupted_ is {model.interrupted_}"
    )
print(f"accuracy of the model so far, on rows it has learned: {model.score(code):.3f}")
print("threads left:", [each.name for each in threading.enumerate()])

# %%
# Nothing warns a process that is killed. So ``checkpoint`` names a file that appears whole or not
# at all, here after each window of rows; the default is once a minute. This program is killed when
# it has written the file three times.

program = """
import sys
import torrential as tor

data, checkpoint, metrics = sys.argv[1:]
code = tor.read(data, text="body", target="kind").shuffle(0)
with tor.metrics(metrics, every="0s"):
    model = tor.TextClassifier(preset="fast", n_features=2**18, max_iter=9)
    model.fit(code, checkpoint=checkpoint, checkpoint_every="0s")
"""
files = [folder / name for name in ("code.parquet", "code.ckpt", "killed.jsonl")]
process = subprocess.Popen([sys.executable, "-c", program, *files])
written = set()
while len(written) < 3 and process.poll() is None:
    time.sleep(0.002)
    if files[1].exists():
        written.add(files[1].stat().st_mtime_ns)
process.kill()
print("the process was killed:", process.wait() != 0)
so_far = tor.load(files[1])
print(f"the checkpoint is a model of {so_far.n_iter_} passes, accuracy {so_far.score(code):.3f}")

# %%
# With ``resume=True`` the same fit continues from the checkpoint, here in another process. Its
# model has the bits of a model that was trained without a stop.


def trained(**checkpoint):
    """Return a model, and the metrics of its training."""
    monitor = tor.MetricsMonitor(every="0s")
    model = tor.TextClassifier(preset="fast", n_features=2**18, max_iter=9)
    return model.set_callbacks(monitor).fit(code, **checkpoint), monitor.records


alone, of_alone = trained()
resumed, of_resumed = trained(checkpoint=files[1], checkpoint_every="0s", resume=True)
print("same bits:", resumed.coef_.tobytes() == alone.coef_.tobytes())

of_killed = [json.loads(line) for line in files[2].read_text().splitlines()]
temporary.cleanup()
figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
begin, runs = 0.0, {"without a stop": of_alone, "killed": of_killed, "resumed": of_resumed}
for (name, records), color in zip(runs.items(), ["0.6", "C1", "C0"]):
    ends = [each for each in records if each["is_end"]]
    passes = [int(each["task"].split()[1].split("/")[0]) for each in ends]
    seconds = np.array([datetime.fromisoformat(each["time"]).timestamp() for each in ends])
    places = begin + seconds - seconds[0]
    axes.plot(places, passes, "o-", color=color)
    axes.annotate(name, (places[-1], passes[-1]), (8, -4), textcoords="offset points", color=color)
    begin = places[-1] + 0.4 if name == "killed" else 0.0
axes.set(xlabel="seconds since the first pass was learned", ylabel="passes learned", ylim=0)
axes.margins(x=0.15)
axes.set_title("A killed training goes on from its last checkpoint")
plt.show()

# %%
# **What it costs.** Writing a checkpoint takes as long as writing the model: longer than a pass
# over these few rows, and little of a minute. Resuming reads the rows of the partition in progress
# again, but does not learn them twice.
#
# **When not to use it.** A training of seconds is as quickly begun again. Streams have no
# checkpoints, since nothing tells whether they will yield the same rows again.
