"""Tells whether a model file is what its name says, by its own bytes.

What is covered: web pages and Git LFS pointers saved in place of a file, empty files,
GGUF and safetensors files that are cut short, have a wrong magic number or a header that
does not fit the file. What is not covered: wrong numbers inside whole tensors; only the
sha256 of the catalogue finds those.

Layouts: GGUF versions 2 and 3 as ggml's docs/gguf.md describes them; safetensors as its
README does (8 bytes little-endian header length, JSON header, tensors).
Standard library only; it knows no catalogue and raises nothing that a user should see.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

PIECE = 1 << 20
HEADER_LIMIT = 100 * PIECE  # bytes; the safetensors format's own limit
LFS_POINTER = b"version https://git-lfs"
PAGE_STARTS = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")
# GGUF value types 0..12 in bytes; 8 is a string and 9 an array.
VALUE_BYTES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
STRING, ARRAY = 8, 9
# ggml tensor types: (values in a block, bytes of a block), from ggml.h and ggml-common.h.
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176),
    14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98),
    19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56),
    30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
LIMIT = 1 << 24  # tensors, keys, items or characters: more than this is a damaged header


class _Damaged(Exception):
    """The header can't be read; the text says why."""


def find_fault(path: Path) -> str:
    """Return why the file can't be used, in a few words, or "" when nothing is wrong."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
            if fault := _find_imposter(start, size):
                return fault
            file.seek(0)
            check = CHECKS.get(path.suffix.lower())
            return check(file, size) if check else ""
    except OSError as error:
        return f"it can't be read ({error.strerror})"
    except (_Damaged, struct.error, UnicodeDecodeError, OverflowError) as error:
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


def _check_safetensors(file: BinaryIO, size: int) -> str:
    (length,) = struct.unpack("<Q", _take(file, 8))
    if not 2 <= length <= min(HEADER_LIMIT, size - 8):
        raise _Damaged(f"a header of {length} bytes in a file of {size}")
    try:
        header = json.loads(_take(file, length))
        ends = [t["data_offsets"][1] for name, t in header.items() if name != "__metadata__"]
        expected = 8 + length + max(ends, default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise _Damaged("the tensor list is not readable") from error
    return _compare(size, expected, exact=True)


def _check_gguf(file: BinaryIO, size: int) -> str:
    if file.read(4) != b"GGUF":
        return "it does not begin with the letters GGUF"
    version, tensors, pairs = struct.unpack("<IQQ", _take(file, 20))
    if version not in (2, 3):
        return f"it is GGUF version {version}; versions 2 and 3 are known"
    alignment = 32
    for _ in range(_bounded(pairs)):
        key = _take_string(file)
        (kind,) = struct.unpack("<I", _take(file, 4))
        if key == b"general.alignment" and kind == 4:
            (alignment,) = struct.unpack("<I", _take(file, 4))
        else:
            _skip_value(file, kind)
    end = max((_take_tensor_end(file) for _ in range(_bounded(tensors))), default=0)
    if alignment == 0 or alignment & (alignment - 1):
        raise _Damaged(f"an alignment of {alignment}")
    data = -(-file.tell() // alignment) * alignment
    return _compare(size, data + end, exact=False)


def _take_tensor_end(file: BinaryIO) -> int:
    """Read one tensor's description; return where its data ends, in bytes from the first."""
    _take_string(file)
    (rank,) = struct.unpack("<I", _take(file, 4))
    if rank > 4:
        raise _Damaged(f"a tensor of {rank} dimensions")
    values = 1
    for extent in struct.unpack(f"<{rank}Q", _take(file, 8 * rank)):
        values *= extent
    kind, offset = struct.unpack("<IQ", _take(file, 12))
    per_block, block_bytes = BLOCKS.get(kind, (1, 0))  # an unknown type: its start must fit
    return int(offset) + -(-values // per_block) * block_bytes


def _skip_value(file: BinaryIO, kind: int) -> None:
    if kind == STRING:
        _take_string(file)
    elif kind == ARRAY:
        item, count = struct.unpack("<IQ", _take(file, 12))
        if item == STRING:
            for _ in range(_bounded(count)):
                _take_string(file)
        else:
            _take(file, _width(item) * _bounded(count))
    else:
        _take(file, _width(kind))


def _width(kind: int) -> int:
    if kind not in VALUE_BYTES:
        raise _Damaged(f"a value of type {kind}")
    return VALUE_BYTES[kind]


def _take_string(file: BinaryIO) -> bytes:
    (length,) = struct.unpack("<Q", _take(file, 8))
    return _take(file, _bounded(length))


def _take(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise _Damaged("the file ends inside its header")
    return data


def _bounded(count: int) -> int:
    if count > LIMIT:
        raise _Damaged(f"a count of {count}")
    return count


def _compare(size: int, expected: int, exact: bool) -> str:
    if size < expected:
        return f"it is cut short: {size} bytes of {expected}"
    if exact and size > expected:
        return f"it is longer than its tensors: {size} bytes for {expected}"
    return ""


CHECKS: dict[str, Callable[[BinaryIO, int], str]] = {
    ".gguf": _check_gguf,
    ".safetensors": _check_safetensors,
}
