"""holdings.json: which documents the user has added, replaced in one step or not at all.

<library>/holdings.json    what there is: the old or the new, whatever happens in between
<library>/volumes/<name>/  index folders, written once and never changed
<library>/originals/       the PDF files, for pictures of their pages

What is covered: a holdings.json that was cut short or edited by hand. Every name in it must
have the shape that is given to new ones (VOLUME_NAME, ORIGINAL_NAME), so that none leads out of
the library; else it is damaged, and nothing is read or deleted by it. What is not covered:
`attached` names any folder of this machine, and a lost holdings.json is an empty library.

What writes volumes is passages.volumes. It knows no file format and no question.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from elara_local.errors import ElaraError, WrongFile

FORMAT = 1
NAME = "holdings.json"
VOLUMES = "volumes"
ORIGINALS = "originals"
VOLUME_NAME = re.compile(r"[0-9a-f]{32}")
ORIGINAL_NAME = re.compile(r"[0-9a-f]{64}\.pdf")
WAIT = 600  # seconds that a change waits for another one


@dataclass(frozen=True)
class File:
    """A file that was added: its sha256, its documents' ids, the original's name or ""."""

    sha256: str
    documents: tuple[str, ...]
    original: str = ""


@dataclass(frozen=True)
class Volume:
    """One index folder under volumes/ and its documents with their numbers of passages."""

    name: str
    documents: Mapping[str, int]

    @property
    def size(self) -> int:
        """The number of passages."""
        return sum(self.documents.values())


@dataclass(frozen=True)
class Attached:
    """An index folder elsewhere, such as on a stick; one that is not asked waits."""

    path: str
    asked: bool = True


@dataclass(frozen=True)
class Holdings:
    """What holdings.json says."""

    volumes: tuple[Volume, ...] = ()
    files: Mapping[str, File] = field(default_factory=dict)
    attached: tuple[Attached, ...] = ()

    @property
    def documents(self) -> frozenset[str]:
        """The ids of every document."""
        return frozenset(d for volume in self.volumes for d in volume.documents)


def read_holdings(library: Path) -> Holdings:
    """Read what there is; nothing when there is no library yet.

    Raises:
        WrongFile: holdings.json is damaged.
    """
    path = library / NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise WrongFile(
                f"{path} has format {data['format']}, not {FORMAT}.",
                "Use the version of Elara that wrote it.",
            )
        return _read(data)
    except (FileNotFoundError, NotADirectoryError):
        return Holdings()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongFile(
            f"{path} is damaged.", f"Move {library} away and add your documents again."
        ) from error


def _read(data: Any) -> Holdings:
    """Return what is written; ValueError, KeyError or TypeError where it is not holdings."""
    volumes = tuple(
        Volume(_match(VOLUME_NAME, v["name"]), {str(d): int(n) for d, n in v["documents"].items()})
        for v in data["volumes"]
    )
    files = {
        name: File(
            str(f["sha256"]),
            tuple(map(str, f["documents"])),
            f["original"] and _match(ORIGINAL_NAME, f["original"]),
        )
        for name, f in data["files"].items()
    }
    attached = tuple(Attached(str(a["path"]), bool(a["asked"])) for a in data["attached"])
    return Holdings(volumes, files, attached)


def _match(shape: re.Pattern[str], name: str) -> str:
    if not shape.fullmatch(name):
        raise ValueError("not a name that is given here")
    return name


def attach(library: Path, path: Path, asked: bool = True) -> Holdings:
    """Let an index folder elsewhere be asked, or only be listed when `asked` is False."""
    with locked(library):
        held = read_holdings(library)
        others = tuple(a for a in held.attached if a.path != str(path))
        new = replace(held, attached=(*others, Attached(str(path), asked)))
        write_holdings(library, new)
        return new


def detach(library: Path, path: Path) -> Holdings:
    """Take an index folder elsewhere off the list; its files stay."""
    with locked(library):
        held = read_holdings(library)
        new = replace(held, attached=tuple(a for a in held.attached if a.path != str(path)))
        write_holdings(library, new)
        return new


@contextmanager
def locked(library: Path) -> Iterator[None]:
    """Hold the library's lock, which the system frees when its holder dies."""
    from filelock import FileLock, Timeout

    library.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(library / "lock", timeout=WAIT):
            yield
    except Timeout as error:
        raise ElaraError(
            "Another change of the library is going on.", "Wait until it ends, then try again."
        ) from error


def write_holdings(library: Path, holdings: Holdings) -> None:
    """Replace holdings.json in one step, safe on the disk before and after."""
    data = {"format": FORMAT, **asdict(holdings)}
    part = library / f"{NAME}.part"
    with part.open("w", encoding="utf-8", newline="\n") as file:
        json.dump(data, file, ensure_ascii=False, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    part.replace(library / NAME)
    sync(library)


def sync(path: Path) -> None:
    """Ask the system to write a file or folder to the disk; folders can't be on Windows."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
