"""Reads the whole header of a GGUF file: its pairs of metadata and where each tensor lies.

What is covered: everything that can be known without reading a tensor. Counts, lengths and
types are held to bounds and to the file's end; names are unique; dimensions are positive and
their product fits; tensors are aligned, inside the file, and follow one another without gap or
overlap, as ggml itself demands. What is not covered: what an architecture needs (the chat
engine's header.py) and the numbers inside the tensors.

Layout: ggml's docs/gguf.md, versions 2 and 3; bounds of ggml/src/gguf.cpp. Standard library
only; it knows no engine.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

# GGUF value types 0..12; 8 is a string and 9 an array.
FORMATS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
UINT32, INT32, FLOAT32, STRING, ARRAY = 4, 5, 6, 8, 9
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
LONGEST_NAME = 63  # bytes of a tensor's name: ggml's GGML_MAX_NAME less its end
LONGEST_LIST = 4096  # numbers; of a longer array only its type and length are kept
MOST_RANK = 4
MOST_BYTES = 1 << 62
DEFAULT_ALIGNMENT = 32


class Damaged(Exception):
    """The header can't be read; the text says why."""


@dataclass(frozen=True)
class Items:
    """An array of the metadata; `values` is empty for texts and for more than LONGEST_LIST.

    In a layout that was read `whole` it holds every array's values, texts too. `distinct` is how
    many of the texts differ, where each empty one counts, as llama.cpp names these apart.
    """

    kind: int
    count: int
    values: tuple[int | float | str, ...] = ()
    distinct: int = 0


Value = int | float | str | Items


@dataclass(frozen=True)
class Tensor:
    """One tensor: `shape` as ggml has it (inputs first), `start` in bytes of the file."""

    shape: tuple[int, ...]
    kind: int
    start: int
    nbytes: int


@dataclass(frozen=True)
class Layout:
    """The header of one file. `kinds` maps each key of `pairs` to its GGUF value type."""

    size: int
    pairs: Mapping[str, Value]
    kinds: Mapping[str, int]
    tensors: Mapping[str, Tensor]
    end: int  # where the last tensor ends; more than `size` in a file that was cut short


def read_layout(path: Path, whole: bool = False) -> Layout:
    """Read the header of a GGUF file; a file cut inside its tensors is not refused here.

    `whole` keeps vocabularies and other long arrays too. Bytes of a text that are not UTF-8
    come through as surrogates then, so that a copy is the same byte for byte.

    Raises:
        Damaged: it is not GGUF 2 or 3, ends inside its header, or the header makes no sense.
        OSError: the file can't be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            return _read(file, size, whole)
        except (struct.error, UnicodeDecodeError, OverflowError) as error:
            raise Damaged(str(error)) from error


def _read(file: BinaryIO, size: int, whole: bool) -> Layout:
    if file.read(4) != b"GGUF":
        raise Damaged("it does not begin with the letters GGUF")
    version, count, pair_count = struct.unpack("<IQQ", _take(file, 20))
    if version not in (2, 3):
        raise Damaged(f"it is GGUF version {version}; versions 2 and 3 are known")
    pairs: dict[str, Value] = {}
    kinds: dict[str, int] = {}
    for _ in range(_bound(pair_count)):
        key = _take_text(file).decode("utf-8")
        if key in pairs:
            raise Damaged(f"the key {key[:60]!r} twice")
        (kinds[key],) = struct.unpack("<I", _take(file, 4))
        pairs[key] = _take_value(file, kinds[key], whole)
    alignment = _read_alignment(pairs, kinds)
    described = [_take_tensor(file) for _ in range(_bound(count))]
    data = -(-file.tell() // alignment) * alignment
    tensors, end = _place(described, data, alignment)
    return Layout(size, pairs, kinds, tensors, end)


def _read_alignment(pairs: Mapping[str, Value], kinds: Mapping[str, int]) -> int:
    found = pairs.get("general.alignment", DEFAULT_ALIGNMENT)
    if kinds.get("general.alignment", UINT32) != UINT32 or not isinstance(found, int):
        raise Damaged("an alignment that is no number")
    if not 1 <= found <= LIMIT or found & (found - 1):
        raise Damaged(f"an alignment of {found}")
    return found


def _take_tensor(file: BinaryIO) -> tuple[str, tuple[int, ...], int, int]:
    """Read one description: name, shape, type, offset in the data."""
    raw = _take_text(file)
    if not 0 < len(raw) <= LONGEST_NAME:
        raise Damaged(f"a tensor's name of {len(raw)} bytes")
    (rank,) = struct.unpack("<I", _take(file, 4))
    if not 1 <= rank <= MOST_RANK:
        raise Damaged(f"a tensor of {rank} dimensions")
    shape = struct.unpack(f"<{rank}Q", _take(file, 8 * rank))
    kind, offset = struct.unpack("<IQ", _take(file, 12))
    return raw.decode("utf-8"), shape, kind, offset


def _place(
    described: list[tuple[str, tuple[int, ...], int, int]], data: int, alignment: int
) -> tuple[dict[str, Tensor], int]:
    """Return the tensors by name and where the last one ends."""
    tensors: dict[str, Tensor] = {}
    expected = end = 0
    for name, shape, kind, offset in described:
        if name in tensors:
            raise Damaged(f"the tensor {name!r} twice")
        nbytes = _measure(name, shape, kind)
        if offset != expected:
            raise Damaged(f"the tensor {name!r} lies at {offset}, not at {expected}")
        end = offset + nbytes
        expected = -(-end // alignment) * alignment
        tensors[name] = Tensor(shape, kind, data + offset, nbytes)
    return tensors, data + end


def _measure(name: str, shape: tuple[int, ...], kind: int) -> int:
    """Return the bytes of a tensor."""
    if kind not in BLOCKS:
        raise Damaged(f"the tensor {name!r} of the unknown type {kind}")
    per_block, block_bytes = BLOCKS[kind]
    values = 1
    for extent in shape:
        values *= extent
    if values < 1 or values // per_block * block_bytes > MOST_BYTES:
        raise Damaged(f"the tensor {name!r} of the shape {shape}")
    if shape[0] % per_block:
        raise Damaged(f"the tensor {name!r} with rows of {shape[0]} in blocks of {per_block}")
    return values // per_block * block_bytes


def _take_value(file: BinaryIO, kind: int, whole: bool) -> Value:
    if kind == STRING:
        return _take_text(file).decode("utf-8", "surrogateescape" if whole else "replace")
    if kind != ARRAY:
        layout = _format(kind)
        number: int | float = struct.unpack(layout, _take(file, struct.calcsize(layout)))[0]
        return number
    inner, count = struct.unpack("<IQ", _take(file, 12))
    if inner == STRING:
        texts = [_take_text(file) for _ in range(_bound(count))]
        kept = [text.decode("utf-8", "surrogateescape") for text in texts] if whole else []
        distinct = len({text for text in texts if text}) + texts.count(b"")
        return Items(inner, count, tuple(kept), distinct)
    layout = _format(inner)
    raw = _take(file, struct.calcsize(layout) * _bound(count))
    if count > LONGEST_LIST and not whole:
        return Items(inner, count)
    return Items(inner, count, struct.unpack(f"<{count}{layout[1:]}", raw))


def _format(kind: int) -> str:
    if kind not in FORMATS:
        raise Damaged(f"a value of type {kind}")
    return "<" + FORMATS[kind]


def _take_text(file: BinaryIO) -> bytes:
    (length,) = struct.unpack("<Q", _take(file, 8))
    return _take(file, _bound(length))


def _take(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise Damaged("the file ends inside its header")
    return data


def _bound(count: int) -> int:
    if count > LIMIT:
        raise Damaged(f"a count of {count}")
    return count
