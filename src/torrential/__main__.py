"""Run the command line as ``python -m torrential``."""

from torrential.cli import main

if __name__ == "__main__":
    try:
        main()
    finally:
        # Python ends by a signal, whatever the exit code, if Ctrl-C came in the code of an `exec`,
        # with which modules make classes as they are imported; the next `exec` clears that.
        exec("")
