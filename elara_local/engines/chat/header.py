"""Reads what a GGUF file says about itself, before llama.cpp is let near it.

What is covered: magic, version, counts and sizes against the file (weights.find_fault),
and the few facts that memory needs. What is not covered: faults inside the tensors, and
headers that are well formed and still upset llama.cpp; trial.py finds those.
It knows no engine. Layout: ggml's docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from elara_local.errors import Missing, WrongFile
from elara_local.weights import find_fault

HINT = "Remove it and run `python3 launcher.py models add` for a whole copy."
FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q"}
FORMATS[12] = "d"
STRING, ARRAY = 8, 9
LONGEST_ARRAY = 4096  # longer ones (vocabularies) are passed over
KV_BYTES = 2  # a half-precision float, llama.cpp's default for keys and values

Value = int | float | bool | str | list[int]


@dataclass(frozen=True)
class Header:
    """The facts of a GGUF file that memory and layers are worked out from.

    `cache_values` is how many numbers the key and value cache holds for one token.
    """

    file_bytes: int
    architecture: str
    layers: int
    trained_context: int
    cache_values: int

    def cache_bytes(self, context: int) -> int:
        """Bytes of the key and value cache for `context` tokens."""
        return context * self.cache_values * KV_BYTES


def read_header(path: Path) -> Header:
    """Read and check the header of a GGUF file.

    Raises:
        Missing: there is no such file.
        WrongFile: it is not GGUF, is cut short, or its header makes no sense.
    """
    if not path.is_file():
        raise Missing(f"The chat model {path} is not there.", "Run `python3 launcher.py`.")
    fault = find_fault(path)
    if fault:
        raise WrongFile(f"The chat model {path.name} can't be used: {fault}.", HINT)
    try:
        with path.open("rb") as file:
            return _build(_read_values(file), path.stat().st_size)
    except (ValueError, TypeError, KeyError, struct.error, OverflowError, OSError) as error:
        raise WrongFile(
            f"The chat model {path.name} can't be used: its header makes no sense ({error}).", HINT
        ) from error


def _build(values: dict[str, Value], size: int) -> Header:
    name = str(values["general.architecture"])

    def number(key: str, default: int | None = None) -> int:
        found = values.get(f"{name}.{key}", default)
        if isinstance(found, list):
            found = max(found)
        if found is None or not 0 < int(found) < 1 << 31:
            raise ValueError(f"{key} is {found}")
        return int(found)

    layers, heads = number("block_count"), number("attention.head_count")
    shared = number("attention.head_count_kv", heads)
    width = number("embedding_length") // heads
    key = number("attention.key_length", width)
    value = number("attention.value_length", width)
    return Header(
        file_bytes=size,
        architecture=name,
        layers=layers,
        trained_context=number("context_length"),
        cache_values=layers * shared * (key + value),
    )


def _read_values(file: BinaryIO) -> dict[str, Value]:
    """Read the metadata; texts and numbers are kept, vocabularies are passed over."""
    magic, version, _, pairs = struct.unpack("<4sIQQ", file.read(24))
    if magic != b"GGUF" or version not in (2, 3):
        raise ValueError("not GGUF version 2 or 3")
    values: dict[str, Value] = {}
    for _ in range(pairs):
        key = _read_text(file)
        (kind,) = struct.unpack("<I", file.read(4))
        value = _read_value(file, kind)
        if value is not None:
            values[key] = value
    return values


def _read_value(file: BinaryIO, kind: int) -> Value | None:
    if kind == STRING:
        return _read_text(file)
    if kind != ARRAY:
        layout = "<" + FORMATS[kind]
        number: int | float | bool = struct.unpack(layout, file.read(struct.calcsize(layout)))[0]
        return number
    inner, count = struct.unpack("<IQ", file.read(12))
    if inner == STRING:
        for _ in range(count):
            _skip_text(file)
        return None
    layout = "<" + FORMATS[inner]
    if count > LONGEST_ARRAY or inner in (6, 12):
        file.seek(count * struct.calcsize(layout), 1)
        return None
    width = struct.calcsize(layout)
    return [int(struct.unpack(layout, file.read(width))[0]) for _ in range(count)] or None


def _read_text(file: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    return file.read(length).decode("utf-8", "replace")


def _skip_text(file: BinaryIO) -> None:
    (length,) = struct.unpack("<Q", file.read(8))
    file.seek(length, 1)
