"""Peak memory of this process; Linux only, standard library only, for every benchmark's use.

The system's own count of resource usage is inherited from the process that started this one, so
that it would show a parent's peak.
"""

from pathlib import Path


def peak_megabytes() -> float:
    """Return the peak resident memory of this process so far."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell a process its peak memory")
