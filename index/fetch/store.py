"""The files of a fetch, written so that a killed run neither loses nor doubles a record.

A whole file is written beside its place, forced to the disk and renamed; lines are added
behind the last committed byte and forced to the disk. Both count only when the ledger says
so: `mend` cuts every file back to its committed size and removes what was never committed.
It knows no record.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from elara_local.errors import WrongFile
from index.fetch.ledger import Ledger

SHELF = ".shelf"
OURS = re.compile(r"(?:batch-\d{6}\.xml|PMC\d+\.\d+\.xml|[a-z]+-[\d-]+\.jsonl)(?:\.part)?")


class Store:
    """The output folder; names are "folder/file" with "/" on every system."""

    def __init__(self, root: Path, ledger: Ledger) -> None:
        self.root = root
        self._ledger = ledger

    def mend(self, folder: str) -> None:
        """Bring a folder back to what the ledger has committed.

        Raises:
            WrongFile: a committed file is missing or too short; it is named.
        """
        sizes = self._ledger.list_files(folder)
        for path in sorted((self.root / folder).rglob("*")):
            name = path.relative_to(self.root).as_posix()
            if path.is_file() and name not in sizes and OURS.fullmatch(path.name):
                path.unlink()
        for name, size in sizes.items():
            path = self.root / name
            found = path.stat().st_size if path.is_file() else -1
            if found < size:
                raise WrongFile(
                    f"{path} has {max(found, 0)} of the {size} bytes that were fetched.",
                    "Put the file back, or fetch into another folder.",
                )
            if found > size:
                os.truncate(path, size)

    def put_file(self, name: str, data: bytes) -> tuple[str, int]:
        """Write a whole file; return its name and size for the ledger."""
        path = self.root / name
        part = path.with_name(path.name + ".part")
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _sync_folder(path.parent)
        return name, len(data)

    def add_lines(self, name: str, lines: Iterable[str]) -> tuple[str, int]:
        """Add lines behind the committed end; return the name and new size for the ledger."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        end = self._ledger.list_files(name.rpartition("/")[0]).get(name, 0)
        with path.open("r+b" if path.exists() else "wb") as file:
            file.truncate(end)
            file.seek(end)
            file.writelines(f"{line}\n".encode() for line in lines)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        _sync_folder(path.parent)
        return name, size

    def next_batch(self, folder: str) -> str:
        """Return the name of the next batch file of a folder."""
        return f"{folder}/batch-{len(self._ledger.list_files(folder)) + 1:06d}.xml"

    def write_shelf(self, folder: str, shelf: str) -> None:
        """Say in a hidden file ".shelf" what kind of shelf a folder's records belong on."""
        path = self.root / folder / SHELF
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{shelf}\n", encoding="utf-8")

    def remove(self, name: str) -> None:
        """Remove a file that another has replaced; the ledger forgets it first."""
        self._ledger.drop_file(name)
        (self.root / name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Force a rename to the disk; Windows can't open folders and needs none of it."""
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
