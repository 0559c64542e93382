"""The tensors of a safetensors file as NumPy float32, bfloat16 included.

The safetensors library reads and checks the file; its NumPy face has no bfloat16, so the
bytes are taken and widened here. It knows no model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elara_local.errors import WrongFile

HINT = "Remove the folder and let `launcher.py` fetch the model again."
FLOATS = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def read_tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return the floating tensors of a safetensors file by name, as float32.

    Tensors of whole numbers (position ids) are left out. BF16 is widened exactly.

    Raises:
        WrongFile: not a safetensors file, cut short, or a value is not finite.
    """
    from safetensors import SafetensorError, deserialize

    if not path.is_file():
        raise WrongFile(f"{path} is missing.", HINT)
    try:
        entries = deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise WrongFile(f"{path} is not a safetensors file: {error}.", HINT) from error
    tensors = {name: _widen(entry) for name, entry in entries if entry["dtype"] in FLOATS}
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise WrongFile(f"{path}: tensor {name} holds a value that is not finite.", HINT)
    return tensors


def _widen(entry: dict[str, Any]) -> NDArray[np.float32]:
    raw = np.frombuffer(entry["data"], FLOATS[entry["dtype"]])
    if entry["dtype"] == "BF16":
        raw = (raw.astype(np.uint32) << 16).view(np.float32)
    return raw.astype(np.float32).reshape(entry["shape"])
