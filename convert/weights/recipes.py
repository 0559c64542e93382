"""The nine families that can be made into GGUF: which layers each has and how it lays them out.

A family is a row of facts; `architectures` makes plans from it. The names of GGUF come from
`gguf.get_tensor_name_map`. It knows no configuration, no numbers of a model and no file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from convert.weights.tensors import keep

if TYPE_CHECKING:
    from convert.weights.tensors import Array, Turn

ATTENTION = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj")
GATED = ("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")
TWO_NORMS = ("input_layernorm", "post_attention_layernorm")
FOUR_NORMS = (*TWO_NORMS, "pre_feedforward_layernorm", "post_feedforward_layernorm")
HEAD_NORMS = ("self_attn.q_norm", "self_attn.k_norm")
CONV1D = ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
SCALED = ("default", "linear", "yarn")


@dataclass(frozen=True)
class Family:
    """One architecture: its layers by their Hugging Face names, and its peculiarities."""

    architecture: str  # GGUF's name
    linear: tuple[str, ...]  # the linear layers of one block
    norms: tuple[str, ...]  # the norms of one block
    block: str = "model.layers"
    embedding: str = "model.embed_tokens"
    last_norm: str = "model.norm"
    permuted: bool = False  # rows of q and k: rotary halves become rotary pairs
    one_added: bool = False  # Gemma's norms multiply by 1 + weight
    transposed: bool = False  # Conv1D: (inputs, outputs)
    biased: tuple[str, ...] = ()  # layers that always have a bias
    may_be_biased: tuple[str, ...] = ()  # layers whose bias llama.cpp reads if it is there
    ropes: tuple[str, ...] = SCALED  # kinds of rotary scaling that llama.cpp does here
    own_output: bool = True  # False: llama.cpp always uses the embedding as the output layer
    activations: tuple[str, ...] = ("silu", "swish")


TANH_GELU = ("gelu_pytorch_tanh", "gelu_new", "gelu_fast")
FAMILIES = {
    family.architecture: family
    for family in (
        Family(
            "llama",
            ATTENTION + GATED,
            TWO_NORMS,
            permuted=True,
            may_be_biased=ATTENTION + GATED,
            ropes=(*SCALED, "llama3"),
        ),
        Family("qwen2", ATTENTION + GATED, TWO_NORMS, biased=ATTENTION[:3]),
        Family("qwen3", ATTENTION + GATED, TWO_NORMS + HEAD_NORMS),
        Family(
            "gemma",
            ATTENTION + GATED,
            TWO_NORMS,
            one_added=True,
            own_output=False,
            activations=("gelu", *TANH_GELU),  # its old files say gelu and mean the other
        ),
        Family(
            "gemma2",
            ATTENTION + GATED,
            FOUR_NORMS,
            one_added=True,
            ropes=("default",),
            own_output=False,
            activations=TANH_GELU,
        ),
        Family(
            "gemma3",
            ATTENTION + GATED,
            FOUR_NORMS + HEAD_NORMS,
            one_added=True,
            ropes=("default", "linear"),
            activations=TANH_GELU,
        ),
        Family(
            "phi3",
            ("self_attn.qkv_proj", "self_attn.o_proj", "mlp.gate_up_proj", "mlp.down_proj"),
            TWO_NORMS,
            ropes=("default", "longrope"),
        ),
        Family(
            "gpt2",
            CONV1D,
            ("ln_1", "ln_2"),
            block="transformer.h",
            embedding="transformer.wte",
            last_norm="transformer.ln_f",
            transposed=True,
            biased=(*CONV1D, "ln_1", "ln_2"),
            ropes=("default",),
            activations=TANH_GELU,
        ),
    )
}


def permute_rows(array: Array, heads: int) -> Array:
    """Put the rows of a rotary projection, or its bias, in llama.cpp's order.

    Hugging Face rotates row i of a head with row i + half; llama.cpp rotates 2i with 2i + 1.
    It moves rows alone, so it may be done to a LoRA's B (rows, rank) as well as to B @ A.
    """
    rows = array.shape[0]
    parts = array.reshape(heads, 2, rows // heads // 2, *array.shape[1:])
    return parts.swapaxes(1, 2).reshape(array.shape)


def transpose(array: Array) -> Array:
    """Make Conv1D's (inputs, outputs) into (outputs, inputs)."""
    return array.T


def add_one(array: Array) -> Array:
    """Make Gemma's norm weight into the factor that llama.cpp multiplies by."""
    return array + array.dtype.type(1)


def choose_turn(family: Family, layer: str, heads: int, kv_heads: int) -> Turn:
    """Return what is done to a linear layer's weight, and to its delta, in this family."""
    if family.transposed:
        return transpose
    if family.permuted and layer == "self_attn.q_proj":
        return partial(permute_rows, heads=heads)
    if family.permuted and layer == "self_attn.k_proj":
        return partial(permute_rows, heads=kv_heads)
    return keep
