"""Command line: parse, call, print."""

import sys

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def main() -> None:
    """Run the command line, and end with its exit code; Ctrl-C is quiet from here on.

    The commands are imported here, not above: Ctrl-C may come while they are.
    """
    try:
        import gc

        gc.disable()  # until the command begins: what is imported is kept
        from torrential.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


__all__ = ["main"]
