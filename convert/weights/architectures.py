"""From a Hugging Face folder to a plan: every weight of the GGUF file, its name and its layout.

It decides from config.json and the list of tensors, and reads no weight but two it must compare:
an output layer beside an embedding that config.json says is the same. It converts no tokenizer.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from convert.weights.config import Config, read_config
from convert.weights.folder import is_spare, same_tensors
from convert.weights.layers import OUTPUT, find_prefix, list_weights, name_source
from convert.weights.limits import refuse_unsupported
from convert.weights.metadata import list_entries, list_notes
from convert.weights.recipes import FAMILIES, Family, choose_turn, transpose
from convert.weights.ropes import list_rope_weights, read_rope
from convert.weights.tensors import Checkpoint, Plan, Weight, keep
from convert.weights.tokens import read_vocabulary
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
    modules["output.weight"] = (OUTPUT, keep)
    return MappingProxyType(modules)


def plan_folder(folder: Path, checkpoint: Checkpoint) -> Plan:
    """Return what the GGUF file of this Hugging Face folder is to hold.

    Raises:
        WrongFile: the class, a setting, a shape or a tensor is not one that can be converted, a
            tensor is missing, or one is left over.
        Missing: config.json or the tokenizer is not there.
    """
    config = read_config(folder)
    family = find_family(config.architecture)
    refuse_unsupported(config, family)
    rope = read_rope(config, family)
    entries = list_entries(config, rope)
    modules = linear_modules(family.architecture, config.blocks, config.heads, config.kv_heads)
    layers = list_weights(config, family, modules, checkpoint)
    weights = (*list_rope_weights(config, rope), *layers)
    check_tensors(checkpoint, weights)
    check_tie(config, family, checkpoint)
    return Plan(
        config.architecture,
        weights,
        (*entries, *read_vocabulary(folder, config.vocab)),
        tied=config.tied,
        base=config.name,
        licence=config.licence,
        notes=list_notes(config, rope),
    )


def check_tensors(checkpoint: Checkpoint, weights: tuple[Weight, ...]) -> None:
    """Refuse a checkpoint that lacks a tensor, has another shape, or has one left over.

    Raises:
        WrongFile: with the tensor's name.
    """
    for weight in weights:
        stored = checkpoint.tensors.get(weight.source)
        shape = weight.shape[::-1] if weight.turn is transpose else weight.shape
        if stored is None and not weight.computed:
            raise WrongFile(
                f"The folder lacks the tensor {weight.source}, which its config.json demands.",
                "Fetch the folder again, whole.",
            )
        if stored is not None and stored.shape != shape:
            raise WrongFile(
                f"{weight.source} has the shape {stored.shape}; by config.json it is {shape}."
            )
    placed = {weight.source for weight in weights}
    for name in checkpoint.tensors:
        if name not in placed and name != f"{OUTPUT}.weight" and not is_spare(name):
            raise WrongFile(
                f"The folder holds {name}, which has no place in this kind of model.",
                "Only a whole and plain model can be converted.",
            )


def check_tie(config: Config, family: Family, checkpoint: Checkpoint) -> None:
    """Refuse an output layer that config.json calls tied and that differs from the embedding.

    Raises:
        WrongFile: transformers 4 would leave it out and transformers 5 would take it.
    """
    output = f"{OUTPUT}.weight"
    if not config.tied or output not in checkpoint.tensors:
        return
    embedding = name_source(family.embedding, find_prefix(family, checkpoint))
    if not same_tensors(checkpoint, output, embedding):
        raise WrongFile(
            f"config.json says that {output} and {embedding} are one, but they differ.",
            "Set 'tie_word_embeddings' in config.json as the model was trained.",
        )
