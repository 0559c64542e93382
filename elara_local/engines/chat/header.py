"""Reads what a GGUF file says about itself, before llama.cpp is let near it.

What is covered: the layout of the file (gguf_layout), the metadata that llama.cpp believes
without looking (heads that divide, lists as long as the vocabulary, finite numbers), and the
tensors against the metadata (shapes). What is not covered: numbers inside the tensors, and
headers that are well formed and still upset llama.cpp; trial.py finds those. It knows no engine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from elara_local.engines.chat.shapes import find_misfit
from elara_local.errors import Missing, WrongFile
from elara_local.gguf_layout import (
    FLOAT32,
    INT32,
    STRING,
    UINT32,
    Damaged,
    Items,
    Layout,
    Tensor,
    read_layout,
)
from elara_local.weights import find_fault

HINT = "Remove it and run `python3 launcher.py models add` for a whole copy."
KV_BYTES = 2  # a half-precision float, llama.cpp's default for keys and values
MOST_BLOCKS = 512  # llama.cpp's LLAMA_MAX_LAYERS
TOKENS = "tokenizer.ggml.tokens"
# Lists of the vocabulary: the types they may have, and whether they are as long as it.
LISTS = {
    TOKENS: ((STRING,), True),
    "tokenizer.ggml.scores": ((FLOAT32,), True),
    "tokenizer.ggml.token_type": ((INT32, UINT32), True),
    "tokenizer.ggml.merges": ((STRING,), False),
}
TEXTS = (
    "general.architecture", "general.type", "general.name", "tokenizer.ggml.model",
    "tokenizer.ggml.pre", "tokenizer.chat_template",
)  # fmt: skip
SCALINGS = ("none", "linear", "yarn", "longrope")


@dataclass(frozen=True)
class Header:
    """The facts of a GGUF file that memory, layers and adapters are worked out from.

    `cache_values` is how many numbers the key and value cache holds for one token; `width` is
    the embedding's length.
    """

    file_bytes: int
    architecture: str
    layers: int
    trained_context: int
    cache_values: int
    width: int = field(default=0, compare=False)
    tensors: Mapping[str, Tensor] = field(default_factory=dict, compare=False, repr=False)

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
    try:
        if not fault:
            return build_header(read_layout(path))
    except (Damaged, OSError) as error:
        fault = f"its header makes no sense ({error})"
    raise WrongFile(f"The chat model {path.name} can't be used: {fault}.", HINT)


def build_header(layout: Layout) -> Header:
    """Return the facts of a chat model's layout.

    Raises:
        Damaged: the metadata or the tensors can't be those of a chat model.
    """
    if layout.end > layout.size:
        raise Damaged(f"it is cut short: {layout.size} bytes of {layout.end}")
    facts = _Facts(layout)
    tokens = _count_tokens(layout)
    layers, width = facts.number("block_count"), facts.number("embedding_length")
    if layers > MOST_BLOCKS:
        raise Damaged(f"{layers} blocks")
    blocks = tuple(facts.block(number, width) for number in range(layers))
    _require_sound_numbers(facts, min(block["D"] for block in blocks))
    context = facts.number("context_length")
    ends = {"E": width, "N": tokens, "C": context}
    experts = "expert_count" in facts
    if fault := find_misfit(facts.name, layout.tensors, ends, blocks, experts):
        raise Damaged(fault)
    return Header(
        file_bytes=layout.size,
        architecture=facts.name,
        layers=layers,
        trained_context=context,
        cache_values=sum(block["K"] + block["V"] for block in blocks),
        width=width,
        tensors=layout.tensors,
    )


class _Facts:
    """The metadata of one architecture; a number may be given once or for each block."""

    def __init__(self, layout: Layout) -> None:
        for key in TEXTS:
            if layout.kinds.get(key, STRING) != STRING:
                raise Damaged(f"{key} is no text")
        self.pairs = layout.pairs
        self.name = str(layout.pairs.get("general.architecture", ""))
        if not self.name:
            raise Damaged("it names no architecture")

    def __contains__(self, key: str) -> bool:
        return f"{self.name}.{key}" in self.pairs

    def number(self, key: str, default: int | None = None, block: int = 0) -> int:
        """Return a whole number above 0."""
        found = self.pairs.get(f"{self.name}.{key}", default)
        if isinstance(found, Items):
            found = found.values[block] if block < len(found.values) else None
        if isinstance(found, bool) or not isinstance(found, int) or not 0 < found < 1 << 31:
            raise Damaged(f"{key} is {found}")
        return found

    def block(self, number: int, width: int) -> Mapping[str, int]:
        """Return the sizes of one block; the letters are those of `shapes`."""
        heads = self.number("attention.head_count", block=number)
        shared = self.number("attention.head_count_kv", heads, number)
        if heads % shared:
            raise Damaged(f"{heads} heads share {shared} keys")
        key = self.number("attention.key_length", width // heads)
        value = self.number("attention.value_length", width // heads)
        feed = self.number("feed_forward_length", 1, number)
        sizes = {"E": width, "F": feed, "F2": 2 * feed, "D": key, "O": heads * value}
        sizes |= {"Q": heads * key, "K": shared * key, "V": shared * value}
        return sizes | {"W": sizes["Q"] + sizes["K"] + sizes["V"]}


def _count_tokens(layout: Layout) -> int:
    """Return the length of the vocabulary; every list of it has its type and length."""
    tokens = layout.pairs.get(TOKENS)
    if not isinstance(tokens, Items) or not tokens.count:
        raise Damaged("it has no vocabulary")
    for key, (kinds, full) in LISTS.items():
        found = layout.pairs.get(key)
        if found is None:
            continue
        if not isinstance(found, Items) or found.kind not in kinds:
            raise Damaged(f"{key} is not a list of its type")
        if full and found.count != tokens.count:
            raise Damaged(f"{key} has {found.count} entries for {tokens.count} tokens")
    if tokens.distinct != tokens.count:
        raise Damaged(f"{tokens.count - tokens.distinct} tokens stand twice")
    return tokens.count


def _require_sound_numbers(facts: _Facts, head: int) -> None:
    """Refuse numbers that llama.cpp asserts or divides by."""
    for key, found in facts.pairs.items():
        if isinstance(found, float) and not math.isfinite(found):
            raise Damaged(f"{key} is {found}")
        if key.endswith(("_epsilon", ".freq_base", ".factor", "softcapping")) and (
            not isinstance(found, float) or found < 0
        ):
            raise Damaged(f"{key} is {found}")
    turned = facts.number("rope.dimension_count", head + head % 2)
    if turned % 2 or turned > head + head % 2:
        raise Damaged(f"rope.dimension_count is {turned} for heads of {head}")
    scaling = facts.pairs.get(f"{facts.name}.rope.scaling.type", "none")
    if scaling not in SCALINGS:
        raise Damaged(f"rope.scaling.type is {scaling!r}"[:80])
