"""Processes for tests that begin with the library imported: forks of one that has done so.

To start Python and import the library takes longer than most of what tests do in a process. Each
process is a real one, a child of the tests' own: with streams, signals and an end of its own. What
a start itself is about has no place here: options of the interpreter, environment variables that
are read once, closed descriptors.
"""

import ctypes
import gc
import importlib
import inspect
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import types
from pathlib import Path

IS_POSSIBLE = sys.platform == "linux"
PR_SET_CHILD_SUBREAPER = 36
MOST_BYTES = 1 << 17
PIPES = ["p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite"]


class Popen(subprocess.Popen):
    """As subprocess.Popen, for ``[sys.executable, "-c" or "-m", what, *words]``."""

    def _execute_child(self, *args):
        given = inspect.signature(super()._execute_child).bind(*args).arguments
        if not IS_POSSIBLE:
            super()._execute_child(*args)
            return
        assert given["args"][0] == sys.executable, "only Python can be forked"
        assert given["preexec_fn"] is None and not given["start_new_session"]
        request = {
            "words": [str(word) for word in given["args"][1:]],
            "folder": str(Path(given["cwd"] or ".").resolve()),
            "environment": dict(given["env"] if given["env"] is not None else os.environ),
        }
        ends = [given[name] for name in ("p2cread", "c2pwrite", "errwrite")]
        streams = [own if end == -1 else end for own, end in enumerate(ends)]
        self.pid = _fork(request, streams)
        self._child_created = True
        self._close_pipe_fds(*(given[name] for name in PIPES))


def run(command, *, input=None, capture_output=False, timeout=None, check=False, **options):
    """As subprocess.run."""
    if capture_output:
        options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if input is not None:
        options["stdin"] = subprocess.PIPE
    with Popen(command, **options) as process:
        try:
            out, error = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(command, process.returncode, out, error)
    if check:
        done.check_returncode()
    return done


# The side of the tests

_server = None


def _fork(request, streams):
    """Have a process forked that becomes a child of this one; give its number."""
    global _server
    if _server is None:
        _server = _Server()
    adopt = ctypes.CDLL(None, use_errno=True).prctl
    adopt(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        return _server.fork(request, streams)
    finally:
        adopt(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


class _Server:
    """The process that has imported the library, and forks at request."""

    def __init__(self):
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                env=os.environ | {"OMP_NUM_THREADS": "1"},
            )  # fmt: skip

    def fork(self, request, streams):
        message = json.dumps(request).encode()
        assert len(message) < MOST_BYTES
        socket.send_fds(self._socket, [message], streams)
        return int(self._socket.recv(100))

    def close(self):
        self._socket.close()
        self._process.wait()


def close():
    """End the process that forks; those that it has forked go on."""
    global _server
    if _server is not None:
        _server.close()
        _server = None


# The side of the forks


def serve(requests):
    """Fork at each request; return it in the process that was forked."""
    while True:
        message, streams, _, _ = socket.recv_fds(requests, MOST_BYTES, 3)
        if not message:
            os._exit(0)
        ours, theirs = os.pipe()
        between = os.fork()
        if between == 0:  # its end gives its child to the tests
            pid = os.fork()
            if pid == 0:
                for end in (ours, theirs):
                    os.close(end)
                requests.close()
                return json.loads(message), streams
            os.write(theirs, str(pid).encode())
            os._exit(0)
        os.waitpid(between, 0)
        for end in (*streams, theirs):
            os.close(end)
        requests.send(os.read(ours, 100))
        os.close(ours)


def become(request, streams):
    """Be what was asked for, from the streams to the arguments."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for stream in streams:
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    if any(name.startswith("DASK_") for name in os.environ):
        importlib.import_module("dask").config.refresh()  # Dask has read them before
    encoding = request["environment"].get("PYTHONIOENCODING")
    sys.stdin = sys.__stdin__ = open(0, encoding=encoding, closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding=encoding, closefd=False)  # noqa: SIM115
    error = open(2, "w", 1, encoding, "backslashreplace", closefd=False)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = error
    kind, what, *words = request["words"]
    folders = request["environment"].get("PYTHONPATH", "").split(os.pathsep)
    first = "" if kind == "-c" else str(Path.cwd())
    sys.path[:1] = [first, *[each for each in folders if each and each not in sys.path[1:]]]
    sys.argv = [kind, *words]
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    if kind == "-c":
        exec(compile(what, "<string>", "exec"), main.__dict__)
    else:
        runpy.run_module(what, run_name="__main__", alter_sys=True)


def imported():
    """Import what most processes need."""
    import numpy as np

    import torrential

    modules = [module.name for module in pkgutil.walk_packages(torrential.__path__, "torrential.")]
    clusters = ["distributed.cli.dask_scheduler", "distributed.cli.dask_worker"]
    for module in [*modules, *clusters]:
        if not module.endswith("__main__"):  # it would run
            importlib.import_module(module)
    os.register_at_fork(after_in_child=np.random.seed)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    imported()
    gc.collect()
    gc.freeze()
    become(*serve(socket.socket(fileno=int(sys.argv[1]))))
