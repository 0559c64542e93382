"""The file that is to be made: one run at a time, under another name until it is whole.

What is covered: two runs at the same target, a run that is killed (only a `.part` is left, and
the next run begins anew), a stop, a full disk, a power cut before the rename. What is not: a
shared disk on which two machines make the same file. It knows no format.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convert.progress import Say
from elara_local.errors import Missing, WrongUse


def part_of(out: Path) -> Path:
    """Where a file lies while it is made."""
    return out.with_name(out.name + ".part")


@contextmanager
def claim(out: Path, say: Say) -> Iterator[Path]:
    """Hand out the path to write to; at the end it is renamed to `out`, whole or not at all.

    Raises:
        WrongUse: another run makes the same file.
        Missing: the disk is full.
    """
    from filelock import FileLock, Timeout

    try:
        with FileLock(_lock_path(out), timeout=0), _removed_unless_done(out, say) as part:
            yield part
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.replace(out)
    except Timeout as error:
        raise WrongUse(f"Another run makes {out.name}.", "Wait until it has ended.") from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Missing(
            f"The disk is full; {out.name} was not made.", "Free some space, then start again."
        ) from error


@contextmanager
def _removed_unless_done(out: Path, say: Say) -> Iterator[Path]:
    part = part_of(out)
    if part.exists():
        say(f"An earlier run was stopped: {part.name} is removed, this one begins anew.")
        part.unlink()
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _lock_path(out: Path) -> Path:
    """Outside the folder, so that nothing is left beside the file."""
    name = hashlib.sha256(str(out.resolve()).encode()).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"elara-{name}.lock"
