"""The virtual environment .venv: made, mended after a kill, locked while it is worked on.

pip is not safe against being killed: a package cut off half-way may look installed. So
`mend` compares every package with the list of files it must have and takes the damaged
ones' records away; pip then installs them again. It knows nothing of what is installed.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from elara_local.bootstrap.stamp import WINDOWS, venv_folder, venv_python
from elara_local.bootstrap.trouble import Trouble

Say = Callable[[str], None]

LOCK = "elara.lock"
WAIT_SECONDS = 0.5
SUITABLE = {f"3.{minor}" for minor in (11, 12, 13)}


@contextmanager
def locked(home: str, say: Say) -> Iterator[int]:
    """Hold the lock of .venv, so that two launchers never work on it at once.

    Yields the file descriptor of the lock: handed to pip, it keeps the lock until a pip
    that outlived its launcher has ended. The system drops the lock of a killed process.
    """
    folder = Path(venv_folder(home))
    folder.mkdir(exist_ok=True)
    with open(folder / LOCK, "a+b") as file:
        waiting = False
        while not _try_lock(file.fileno()):
            if not waiting:
                say("Another start is setting Elara up; waiting for it.")
            waiting = True
            time.sleep(WAIT_SECONDS)
        yield file.fileno()


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def make_environment(home: str, variables: Mapping[str, str], say: Say) -> None:
    """Make .venv unless a working one is there; a half-made one is cleared first.

    Raises:
        Trouble: this Python can't make virtual environments.
    """
    own_pip = list(packages_folder(home).glob("pip-*.dist-info"))
    if own_pip and all(map(_is_whole, own_pip)) and _works(venv_python(home), variables):
        return
    if not importlib.util.find_spec("venv") or not importlib.util.find_spec("ensurepip"):
        raise Trouble(
            "This Python has no venv module. On Debian or Ubuntu run: sudo apt install "
            f"python3.{sys.version_info[1]}-venv; elsewhere install Python from python.org."
        )
    clear(home)
    say("Environment: making .venv")
    command = [sys.executable, "-m", "venv", venv_folder(home)]
    done = subprocess.run(command, env=dict(variables), capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise Trouble(f"The environment .venv could not be made: {' '.join(last)}")


def clear(home: str) -> None:
    """Remove what is in .venv, except the lock that is held."""
    for path in Path(venv_folder(home)).iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def _works(python: str, variables: Mapping[str, str]) -> bool:
    code = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [python, "-c", code], env=dict(variables), capture_output=True, text=True
        )
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() in SUITABLE


def packages_folder(home: str) -> Path:
    """Return the folder of the installed packages."""
    folder = Path(venv_folder(home))
    if WINDOWS:
        return folder / "Lib" / "site-packages"
    found = sorted(folder.glob("lib/python3.*/site-packages"))
    return found[-1] if found else folder / "lib"


def mend(home: str) -> list[str]:
    """Forget packages that were cut off half-way; return their names."""
    damaged = []
    for info in sorted(packages_folder(home).glob("*.dist-info")):
        if not _is_whole(info):
            shutil.rmtree(info)
            damaged.append(info.name.removesuffix(".dist-info"))
    for leftover in packages_folder(home).glob("~*"):  # pip's own name for what it replaces
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
    return damaged


def _is_whole(info: Path) -> bool:
    """True when every file of the package's RECORD is there with the size it gives."""
    try:
        with open(info / "RECORD", encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        return bool(rows) and all(
            os.stat(info.parent / row[0]).st_size == int(row[2]) for row in rows if row[2]
        )
    except (OSError, ValueError, IndexError):
        return False
