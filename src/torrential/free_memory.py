"""How much memory is free."""

import os
import re
from pathlib import Path


def free_memory() -> int:
    """Return the free memory in bytes, without swapping, if the system reports it.

    What Linux keeps of files is free, too, and a container has less than its machine.
    """
    amounts = []
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        found = re.search(r"MemAvailable:\s+(\d+) kB", meminfo.read_text())
        amounts += [int(found[1]) * 1024] if found else []
    limit, used = (Path(f"/sys/fs/cgroup/memory.{name}") for name in ("max", "current"))
    if limit.exists() and used.exists() and limit.read_text().strip().isdigit():
        amounts.append(int(limit.read_text()) - int(used.read_text()))
    if not amounts and hasattr(os, "sysconf"):
        amounts.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return max(1, min(amounts, default=4 * 10**9))
