"""What the set-up has done, kept in one small file inside .venv.

A list of packages counts as installed only while the stamp holds the hash of the very
file that asked for them, and the stamp is written last. Read on every start, so it imports
little. It knows nothing of how things are installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from typing import Any

FIELD, WORKSHOP = "requirements-field.txt", "requirements.txt"
WINDOWS = os.name == "nt"


def venv_folder(home: str) -> str:
    """Return the folder of the environment."""
    return os.path.join(home, ".venv")


def venv_python(home: str) -> str:
    """Return where the environment's Python is, there or not."""
    inside = ("Scripts", "python.exe") if WINDOWS else ("bin", "python")
    return os.path.join(venv_folder(home), *inside)


def stamp_path(home: str) -> str:
    """Return where the stamp is, there or not."""
    return os.path.join(venv_folder(home), "elara-stamp.json")


def read_stamp(home: str) -> dict[str, Any]:
    """Return what has been done; nothing when there is no stamp or it can't be read."""
    try:
        with open(stamp_path(home), encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_stamp(home: str, done: Mapping[str, Any]) -> None:
    """Replace the stamp in one step."""
    part = stamp_path(home) + ".part"
    with open(part, "w", encoding="utf-8") as file:
        json.dump(dict(done), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, stamp_path(home))


def hash_requirements(home: str, name: str) -> str:
    """Return the sha256 of a requirements file and of those it includes."""
    state = hashlib.sha256()
    for part in (name, FIELD) if name == WORKSHOP else (name,):
        with open(os.path.join(home, part), "rb") as file:
            state.update(file.read().replace(b"\r\n", b"\n") + b"\0")
    return state.hexdigest()


def is_ready(home: str, name: str) -> bool:
    """Tell whether the environment holds what the requirements file asks for."""
    return read_stamp(home).get(name) == hash_requirements(home, name) and os.path.exists(
        venv_python(home)
    )


def lacking_models(home: str) -> list[str]:
    """Return the starter models of the catalogue that have no folder under models/."""
    path = os.path.join(home, "models", "catalogue.toml")
    with open(path, "rb") as file:
        entries = tomllib.load(file)["model"]
    names = [entry["id"] for entry in entries if entry.get("starter")]
    return [name for name in names if not os.path.isdir(os.path.join(home, "models", name))]
