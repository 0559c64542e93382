"""Says whether the tensors of a chat model are those that its metadata promises.

llama.cpp ends the whole process over some mismatches, so they are found before it is asked.

What is covered: for the architectures of TABLES every tensor that must be there, and the shape
of each one named there; for every architecture the vocabulary, the blocks' numbers, and that
weights are of a type that can be multiplied and vectors are 32-bit floats. What is not covered:
the numbers inside the tensors, and architectures that are not in TABLES beyond that. Names and
shapes: llama.cpp's src/llama-arch.cpp and src/models/*.cpp. It knows no engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from elara_local.gguf_layout import Tensor

# Shapes as ggml has them, inputs first. E embedding, N tokens, F feed forward, C context; per
# block Q queries, K keys, V values, O outputs of attention, D one head, W queries+keys+values.
_ENDS = {"token_embd.weight": "E N", "output_norm.weight": "E"}
_MAYBE = {"output.weight": "E N", "output_norm.bias": "E", "output.bias": "N"}
_ATTENTION = {
    "attn_norm.weight": "E",
    "attn_q.weight": "E Q",
    "attn_k.weight": "E K",
    "attn_v.weight": "E V",
    "attn_output.weight": "O E",
}
_FEED = {
    "ffn_norm.weight": "E",
    "ffn_gate.weight": "E F",
    "ffn_up.weight": "E F",
    "ffn_down.weight": "F E",
}
_BIASES = {"attn_q.bias": "Q", "attn_k.bias": "K", "attn_v.bias": "V"}
_HEAD_NORMS = {"attn_q_norm.weight": "D", "attn_k_norm.weight": "D"}
_AFTER = {"post_attention_norm.weight": "E", "post_ffw_norm.weight": "E"}
_FUSED = {"attn_norm.weight": "E", "attn_qkv.weight": "E W", "attn_output.weight": "O E"}
_GPT2 = {
    **_FUSED,
    "attn_norm.bias": "E",
    "attn_qkv.bias": "W",
    "attn_output.bias": "E",
    "ffn_norm.weight": "E",
    "ffn_norm.bias": "E",
    "ffn_up.weight": "E F",
    "ffn_up.bias": "F",
    "ffn_down.weight": "F E",
    "ffn_down.bias": "E",
}
_PLAIN = _ATTENTION | _FEED
# Architecture: what must be there at the ends, what must be there in each block.
TABLES: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "llama": (_ENDS, _PLAIN),
    "qwen2": (_ENDS, _PLAIN | _BIASES),
    "qwen3": (_ENDS, _PLAIN | _HEAD_NORMS),
    "gemma": (_ENDS, _PLAIN),
    "gemma2": (_ENDS, _PLAIN | _AFTER),
    "gemma3": (_ENDS, _PLAIN | _AFTER | _HEAD_NORMS),
    "phi3": (
        _ENDS,
        _FUSED | {"ffn_norm.weight": "E", "ffn_up.weight": "E F2", "ffn_down.weight": "F E"},
    ),
    "gpt2": (
        _ENDS | {"position_embd.weight": "E C", "output_norm.bias": "E"},
        _GPT2,
    ),
}
_OTHERS = _BIASES | {"attn_output.bias": "E", "ffn_down.bias": "E"}
_MIXED = {"ffn_gate.weight", "ffn_up.weight", "ffn_down.weight"}  # absent in mixtures of experts
_BLOCK = re.compile(r"blk\.(\d+)\.(.+)")
FLOAT32 = 0
INTEGERS = range(24, 29)  # ggml's I8, I16, I32, I64, F64: never a weight


def find_misfit(
    architecture: str,
    tensors: Mapping[str, Tensor],
    ends: Mapping[str, int],
    blocks: tuple[Mapping[str, int], ...],
    experts: bool = False,
) -> str:
    """Return what is wrong with the tensors, in a few words, or "" when they fit.

    `ends` gives E, N, F and C as numbers, `blocks` E, F, Q, K, V, O, D and W for each block.
    """
    for name, tensor in tensors.items():
        if fault := _find_wrong_kind(name, tensor, len(blocks)):
            return fault
    for name, shape, needed in _expect(architecture, ends, blocks, experts):
        found = tensors.get(name)
        if found is None and needed:
            return f"the tensor {name} is missing"
        if found is not None and found.shape != shape:
            return f"{name} has the shape {found.shape}, not {shape}"
    return ""


def _find_wrong_kind(name: str, tensor: Tensor, blocks: int) -> str:
    if tensor.kind in INTEGERS:
        return f"{name} holds whole numbers or doubles"
    if len(tensor.shape) == 1 and tensor.kind != FLOAT32:
        return f"{name} is a vector and not of 32-bit floats"
    block = _BLOCK.fullmatch(name)
    if block and int(block[1]) >= blocks:
        return f"{name} is beyond the {blocks} blocks"
    return ""


def _expect(
    architecture: str,
    ends: Mapping[str, int],
    blocks: tuple[Mapping[str, int], ...],
    experts: bool,
) -> Iterator[tuple[str, tuple[int, ...], bool]]:
    """Yield name, shape and whether it must be there."""
    outer, inner = TABLES.get(architecture, ({"token_embd.weight": "E N"}, {}))
    for name, letters in {**_MAYBE, **outer}.items():
        yield name, _shape(letters, ends), name in outer
    if not inner:
        return
    for number, sizes in enumerate(blocks):
        for name, letters in {**_OTHERS, **inner}.items():
            needed = name in inner and not (experts and name in _MIXED)
            yield f"blk.{number}.{name}", _shape(letters, sizes), needed


def _shape(letters: str, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(sizes[letter] for letter in letters.split())
