"""What llama.cpp would load and then compute otherwise than the model means: refused by name.

Covered: quantized folders, mixtures of experts, other activations, attention that is scaled or
looks otherwise, heads of a width the family can't have, output layers that it ties by itself.
Not covered: what no setting of config.json tells. The proof of a conversion is `convert.proving`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convert.weights.config import Config
from convert.weights.recipes import Family
from elara_local.errors import WrongFile

EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_intermediate_size")
# Settings that must have one value (or be absent) for llama.cpp to compute the same.
FIXED: Mapping[str, Mapping[str, Any]] = {
    "gpt2": {
        "scale_attn_weights": True,
        "scale_attn_by_inverse_layer_idx": False,
        "add_cross_attention": False,
    },
    "gemma": {"use_bidirectional_attention": False},
    "gemma2": {"use_bidirectional_attention": False},
    "gemma3": {"use_bidirectional_attention": False, "attn_logit_softcapping": None},
}
SQUARE = ("qwen2", "phi3", "gpt2")  # heads times head_dim is the hidden size
# Blocks of the one size of which llama.cpp takes hidden size / heads for the head's width.
SCALED_BY_HIDDEN = {"gemma2": 46, "gemma3": 62}


def refuse_unsupported(config: Config, family: Family) -> None:
    """Refuse what would be converted into something else than the model.

    Raises:
        WrongFile: with the setting of config.json and its value.
    """
    refuse_packed(config)
    for name, value in FIXED.get(family.architecture, {}).items():
        found = config.raw.get(name)
        if found is not None and found != value:
            raise WrongFile(f"{config.model_class} with '{name}' {found} can't be converted.")
    refuse_activation(config, family)
    refuse_shape(config, family)
    refuse_attention(config, family)
    if not family.own_output and not config.tied:
        raise WrongFile(
            f"{config.model_class} with an output layer of its own can't be converted.",
            "llama.cpp takes the embedding for it ('tie_word_embeddings').",
        )


def refuse_packed(config: Config) -> None:
    """Refuse weights that are quantized already, and mixtures of experts."""
    packed = config.raw.get("quantization_config") or config.raw.get("compression_config")
    if packed:
        method = packed.get("quant_method") if isinstance(packed, dict) else None
        raise WrongFile(
            f"{config.name} is quantized already ({method or 'quantization_config'}).",
            "Take the 16-bit model it was made from; Elara quantizes after merging.",
        )
    for name in EXPERTS:
        if config.raw.get(name):
            raise WrongFile(f"{config.name} is a mixture of experts ('{name}'): not supported.")


def refuse_activation(config: Config, family: Family) -> None:
    """Refuse a feed-forward layer that bends otherwise than llama.cpp's."""
    names = ("hidden_activation", "hidden_act", "activation_function")
    found = next((config.raw[name] for name in names if config.raw.get(name)), None)
    if found is not None and found not in family.activations:
        raise WrongFile(f"{config.model_class} with the activation '{found}' can't be converted.")


def refuse_shape(config: Config, family: Family) -> None:
    """Refuse heads that don't fit the hidden size or each other."""
    square = config.heads * config.head_dim == config.hidden
    if config.heads % config.kv_heads or config.head_dim % 2:
        raise WrongFile(
            f"{config.heads} heads, {config.kv_heads} for keys, {config.head_dim} wide, don't fit."
        )
    if family.architecture in SQUARE and not square:
        raise WrongFile(
            f"{config.model_class} with {config.heads} heads of {config.head_dim} in a hidden "
            f"size of {config.hidden} can't be converted."
        )


def refuse_attention(config: Config, family: Family) -> None:
    """Refuse Gemma's attention where its scale or its caps are not those llama.cpp has."""
    if family.architecture not in SCALED_BY_HIDDEN:
        return
    scale = config.raw.get("query_pre_attn_scalar", 256)
    width = config.head_dim
    if config.blocks == SCALED_BY_HIDDEN[family.architecture]:
        width = config.hidden // config.heads
    if scale != width:
        raise WrongFile(
            f"{config.model_class} with 'query_pre_attn_scalar' {scale} can't be converted.",
            f"llama.cpp scales its attention by {width}.",
        )
