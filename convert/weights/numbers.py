"""From the bytes of a tensor to float32 and back: the floats here, the rest by `gguf.quants`.

What is covered: F32, F16, BF16, and every ggml type that the package `gguf` can read or write;
a value that is not a number, or too large for half precision, is refused, never written. What
is not: k-quants as a target, which only llama.cpp makes. It knows no file.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from elara_local.errors import WrongFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from convert.weights.tensors import Array

DIRECT = ("F32", "F16", "BF16", "Q8_0")  # the kinds that are written without llama.cpp
LARGEST = {"F16": 65504.0}  # the largest value that half precision holds


def count_bytes(shape: tuple[int, ...], kind: str) -> int:
    """Return the bytes of a tensor of this shape; its last extent must fill whole blocks."""
    per_block, block_bytes = _block(kind)
    return math.prod(shape) // per_block * block_bytes


def fits(shape: tuple[int, ...], kind: str) -> bool:
    """Whether rows of this shape can be cut into the blocks of this kind."""
    return shape[-1] % _block(kind)[0] == 0


def is_readable(kind: str) -> bool:
    """Whether `widen` knows this kind: a block of zeros is tried."""
    import numpy as np

    try:
        widen(np.zeros((1, _block(kind)[1]), np.uint8), kind)
    except (NotImplementedError, KeyError):
        return False
    return True


def widen(raw: NDArray[np.uint8], kind: str) -> Array:
    """Return rows of bytes (rows, bytes of a row) as float32 (rows, columns), in a new array."""
    import gguf
    import numpy as np

    if kind == "F32":
        return raw.view(np.float32).copy()
    if kind == "F16":
        return raw.view(np.float16).astype(np.float32)
    if kind == "BF16":  # the upper half of a float32
        wide = raw.view(np.uint16).astype(np.uint32)
        np.left_shift(wide, 16, out=wide)
        return wide.view(np.float32)
    found: Array = gguf.quants.dequantize(raw, gguf.GGMLQuantizationType[kind])
    return found


def narrow(array: Array, kind: str, name: str) -> NDArray[Any]:
    """Return float32 as one of DIRECT, ready to be written.

    Raises:
        WrongFile: a value is not finite, or F16 can't hold it; `name` says in which tensor.
    """
    import gguf
    import numpy as np

    highest = float(max(abs(array.min()), abs(array.max())))
    if not math.isfinite(highest):
        raise WrongFile(f"{name} holds a value that is not a number.", "Take a whole copy of it.")
    if highest > LARGEST.get(kind, math.inf):
        raise WrongFile(
            f"{name} holds {highest:g}; half precision ends at {LARGEST[kind]:g}.",
            "Convert with --quantize BF16 or --quantize F32.",
        )
    if kind == "F32":
        return np.ascontiguousarray(array)
    if kind == "F16":
        return np.ascontiguousarray(array, dtype=np.float16)
    rows = np.ascontiguousarray(array).reshape(-1, array.shape[-1])
    packed: NDArray[Any] = gguf.quants.quantize(rows, gguf.GGMLQuantizationType[kind])
    return packed


def _block(kind: str) -> tuple[int, int]:
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    per_block, block_bytes = GGML_QUANT_SIZES[GGMLQuantizationType[kind]]
    return int(per_block), int(block_bytes)
