"""The threads that torrential has started, and that are to end with what they were started for."""

import threading

UNAWAITED = "torrential-scatter"
"""They send to a cluster, which may have died and never answer: nobody waits for their end."""


def own_threads():
    """Return the threads that should have ended by now."""
    return [
        thread
        for thread in threading.enumerate()
        if thread.name.startswith("torrential") and not thread.name.startswith(UNAWAITED)
    ]
