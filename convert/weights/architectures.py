"""From a family and its sizes to the names, the order and the layout of a GGUF file's weights.

It reads no weight: what it decides, it decides from config.json and the list of tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from convert.weights.recipes import FAMILIES, Family, choose_turn
from convert.weights.tensors import keep
from elara_local.errors import WrongFile

if TYPE_CHECKING:
    from convert.weights.tensors import Turn


def find_family(architecture: str) -> Family:
    """Return the family of this GGUF name, or refuse it by name.

    Raises:
        WrongFile: the architecture is not one of the nine.
    """
    family = FAMILIES.get(architecture)
    if family is None:
        known = ", ".join(sorted(FAMILIES))
        raise WrongFile(
            f"Models of the architecture '{architecture}' can't be converted.",
            f"Take a base of one of these: {known}.",
        )
    return family


def linear_modules(
    architecture: str, blocks: int, heads: int, kv_heads: int
) -> Mapping[str, tuple[str, Turn]]:
    """Name the Hugging Face module behind each linear weight of a GGUF file, in its order.

    "blk.0.attn_q.weight" -> ("model.layers.0.self_attn.q_proj", turn). The turn makes a delta in
    the layout of Hugging Face into GGUF's (outputs, inputs). In GPT-2 that layout is Conv1D's
    (inputs, outputs), which PEFT calls `fan_in_fan_out`: there the turn transposes, so that a
    plain B @ A must not be turned at all; it lies as GGUF wants it. Everywhere else a turn moves
    rows alone: turn(B) @ A equals turn(B @ A). The embedding and the output layer are in it too,
    whether or not the file at hand has an "output.weight".

    Raises:
        WrongFile: the architecture is not known.
    """
    from gguf import MODEL_ARCH, get_tensor_name_map

    family = find_family(architecture)
    names = get_tensor_name_map(MODEL_ARCH[architecture.upper()], blocks)
    modules: dict[str, tuple[str, Turn]] = {"token_embd.weight": (family.embedding, keep)}
    for block in range(blocks):
        for layer in family.linear:
            module = f"{family.block}.{block}.{layer}"
            turn = choose_turn(family, layer, heads, kv_heads)
            modules[f"{names.get_name(module)}.weight"] = (module, turn)
    modules["output.weight"] = ("lm_head", keep)
    return MappingProxyType(modules)
