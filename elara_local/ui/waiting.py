"""The waiting room: documents that were chosen in a page and are not yet added.

Files come from Gradio's upload folder and are moved here at once, each into a folder of its
own, so that two files of one name stay two and none is swept away while it waits. The room
lies in the private folder, which is wiped at start and end. What a page chose goes when the
page goes.

What is covered: a path that no upload of this window made, a link, a folder, too many files
and names that would lead elsewhere. What is not covered: what is inside the files; they are
read in child processes with limits of their own.
"""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MOST = 100  # files that one page may have waiting
LONGEST_NAME = 150  # bytes of a file's name; every file system takes 255


@dataclass
class Chosen:
    """What one page chose: its folder, its files, and how many were left out and why."""

    folder: Path
    files: list[Path] = field(default_factory=list)
    too_many: int = 0
    foreign: int = 0


class WaitingRoom:
    """Files waiting to be added, by sitting; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._chosen: dict[str, Chosen] = {}
        self._lock = threading.Lock()

    def take(self, sitting: str, paths: Sequence[str], uploaded: Container[str]) -> Chosen:
        """Move files that `uploaded` names here; return all that this sitting has chosen."""
        with self._lock:
            chosen = self._chosen.setdefault(sitting, self._room())
            chosen.too_many = chosen.foreign = 0
            for path in map(Path, paths):
                if str(path) not in uploaded or path.is_symlink() or not path.is_file():
                    chosen.foreign += 1
                elif len(chosen.files) >= MOST:
                    path.unlink()
                    chosen.too_many += 1
                else:
                    chosen.files.append(self._move(path, chosen))
            return chosen

    def peek(self, sitting: str) -> Chosen | None:
        """Return what a sitting has chosen."""
        with self._lock:
            return self._chosen.get(sitting)

    def hand_over(self, sitting: str) -> Chosen | None:
        """Give away what a sitting has chosen; whoever takes it calls `discard`."""
        with self._lock:
            return self._chosen.pop(sitting, None)

    def forget(self, sitting: str) -> None:
        """Remove what a sitting has chosen."""
        chosen = self.hand_over(sitting)
        if chosen:
            discard(chosen)

    def _room(self) -> Chosen:
        return Chosen(self._folder / secrets.token_hex(8))

    def _move(self, path: Path, chosen: Chosen) -> Path:
        place = chosen.folder / str(len(chosen.files))
        place.mkdir(parents=True, mode=0o700)
        target = place / tame_name(path.name)
        shutil.move(path, target)
        return target


def discard(chosen: Chosen) -> None:
    """Remove the files of `chosen`."""
    shutil.rmtree(chosen.folder, ignore_errors=True)


def tame_name(name: str) -> str:
    """Return a file name that can stand in any folder: its own words, no path, not too long."""
    kept = (
        "".join(c for c in name if c.isprintable() and c not in '<>:"/\\|?*').strip().rstrip(" .")
    )
    stem, dot, ending = kept.rpartition(".")
    if not dot or len(ending) > 12:
        stem, ending = kept, ""
    room = LONGEST_NAME - len(ending.encode("utf-8")) - 1
    short = stem.encode("utf-8")[: max(room, 1)].decode("utf-8", "ignore").strip(" .")
    return f"{short or 'file'}.{ending}" if ending else short or "file"
