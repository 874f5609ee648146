"""
From one machine to a Dask cluster
==================================

Train on a cluster by changing one argument, kill one of its workers, and get the same bits.

**The problem.** The data has outgrown one machine: reading and hashing it takes a day.

**What goes wrong.** Frameworks for clusters bring estimators, frames and failures of their own.
dask-ml's ``Incremental`` trains on one worker after the other. A loop by hand over tasks sends all
weights to one place, ends when a worker ends, and has another model for each number of workers.
"""

# %%
# Files that all workers can read, here pieces of source code: test or library?

import atexit
import json
import subprocess
import sys
import tempfile
import threading
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import pyarrow as pa
from distributed import Client
from pyarrow import parquet

import torrential as tor

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
rows = []
for path in sorted(Path(find_spec("numpy").origin).parent.rglob("*.py")):
    lines = path.read_text(encoding="utf-8").splitlines()
    label = "test" if "tests" in path.parts else "library"
    rows += [("\n".join(lines[i : i + 20]), label) for i in range(0, len(lines), 20)]
for part in range(8):
    table = pa.table(list(zip(*rows[part::8])), names=["body", "kind"])
    parquet.write_table(table, folder / f"{part}.parquet")
code = tor.read(folder / "*.parquet", text="body", target="kind")

# %%
# A scheduler and two workers. Each is a process of its own, as on other machines.


def start(program, *options):
    """Start a program of Dask in a process."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *options]
    command += ["--scheduler-file", folder / "scheduler.json", "--host", "127.0.0.1"]
    process = subprocess.Popen([*command, "--no-dashboard"], stderr=subprocess.DEVNULL)
    atexit.register(process.kill)  # also if this program fails
    return process


processes = [start("scheduler", "--port", "0", "--no-show")]
for _ in range(2):
    settings = ["--no-nanny", "--nthreads", "1", "--local-directory", folder]
    processes.append(start("worker", *settings))
with Client(scheduler_file=folder / "scheduler.json", set_as_default=False) as client:
    client.wait_for_workers(2)
    address = client.scheduler.address

# %%
# **The recipe.** Name the cluster as the executor. The parts are those of the data, and results are
# merged in one order on all engines, so the bits do not depend on who did the work.


def trained(executor, name):
    """Return a model that is averaged over eight parts, and the spans of its training."""
    learner = tor.TextClassifier(preset="fast", n_features=2**16)
    model = tor.ParameterAveraging(learner, n_partitions=8, n_rounds=2, executor=executor)
    with tor.trace(folder / name):
        model.fit(code)
    return model, json.loads((folder / name).read_text())["traceEvents"]


here, _ = trained(tor.Threads(2), "threads.json")
there, _ = trained(tor.Dask(address), "first.json")  # in which the workers load their kernels
print("same bits as on this machine:", here.coef_.tobytes() == there.coef_.tobytes())

# %%
# The same again, twice. The second time a worker is killed when the training has begun. Its parts
# go to the other worker. The weights of the last round are with the program that called ``fit``, so
# nothing is lost.

_, events = trained(tor.Dask(address), "cluster.json")
threading.Timer(0.3, processes[2].kill).start()
survived, events_after_kill = trained(tor.Dask(address), "killed.json")
print("the worker was killed:", processes[2].wait() != 0)
print("same bits after the kill:", survived.coef_.tobytes() == there.coef_.tobytes())

for process in processes:
    process.terminate()
    process.wait()
temporary.cleanup()

figure, panels = plt.subplots(2, figsize=(7.5, 3.8), layout="constrained", sharex=True)
colors = {"read": "C0", "hash": "C2", "learn": "C4", "merge": "C1"}
for axes, spans in zip(panels, (events, events_after_kill)):
    for span in spans:
        if span and span["name"] in colors:
            lane = [process.pid for process in processes].index(span["pid"])
            place = {"left": span["ts"] / 1e6, "height": 0.6, "color": colors[span["name"]]}
            axes.barh(lane, span["dur"] / 1e6, **place)
    axes.set(yticks=[1, 2], yticklabels=["worker 1", "worker 2"], ylim=(2.5, 0.5))
    axes.grid(False)
for place, (name, color) in enumerate(colors.items()):
    panels[0].text(1.02, 0.8 - 0.25 * place, name, color=color, transform=panels[0].transAxes)
panels[1].plot(0.3, 2, "x", color="black", markersize=10)
panels[1].text(0.3, 2, "   killed", va="center")
panels[0].set_title("A training on two workers")
panels[1].set_title("The same, when one of them is killed")
panels[1].set(xlabel="seconds", xlim=0)
plt.show()

# %%
# What the killed worker had not sent back is done again, in the line of the other one.
#
# **What it costs.** Each round sends the weights that changed, and each task costs milliseconds:
# use few parts of hundreds of megabytes, not many small ones as here. Workers have to see the files
# under the same paths.
#
# **When not to use it.** As long as one machine reads the data in the time that you have. Threads
# need no cluster, and give the same model.
