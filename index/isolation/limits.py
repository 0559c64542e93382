"""How much one file may cost, and how the child binds itself to it.

What is covered. On Linux and macOS: processor seconds, a clock that ends the child even
when its parent has died, no core dump, no written byte, few open files; on Linux memory as
well, by the kernel. Anywhere: the parent's own watch (process.py) over time, memory and
output, and in the child a hook that refuses Python's ways to start a process or to change
a file. What is not covered: what a parser's own machine code does once it is taken over by
a crafted file. It may then do what this user may do; only a sandbox of the system helps.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

MEGABYTE = 1 << 20
OPEN_FILES = 64
NO_MEMORY = 12  # exit code of a child that could not even say so
GRACE = 2  # seconds by which the child's own clock runs behind that of its parent
WRITING = 0x1 | 0x2  # O_WRONLY, O_RDWR: the same on every system

# Audit events of the interpreter that a reader has no need of; `open` is looked at apart.
REFUSED = frozenset(
    "os.fork os.forkpty os.exec os.posix_spawn os.spawn os.system os.startfile os.kill os.killpg "
    "subprocess.Popen pty.spawn os.remove os.rename os.rmdir os.mkdir os.link os.symlink "
    "os.truncate os.chmod os.chown shutil.rmtree shutil.move tempfile.mkstemp "
    "tempfile.mkdtemp".split()
)


class NotAllowed(PermissionError):
    """A reader tried what no reader needs."""


@dataclass(frozen=True)
class ReadLimits:
    """Bounds of one file.

    `seconds` is of the clock and of the processor alike. The defaults leave room for a PDF of
    2,000 pages on a slow laptop and for a PubMed file of 30,000 records; two files are read at
    a time, so twice `memory_bytes` must be free. `output_bytes` bounds the documents as they
    pass the pipe.
    """

    seconds: float = 120.0
    memory_bytes: int = 1024 * MEGABYTE
    output_bytes: int = 128 * MEGABYTE
    file_bytes: int = 512 * MEGABYTE


def bind_process() -> None:
    """Take from this process, for good, what no reader needs."""
    sys.dont_write_bytecode = True
    if sys.platform != "win32":
        import resource

        for kind, most in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_NOFILE, OPEN_FILES),
        ):
            resource.setrlimit(kind, (most, most))
        if sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # no thread either; not for root
    sys.addaudithook(_refuse)


def bind_file(seconds: float, memory_bytes: int) -> None:
    """Start the clocks for the next file: the kernel ends the process when one runs out.

    `seconds` of 0 stops them, for a child that waits for its next file.
    """
    if sys.platform == "win32":
        return
    import resource
    import signal

    signal.setitimer(signal.ITIMER_REAL, seconds and seconds + GRACE)
    if not seconds:
        return
    spent = resource.getrusage(resource.RUSAGE_SELF)
    until = int(spent.ru_utime + spent.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, resource.RLIM_INFINITY))


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in REFUSED:
        raise NotAllowed("A reader may not change anything.")
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING:
        raise NotAllowed("A reader may not write.")
