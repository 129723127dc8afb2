"""Which device the server has and how much memory a job took; later backends choose device and dtype here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def core_count() -> int:
    """Processor cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def device_name() -> str:
    """The device in words for the panel."""
    cores = core_count()
    return f"processor, {cores} core{'s' * (cores > 1)}"


def reset_peak_memory() -> None:
    """Starts the peak anew where the system can (Linux); elsewhere it is the process's since its start."""
    try:
        _CLEAR.write_text("5")  # proc(5): resets VmHWM
    except OSError:
        return


def peak_memory_gb() -> float:
    """Peak resident memory of this process in GB (10^9 bytes); 0.0 where the system doesn't say."""
    if sys.platform == "linux":
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e9
    if sys.platform == "win32":
        return 0.0
    import resource  # not on Windows

    unit_bytes = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit_bytes / 1e9
