"""What an engine may ask of this machine: how many cores, how much memory.

It knows no model.
"""

from __future__ import annotations


def physical_cores() -> int:
    """The number of physical cores, at least 1."""
    import psutil

    return int(psutil.cpu_count(logical=False) or psutil.cpu_count() or 1)


def free_memory() -> int:
    """Bytes of memory that can be taken without swapping."""
    import psutil

    return int(psutil.virtual_memory().available)
