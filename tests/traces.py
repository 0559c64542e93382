"""Sittings held once for several tests, and the search for words they may have left behind."""

import atexit
import base64
import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import ROOT
from tests.conftest import installed_model

CANARY = str(int.from_bytes(os.urandom(8), "big") | 1 << 63)  # no test file can hold it
QUESTION = f"artesunate dose in severe malaria {CANARY}"
UNREAD = (".git", ".venv", "node_modules")  # there, only files changed since are read
ENTER = "ip link set lo up && exec "


@dataclass(frozen=True)
class Sitting:
    """What came of a sitting: its report, what it logged, and where it could have written."""

    report: dict
    log: str
    folder: Path
    began: float


@functools.cache
def hold_sitting(apart):
    """Hold a whole sitting in a child; `apart` puts it into an empty network namespace."""
    folder = Path(tempfile.mkdtemp(prefix="elara-sitting-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    began = time.time()
    command = [sys.executable, "-m", "tests.sitting", QUESTION]
    if apart:
        command = ["unshare", "-rn", "sh", "-c", ENTER + '"$@"', "sh", *command]
    else:
        command.append("--quick")
    done = subprocess.run(
        command, cwd=ROOT, env=make_private(folder), capture_output=True, timeout=300,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    log = done.stderr.decode()
    assert done.returncode == 0, log[-3000:]
    return Sitting(json.loads(done.stdout), log, folder, began)


def require_parts():
    """Skip where a sitting can't be held. Nothing is imported: it would be too early."""
    for name in ("gradio", "gradio_client", "llama_cpp"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    for name in ("all-minilm-l6-v2-int8", "smollm2-135m-instruct"):
        installed_model(name)


def make_private(folder):
    """Return an environment whose home, temp and user folders all lie in `folder`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ELARA_", "GRADIO_", "XDG_"))}
    places = {
        "ELARA_HOME": folder / "elara",
        "HOME": folder / "home",
        "TMPDIR": folder / "temp",
        "XDG_CACHE_HOME": folder / "cache",
    }
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    names = {name: str(place) for name, place in places.items()}
    return {**kept, **names, "TEMP": names["TMPDIR"], "TMP": names["TMPDIR"]}


def why_not_apart():
    """Say why no empty network namespace can be had here; "" where it can."""
    if not all(map(shutil.which, ("unshare", "ip"))):
        return "unshare or ip is not installed"
    tried = subprocess.run(
        ["unshare", "-rn", "sh", "-c", ENTER + "true"], capture_output=True, text=True
    )
    return (
        "" if tried.returncode == 0 else f"the kernel allows no namespace: {tried.stderr.strip()}"
    )


def spell(words):
    """Return the bytes that the words could be on a disk as."""
    found = [words.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")]
    for shift in range(3):  # base64 of a longer text that holds the words
        coded = base64.b64encode(b"\0" * shift + words.encode())
        found.append(coded[4 if shift else 0 : -4])
    return found


def find_files(folder, words, since=0.0):
    """Return the files under `folder` that hold the words; `since` leaves out older ones."""
    spellings, found = spell(words), []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if since or name not in UNREAD]
        for name in names:
            path = Path(place, name)
            try:
                state = path.lstat()
                if not path.is_file() or path.is_symlink() or state.st_mtime < since - 1:
                    continue
                content = path.read_bytes()
            except OSError:  # gone meanwhile, or another user's
                continue
            if words in name or any(spelling in content for spelling in spellings):
                found.append(str(path))
    return found
