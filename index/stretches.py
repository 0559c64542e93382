"""The work of one process on a stretch of a JSONL file: read, clean, judge, sketch, write.

A stretch is a run of whole lines. What passes is written to a part file; what is known of each
record goes back to the process that settles which ones stay. This module settles nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import xxhash

from elara_local.errors import WrongFile
from index.clean import clean_record
from index.dedupe import Entry, enter, is_same
from index.records import Record, read_line, read_record, write_record
from index.sketches import Hashes, band_keys, sketch

STRETCH = 8 << 20  # bytes
LONGEST_LINE = 32 << 20  # bytes; a longer line is dropped unread
BATCH = 512  # texts that are sketched at once

Place = tuple[Path, int, int]  # file, offset, length in bytes


@dataclass(frozen=True)
class Stretch:
    """Bytes start..end of a file, whole lines."""

    path: Path
    start: int
    end: int


@dataclass(frozen=True)
class Part:
    """What one stretch became; `places` are (offset, length) of each record's line in `path`.

    The length is 0 where nothing was written. `entries` are Entry as bare tuples, which travel
    between processes ten times as fast. `keys` are sketches.band_keys, one row a record, or no
    row where near-duplicates may stay.
    """

    path: Path
    entries: list[tuple[Any, ...]]
    places: list[tuple[int, int]]
    keys: Hashes


def cut_files(paths: Sequence[Path], size: int = STRETCH) -> list[Stretch]:
    """Cut files into stretches of about `size` bytes that end where a line ends."""
    found: list[Stretch] = []
    for path in paths:
        length, start = path.stat().st_size, 0
        with path.open("rb") as file:
            while start < length:
                file.seek(min(start + size, length) - 1)
                _skip_line(file)
                found.append(Stretch(path, start, min(file.tell(), length)))
                start = found[-1].end
    return found


def read_stretch(
    stretch: Stretch, folder: Path, languages: tuple[str, ...] = ("en",), near: bool = True
) -> Part:
    """Read a stretch and write the lines that pass to a new file in `folder`."""
    name = xxhash.xxh3_64_hexdigest(f"{stretch.path}\0{stretch.start}".encode())
    path = folder / name
    entries: list[tuple[Any, ...]] = []
    places: list[tuple[int, int]] = []
    keys: list[Hashes] = []
    texts: list[str] = []
    position = 0
    with path.open("wb") as file:
        for offset, line in _lines(stretch):
            entry, written, text = _enter_line(line, offset, stretch.path.name, languages)
            file.write(written)
            entries.append(tuple(entry))
            places.append((position, len(written)))
            position += len(written)
            if near:
                texts.append(text)
            if len(texts) == BATCH:
                keys.append(band_keys(sketch(texts)))
                texts.clear()
    keys.append(band_keys(sketch(texts)))
    return Part(path, entries, places, np.concatenate(keys))


def compare_pairs(pairs: Sequence[tuple[Place, Place]], alike: bool = False) -> list[bool]:
    """Say of each pair of records whether dedupe.is_same holds."""
    return [is_same(_read_at(one), _read_at(other), alike=alike) for one, other in pairs]


@lru_cache(maxsize=512)
def _read_at(place: Place) -> Record:
    path, offset, length = place
    with path.open("rb") as file:
        file.seek(offset)
        return read_record(file.read(length))


def _enter_line(
    line: bytes, offset: int, name: str, languages: tuple[str, ...]
) -> tuple[Entry, bytes, str]:
    """What is kept of a line's record, the line to write and the text, both empty if it goes."""
    fault = "" if line else "a line too long to read"
    try:
        if line:
            read, stands = read_line(line)
            record = clean_record(read)
            entry = enter(record, languages)
            if entry.fault:
                return entry, b"", ""
            if not stands or record is not read or not line.endswith(b"\n"):
                line = write_record(record).encode("utf-8", "replace") + b"\n"
            return entry, line, record.whole
    except WrongFile:
        fault = "no JSON object with text in its fields"
    return Entry(f"{name}@{offset}", 1, "", "", fault, b""), b"", ""


def _lines(stretch: Stretch) -> Iterator[tuple[int, bytes]]:
    """Each line that is not blank, with its offset; b"" for one that is too long."""
    with stretch.path.open("rb") as file:
        file.seek(stretch.start)
        offset = stretch.start
        while offset < stretch.end and (line := file.readline(LONGEST_LINE)):
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                _skip_line(file)
                yield offset, b""
                offset = file.tell()
                continue
            if not line.isspace():
                yield offset, line
            offset += len(line)


def _skip_line(file: BinaryIO) -> None:
    """Go on to the end of the line, without holding it."""
    while (piece := file.readline(1 << 20)) and not piece.endswith(b"\n"):
        continue
