"""Bounded opening of files, of gzip streams and of the members of a zip.

What is covered: sizes are counted while bytes are read, never believed from a header; what
expands more than a text can is refused. What is not covered: time and memory of the parser
behind, which `index.isolation` bounds. It knows no format.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from elara_local.errors import WrongFile

MEGABYTE = 1 << 20
# A book of 1,000 pages is 3 MB of text; a larger file read in one piece is a dump of many.
MOST_TEXT = 64 * MEGABYTE
# The text of the largest office file seen is some 20 MB of XML; its tree needs ten times that.
MOST_MEMBER = 64 * MEGABYTE
MOST_ARCHIVE = 256 * MEGABYTE  # all members that are read, together
MOST_MEMBERS = 20_000  # an EPUB of 1,000 chapters and 10,000 pictures is within
MOST_STREAM = 4096 * MEGABYTE  # of a gzip stream: the largest dump of one health site is 0.2 GB
# Text deflates to a tenth, a table of equal rows to a hundredth; bombs to a thousandth.
MOST_RATIO = 250
RATIO_FROM = MEGABYTE  # below this size the ratio says nothing
CHUNK = 1 << 16
GZIP = b"\x1f\x8b"


def read_whole(path: Path, most: int = MOST_TEXT) -> bytes:
    """Return the bytes of a file, expanded when it is gzip.

    Raises:
        WrongFile: it is larger than `most` bytes, expands too much, or is broken.
    """
    with open_stream(path) as stream:
        return read_most(stream, most)


def read_most(stream: BinaryIO, most: int) -> bytes:
    """Return all that is left in the stream, or refuse when that is more than `most`."""
    data = stream.read(most + 1)
    if len(data) > most:
        raise WrongFile(
            f"it holds more than {most // MEGABYTE} MB of text.", "Divide it into smaller files."
        )
    return data


def open_stream(path: Path) -> BinaryIO:
    """Open a file for reading bytes; gzip is expanded on the way, bounded."""
    with path.open("rb") as probe:
        packed = probe.read(2) == GZIP
    if not packed:
        return path.open("rb")
    return io.BufferedReader(_Expanding(path), CHUNK)


class _Expanding(io.RawIOBase):
    """A gzip file as it is read; counts what went in and what came out."""

    def __init__(self, path: Path) -> None:
        self._packed = path.stat().st_size
        self._stream = gzip.open(path)
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._stream.read(len(buffer))
        except (OSError, EOFError, zlib.error) as error:
            raise WrongFile("its gzip stream is broken.", "Fetch or copy it again.") from error
        self._count += len(data)
        check_ratio(self._packed, self._count)
        if self._count > MOST_STREAM:
            raise WrongFile("it expands to more than 4 GB.", "Divide it into smaller files.")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def check_ratio(packed: int, expanded: int) -> None:
    """Refuse what expands more than text can.

    Raises:
        WrongFile: it is a bomb.
    """
    if expanded > RATIO_FROM and expanded > MOST_RATIO * max(packed, 1):
        raise WrongFile("it expands far more than a document can.", "Make it again, or leave it.")


class Archive:
    """The members of a zip, each read once and bounded."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise _broken() from error
        self.names = self._zip.namelist()
        self._left = MOST_ARCHIVE
        if len(self.names) > MOST_MEMBERS:
            raise WrongFile(f"it holds {len(self.names):,} files.", "Add its documents one by one.")

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def read(self, name: str, most: int = MOST_MEMBER) -> bytes:
        """Return a member; b"" when there is none of that name.

        Raises:
            WrongFile: it is encrypted, broken or larger than `most` bytes.
        """
        if name not in self.names:
            return b""
        info = self._zip.getinfo(name)
        if info.flag_bits & 0x1:
            raise WrongFile("it is encrypted.", "Save it without a password.")
        parts: list[bytes] = []
        size = 0
        try:
            with self._zip.open(info) as member:
                while part := member.read(CHUNK):
                    parts.append(part)
                    size += len(part)
                    self._left -= len(part)
                    check_ratio(info.compress_size, size)
                    if size > most or self._left < 0:
                        raise WrongFile("it expands to too many bytes.", "Divide it.")
        except WrongFile:
            raise
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, zlib.error) as error:
            raise _broken() from error
        except (NotImplementedError, RuntimeError) as error:
            raise WrongFile("it is packed in an unusual way.", "Save it again.") from error
        return b"".join(parts)


def _broken() -> WrongFile:
    return WrongFile("it is a broken zip file.", "Fetch or copy it again, or save it again.")
