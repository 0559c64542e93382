"""Tells whether a model file is what its name says, by its own bytes.

What is covered: web pages and Git LFS pointers saved in place of a file, empty files,
GGUF and safetensors files that are cut short, have a wrong magic number or a header that
does not fit the file. What is not covered: wrong numbers inside whole tensors; only the
sha256 of the catalogue finds those.

Layouts: GGUF is gguf_layout's; safetensors as its README describes it (8 bytes little-endian
header length, JSON header, tensors). Standard library only; it knows no catalogue and raises
nothing that a user should see.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from elara_local.gguf_layout import Damaged, read_layout

PIECE = 1 << 20
HEADER_LIMIT = 100 * PIECE  # bytes; the safetensors format's own limit
LFS_POINTER = b"version https://git-lfs"
PAGE_STARTS = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")


def find_fault(path: Path) -> str:
    """Return why the file can't be used, in a few words, or "" when nothing is wrong."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
            if fault := _find_imposter(start, size):
                return fault
        check = CHECKS.get(path.suffix.lower())
        return check(path, size) if check else ""
    except OSError as error:
        return f"it can't be read ({error.strerror})"
    except Damaged as error:
        return f"its header is damaged or cut short ({error})"


def digest(path: Path, seen: Callable[[int], None] = lambda count: None) -> str:
    """Return the sha256 of a file in hexadecimal; `seen` is told the bytes read so far.

    Raises:
        OSError: the file can't be read.
    """
    total, state = 0, hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            state.update(piece)
            total += len(piece)
            seen(total)
    return state.hexdigest()


def _find_imposter(start: bytes, size: int) -> str:
    if size == 0:
        return "it is empty"
    if start.startswith(LFS_POINTER):
        return "it is a Git LFS pointer, not the file itself"
    if start.lower().startswith(PAGE_STARTS):
        return "it is a web page, not a model"
    return ""


def _check_safetensors(path: Path, size: int) -> str:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(HEADER_LIMIT, size - 8):
            raise Damaged(f"a header of {length} bytes in a file of {size}")
        raw = file.read(length)
    try:
        header = json.loads(raw)
        ends = [t["data_offsets"][1] for name, t in header.items() if name != "__metadata__"]
        expected = 8 + length + max(ends, default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise Damaged("the tensor list is not readable") from error
    return _compare(size, expected, exact=True)


def _check_gguf(path: Path, size: int) -> str:
    return _compare(size, read_layout(path).end, exact=False)


def _compare(size: int, expected: int, exact: bool) -> str:
    if size < expected:
        return f"it is cut short: {size} bytes of {expected}"
    if exact and size > expected:
        return f"it is longer than its tensors: {size} bytes for {expected}"
    return ""


CHECKS: dict[str, Callable[[Path, int], str]] = {
    ".gguf": _check_gguf,
    ".safetensors": _check_safetensors,
}
