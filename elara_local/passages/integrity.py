"""Is every file of an index folder the one that was built? A folder that differs is refused.

What is covered. Every name and size, at each opening. The sha256 of every file at each opening
while the files together are small (ALWAYS), and of every file, once, when a larger folder is
opened or copied. That it was compared is then remembered outside the folder, by path, device,
inode, size and time of change to the nanosecond: a file that was replaced, cut short, copied
again or written to by any program is compared again, and so is all of it after AGAIN days.

What is not covered, for a larger folder between two comparisons: bytes that change on the disk
without a write (a failing stick), and someone who writes to a file and sets its time back.
`index check` compares every byte of every file. Without a place to remember in, or with a
record that is damaged, everything is compared every time. It knows nothing of what the files
hold.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from elara_local.errors import WrongFile

MANIFEST = "manifest.json"
ALWAYS = 64_000_000  # bytes of a folder that are compared at every opening: a tenth of a second
AGAIN = 30  # days after which a larger folder is compared again
SETTLED = 10  # seconds since a file's last change: a second one in the same tick would not show
HINT = "Copy the index again or build it anew: python3 launcher.py index build"


def fingerprint(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def names_of(folder: Path) -> list[str]:
    """Every file of the index but the manifest and tantivy's lock files, as POSIX paths."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock")
    return sorted(n for p in files if (n := p.relative_to(folder).as_posix()) != MANIFEST)


def compare(
    folder: Path, listed: Mapping[str, Mapping[str, Any]], memory: Path | None = None
) -> None:
    """Compare a folder with what its manifest lists.

    Args:
        folder: the index folder.
        listed: name -> "sha256" and "size".
        memory: the file that remembers what was compared; None = compare everything now.

    Raises:
        WrongFile: a file is missing, changed or too many.
    """
    for name in sorted(set(listed) ^ set(names_of(folder))):
        word = "is missing" if name in listed else "is not in its manifest"
        raise WrongFile(f"Index file {folder / name} {word}.", HINT)
    large = sum(int(facts["size"]) for facts in listed.values()) > ALWAYS
    known = _recall(memory) if memory and large else {}
    fresh: dict[str, dict[str, Any]] = {}
    for name, facts in listed.items():
        path = folder / name
        mark = _mark(path)
        if mark["size"] != facts["size"]:
            raise WrongFile(f"Index file {path} is not the one that was built.", HINT)
        if _holds(known.get(str(path.resolve())), mark, str(facts["sha256"])):
            continue
        if fingerprint(path) != facts["sha256"]:
            raise WrongFile(f"Index file {path} is not the one that was built.", HINT)
        if time.time() - mark["changed"] / 1e9 > SETTLED:
            fresh[str(path.resolve())] = {
                **mark,
                "sha256": facts["sha256"],
                "compared": time.time(),
            }
    if memory and large and fresh:
        _remember(memory, fresh)


def _mark(path: Path) -> dict[str, Any]:
    """What tells a file from another that took its place."""
    facts = path.stat()
    return {
        "size": facts.st_size,
        "changed": facts.st_mtime_ns,
        "inode": facts.st_ino,
        "device": facts.st_dev,
    }


def _holds(entry: Any, mark: Mapping[str, Any], sha256: str) -> bool:
    """True when this very file was compared with this sha256 in the last AGAIN days."""
    if not isinstance(entry, dict) or not isinstance(entry.get("compared"), int | float):
        return False
    age = time.time() - entry["compared"]
    same = all(entry.get(name) == value for name, value in mark.items())
    return same and entry.get("sha256") == sha256 and 0 <= age < AGAIN * 86_400


def _recall(memory: Path) -> dict[str, Any]:
    try:
        data = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # nothing remembered: everything is compared
    return data if isinstance(data, dict) else {}


def _remember(memory: Path, fresh: Mapping[str, Mapping[str, Any]]) -> None:
    """Add to what is remembered; files that are gone are forgotten."""
    kept = {path: entry for path, entry in _recall(memory).items() if Path(path).is_file()}
    part = memory.with_name(f"{memory.name}.part")
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps({**kept, **fresh}, indent=1), encoding="utf-8", newline="\n")
        part.replace(memory)
    except OSError:
        part.unlink(missing_ok=True)  # a home that can't be written: compared again next time
