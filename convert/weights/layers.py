"""The weights of a Hugging Face folder one by one: where each lies, its shape, its place in GGUF.

It takes the layers of a family from `recipes` and their sizes from `config`, and reads nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from convert.weights.config import Config
from convert.weights.recipes import HEAD_NORMS, Family, add_one
from convert.weights.tensors import Checkpoint, Weight, keep

if TYPE_CHECKING:
    from convert.weights.tensors import Turn

OUTPUT = "lm_head"


def list_weights(
    config: Config,
    family: Family,
    modules: Mapping[str, tuple[str, Turn]],
    checkpoint: Checkpoint,
) -> Iterator[Weight]:
    """Yield the weights in the order of the file: embedding, blocks, last norm, output layer."""
    from gguf import MODEL_ARCH, get_tensor_name_map

    names = get_tensor_name_map(MODEL_ARCH[family.architecture.upper()], config.blocks)
    prefix = find_prefix(family, checkpoint)
    wide = (config.vocab, config.hidden)
    embedding = family.embedding
    yield Weight("token_embd.weight", name_source(embedding, prefix), wide, module=embedding)
    if family.architecture == "gpt2":
        place = (config.context, config.hidden)
        yield Weight(
            "position_embd.weight", name_source("transformer.wpe", prefix), place, exact=True
        )
    by_layer = {module: (target, turn) for target, (module, turn) in modules.items()}
    for block in range(config.blocks):
        for layer in family.norms:
            name = f"{family.block}.{block}.{layer}"
            yield from plan_norm(config, family, names.get_name(name), name, prefix)
        for layer in family.linear:
            name = f"{family.block}.{block}.{layer}"
            target, turn = by_layer[name]
            shape = shape_layer(config, layer)
            yield Weight(target, name_source(name, prefix), shape, name, change=turn, turn=turn)
            if has_bias(family, layer, checkpoint, prefix):
                target = target.replace(".weight", ".bias")
                source = name_source(name, prefix, "bias")
                yield Weight(target, source, shape[:1], change=turn, exact=True)
    yield from plan_norm(config, family, "output_norm", family.last_norm, prefix)
    if not config.tied:
        yield Weight("output.weight", f"{OUTPUT}.weight", wide, module=OUTPUT)


def find_prefix(family: Family, checkpoint: Checkpoint) -> str:
    """Return what this folder leaves out at the head of its names ("transformer." in GPT-2's)."""
    prefix, _, rest = family.embedding.partition(".")
    bare = f"{rest}.weight" in checkpoint.tensors
    return f"{prefix}." if bare else ""


def name_source(module: str, prefix: str, part: str = "weight") -> str:
    """Return the name that a module's weight or bias has in the checkpoint."""
    return f"{module.removeprefix(prefix)}.{part}"


def plan_norm(
    config: Config, family: Family, target: str, name: str, prefix: str
) -> Iterator[Weight]:
    """Yield the weight of one norm, and its bias in GPT-2."""
    of_head = name.endswith(HEAD_NORMS)
    shape = (config.head_dim if of_head else config.hidden,)
    change = add_one if family.one_added else keep
    yield Weight(f"{target}.weight", name_source(name, prefix), shape, change=change, exact=True)
    if family.architecture == "gpt2":
        yield Weight(f"{target}.bias", name_source(name, prefix, "bias"), shape, exact=True)


def has_bias(family: Family, layer: str, checkpoint: Checkpoint, prefix: str) -> bool:
    """Return whether a layer has a bias: always, or if the first block's has one here."""
    first = name_source(f"{family.block}.0.{layer}", prefix, "bias")
    return layer in family.biased or (layer in family.may_be_biased and first in checkpoint.tensors)


def shape_layer(config: Config, layer: str) -> tuple[int, int]:
    """Return (outputs, inputs) of a linear layer of one block."""
    hidden, inner = config.hidden, config.inner
    queries, keys = config.heads * config.head_dim, config.kv_heads * config.head_dim
    return {
        "self_attn.q_proj": (queries, hidden),
        "self_attn.k_proj": (keys, hidden),
        "self_attn.v_proj": (keys, hidden),
        "self_attn.o_proj": (hidden, queries),
        "self_attn.qkv_proj": (queries + 2 * keys, hidden),
        "mlp.gate_proj": (inner, hidden),
        "mlp.up_proj": (inner, hidden),
        "mlp.gate_up_proj": (2 * inner, hidden),
        "mlp.down_proj": (hidden, inner),
        "attn.c_attn": (3 * hidden, hidden),
        "attn.c_proj": (hidden, hidden),
        "mlp.c_fc": (inner, hidden),
        "mlp.c_proj": (hidden, inner),
    }[layer]
