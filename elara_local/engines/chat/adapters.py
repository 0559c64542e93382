"""Reads a role's adapter file and holds it against its base, before llama.cpp is let near it.

llama.cpp takes an adapter that does not fit without an exception and ends the process at the
first question, so nothing is handed to it that was not checked here.

What is covered: the layout of the file, that it is a LoRA of exactly this base (architecture,
width, blocks and the sha256 of the base's file), that each pair of tensors fits a matrix of the
base, that the scale is folded in, and that every number is finite. What is not covered: whether
the adapter is any good, and whose it is; the catalogue's sha256 answers that. It knows no
engine. Names: llama.cpp's src/llama-adapter.cpp; the base's identity is `convert adapter`'s own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from elara_local.engines.chat.header import Header
from elara_local.errors import Missing, WrongFile
from elara_local.gguf_layout import FLOAT32, STRING, UINT32, Damaged, Layout, Tensor, read_layout
from elara_local.weights import find_fault

# The keys of an adapter file. Those under "elara.base." name the one base it was made for.
TYPE, KIND, ALPHA = "general.type", "adapter.type", "adapter.lora.alpha"
ARCHITECTURE = "general.architecture"
BASE_SHA256 = "elara.base.sha256"
BASE_WIDTH, BASE_BLOCKS = "elara.base.embedding_length", "elara.base.block_count"
INVOCATION = "adapter.alora.invocation_tokens"
A, B = ".lora_a", ".lora_b"
NUMBERS = {0: "<f4", 1: "<f2", 30: "<u2"}  # ggml's F32, F16, BF16
MOST_RANK = 1024


@dataclass(frozen=True)
class Adapter:
    """One adapter that fits its base; `ranks` maps a tensor of the base to its rank."""

    path: Path
    ranks: Mapping[str, int]


def read_adapter(path: Path, base: Header, base_sha256: str, source_sha256: str = "") -> Adapter:
    """Read and check an adapter file for the base that it is to change.

    It must name the base's own file, or, where that is known, what the file was made of.

    Raises:
        Missing: there is no such file.
        WrongFile: it is damaged, no adapter, or one of another base; says which.
    """
    if not path.is_file():
        raise Missing(f"The adapter {path} is not there.", "Install the model again.")
    fault = find_fault(path)
    try:
        if not fault:
            layout = read_layout(path)
            made_of = bool(source_sha256) and layout.pairs.get(BASE_SHA256) == source_sha256
            _require_identity(layout, base, source_sha256 if made_of else base_sha256)
            ranks = _match(layout.tensors, base.tensors)
            for name, tensor in layout.tensors.items():
                _require_finite(path, name, tensor)
            return Adapter(path, ranks)
    except (Damaged, OSError) as error:
        fault = str(error)
    raise WrongFile(
        f"The adapter {path.name} can't be used: {fault}.",
        "Make it for this base: python3 launcher.py convert adapter --base BASE "
        f"--adapter FOLDER --out {path.name}",
    )


def _require_identity(layout: Layout, base: Header, base_sha256: str) -> None:
    """Refuse what is no LoRA adapter of this very base."""
    wanted: tuple[tuple[str, int, str | int | float], ...] = (
        (TYPE, STRING, "adapter"),
        (KIND, STRING, "lora"),
        (ARCHITECTURE, STRING, base.architecture),
        (BASE_WIDTH, UINT32, base.width),
        (BASE_BLOCKS, UINT32, base.layers),
        (BASE_SHA256, STRING, base_sha256),
        (ALPHA, FLOAT32, 0.0),  # 0 = the scale is in B; llama.cpp's own alpha / rank is not exact
    )
    for key, kind, value in wanted:
        found = layout.pairs.get(key)
        if layout.kinds.get(key) != kind or found != value:
            raise Damaged(f"{key} is {_shorten(found)}, not {_shorten(value)}")
    if INVOCATION in layout.pairs:
        raise Damaged("it wants words that invoke it, which are never given")


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:36]}...'"


def _match(tensors: Mapping[str, Tensor], base: Mapping[str, Tensor]) -> dict[str, int]:
    """Return the rank for each matrix of the base that the adapter changes."""
    if not tensors:
        raise Damaged("it holds no tensor")
    ranks: dict[str, int] = {}
    for name, tensor in tensors.items():
        stem, dot, end = name.rpartition(".")
        if dot + end not in (A, B):
            raise Damaged(f"the tensor {name} is neither {A} nor {B}")
        if tensor.kind not in NUMBERS:
            raise Damaged(f"{name} is not stored as F16, BF16 or F32")
        if stem + A not in tensors or stem + B not in tensors:
            raise Damaged(f"{stem} has one half of its pair")
        if stem not in ranks:
            ranks[stem] = _require_pair(stem, tensors[stem + A], tensors[stem + B], base)
    return ranks


def _require_pair(stem: str, first: Tensor, second: Tensor, base: Mapping[str, Tensor]) -> int:
    """Return the rank of a pair whose product has the shape of the base's matrix."""
    target = base.get(stem)
    if target is None or len(target.shape) != 2 or stem == "token_embd.weight":
        raise Damaged(f"the base has no matrix {stem} that an adapter can change")
    inputs, outputs = target.shape
    rank = first.shape[-1]
    if first.shape != (inputs, rank) or second.shape != (rank, outputs):
        raise Damaged(
            f"{stem} has the shapes {first.shape} and {second.shape} for a matrix of {target.shape}"
        )
    if rank > MOST_RANK:
        raise Damaged(f"{stem} has the rank {rank}")
    return rank


def _require_finite(path: Path, name: str, tensor: Tensor) -> None:
    import numpy as np

    count = math.prod(tensor.shape)
    with path.open("rb") as file:
        file.seek(tensor.start)
        values = np.fromfile(file, NUMBERS[tensor.kind], count)
    if values.dtype.kind == "u":  # bfloat16 is the upper half of a float32
        values = (values.astype("<u4") << 16).view("<f4")
    if values.size != count or not np.isfinite(values).all():
        raise Damaged(f"{name} holds what is no number")
