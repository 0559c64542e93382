"""Reads the tensors of a safetensors file with NumPy alone.

The format: 8 bytes little-endian length, that many bytes of JSON (name -> dtype, shape,
offsets), then the data. Every size is checked against the file before it is used. It
knows no model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elara_local.errors import WrongFile

LONGEST_HEADER = 100_000_000  # the format's own bound, in bytes
HINT = "Remove the folder and let `launcher.py` fetch the model again."


def read_tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return the floating tensors of a safetensors file by name, as float32.

    Tensors of whole numbers (position ids) are left out. BF16 is widened exactly.

    Raises:
        WrongFile: not a safetensors file, cut short, or a value is not finite.
    """
    if not path.is_file():
        raise WrongFile(f"{path} is missing.", HINT)
    header, begin = _read_header(path)
    data = np.memmap(path, dtype=np.uint8, mode="r")
    tensors: dict[str, NDArray[np.float32]] = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] not in ("F32", "F16", "BF16"):
            continue
        tensors[name] = _read_tensor(path, name, entry, data[begin:])
    return tensors


def _read_header(path: Path) -> tuple[Mapping[str, Any], int]:
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= min(LONGEST_HEADER, size - 8):
                raise ValueError(f"a header of {length} bytes in a file of {size}")
            header = json.loads(file.read(length))
        if not isinstance(header, dict):
            raise ValueError("a header that is not an object")
    except ValueError as error:
        raise WrongFile(f"{path} is not a safetensors file: {error}.", HINT) from error
    return header, 8 + length


def _read_tensor(
    path: Path, name: str, entry: Mapping[str, Any], data: NDArray[np.uint8]
) -> NDArray[np.float32]:
    try:
        first, last = (int(offset) for offset in entry["data_offsets"])
        shape = tuple(int(side) for side in entry["shape"])
        if not 0 <= first <= last <= data.size:
            raise ValueError(f"bytes {first} to {last} of {data.size}")
        raw = np.asarray(data[first:last])
        if entry["dtype"] == "BF16":
            wide = raw.view("<u2").astype(np.uint32) << 16
            tensor = wide.view(np.float32).reshape(shape)
        else:
            kind = "<f4" if entry["dtype"] == "F32" else "<f2"
            tensor = raw.view(kind).astype(np.float32).reshape(shape)
    except (KeyError, TypeError, ValueError) as error:
        raise WrongFile(f"{path}: tensor {name} is damaged ({error}).", HINT) from error
    if not np.isfinite(tensor).all():
        raise WrongFile(f"{path}: tensor {name} holds a value that is not finite.", HINT)
    return tensor
