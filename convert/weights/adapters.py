"""A PEFT adapter on disk, held against the base it shall change before anything heavy begins.

What is covered: plain LoRA on linear layers and on the output layer, with rank-stabilised
scaling and patterns of rank and alpha; every tensor of the adapter must be used. What is not:
everything that `adapter_config` and this module refuse by name (DoRA, whole layers, biases,
tokens, embeddings); and whether a base of the same shapes is the very base the adapter was
trained on. The numbers are read one module at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from convert.weights.adapter_config import PEFT_ROUTE, AdapterConfig, read_adapter_config
from convert.weights.architectures import find_family
from convert.weights.copies import EMBEDDING, HEAD, OUTPUT, find_copies
from convert.weights.folder import SafetensorsFolder, read_header
from convert.weights.tensors import Checkpoint, Plan, Stored, Weight
from elara_local.errors import Missing, WrongFile

if TYPE_CHECKING:
    from convert.weights.tensors import Array

WEIGHTS = "adapter_model.safetensors"
PICKLE = "adapter_model.bin"
FACTOR = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<side>[AB])\.weight")
LAYER = re.compile(r"\.(\d+)\.")
# What a tensor that is no factor of plain LoRA is, by a part of its name.
STRANGE = {
    "lora_magnitude_vector": "DoRA",
    "lora_embedding_": "LoRA on the embedding",
    "lora_B.bias": "a bias in LoRA's B (lora_bias)",
    "trainable_tokens": "tokens trained by themselves (trainable_token_indices)",
    "modules_to_save": "a layer trained whole (modules_to_save)",
}
WHOLE = "a layer trained whole, or a copy of the base's"
ALWAYS_TIED = ("gemma", "gemma2")  # llama.cpp reads no output layer for these


@dataclass(frozen=True)
class Adapter:
    """One adapter that fits the plan it was read for."""

    folder: Path
    config: AdapterConfig
    modules: tuple[str, ...]  # Hugging Face names of the linear layers it changes, sorted
    transposed: bool  # the base keeps linear weights as (inputs, outputs): GPT-2
    weights: SafetensorsFolder

    @property
    def file(self) -> Path:
        """The file with its numbers."""
        return self.weights.files[0]

    def factors(self, module: str) -> tuple[Array, Array]:
        """Return A (rank, inputs) and B (outputs, rank); B is scaled as PEFT does."""
        one, other = (self.weights.read(_name(module, side)) for side in "AB")
        other *= self.config.scaling_of(module)
        return one, other

    def delta(self, module: str) -> Array:
        """Return what is added to the weight, in the base's layout: PEFT's get_delta_weight."""
        one, other = self.factors(module)
        product: Array = other @ one
        return product.T if self.transposed else product

    def place(self, weight: Weight) -> tuple[Array, Array]:
        """Return A and scaled B for a GGUF weight (outputs, inputs): B @ A is to be added.

        Turns move rows alone, so B is turned instead of the product; where the base is
        transposed, the plain product lies as GGUF wants it (architectures.linear_modules).
        """
        one, other = self.factors(weight.module)
        return one, other if self.transposed else weight.turn(other)


def read_adapter(folder: Path, plan: Plan, checkpoint: Checkpoint | None = None) -> Adapter:
    """Read an adapter's header and hold it against the plan of its base.

    With the base's checkpoint, a copy of the base's embedding or output layer that PEFT saved
    along is taken when it is a copy; without, it is refused.

    Raises:
        Missing: a file is not there.
        WrongFile: it is a pickle, damaged, not plain LoRA, or made for another base.
    """
    if not folder.is_dir():
        raise Missing(f"There is no adapter folder {folder.name}.", "Give a PEFT adapter's folder.")
    if not (folder / WEIGHTS).is_file() and (folder / PICKLE).exists():
        raise WrongFile(
            f"{folder.name} holds its weights as {PICKLE}, a pickle: it can run code when opened.",
            f"Save the adapter again with PEFT as {WEIGHTS}.",
        )
    config = read_adapter_config(folder)
    path = folder / WEIGHTS
    if not path.is_file():
        raise Missing(f"{folder.name} holds no {WEIGHTS}.", "Give the folder of a PEFT adapter.")
    header = read_header(path)
    tensors = {stored.name: stored for stored, _ in header}
    places = {stored.name: (path, start) for stored, start in header}
    weights = SafetensorsFolder(tensors, (path,), places)
    copies = find_copies(weights, plan, checkpoint) if checkpoint else frozenset()
    modules = _find_modules(tensors.keys() - copies, folder.name)
    _compare(config, modules, tensors, plan)
    _compare_layers(config, modules, plan)
    return Adapter(
        folder=folder,
        config=config,
        modules=modules,
        transposed=find_family(plan.architecture).transposed,
        weights=weights,
    )


def untie(plan: Plan) -> Plan:
    """Give a tied model an output layer of its own: a copy of the embedding, at the end.

    An adapter on the output layer must not change the embedding too; merged into the shared
    weight it makes a wrong model and no error.
    """
    embedding = next(weight for weight in plan.weights if weight.target == EMBEDDING)
    output = replace(embedding, target=OUTPUT, module=HEAD)
    return replace(plan, weights=(*plan.weights, output), tied=False)


def _name(module: str, side: str) -> str:
    return f"base_model.model.{module}.lora_{side}.weight"


def _find_modules(tensors: Iterable[str], name: str) -> tuple[str, ...]:
    """Return the modules of an adapter whose tensors are all factors, in pairs.

    Raises:
        WrongFile: a tensor is none, or lacks its pair.
    """
    sides: dict[str, set[str]] = {}
    for tensor in sorted(tensors):
        match = FACTOR.fullmatch(tensor)
        if match is None:
            what = next((said for part, said in STRANGE.items() if part in tensor), WHOLE)
            raise WrongFile(f"The adapter {name} holds {tensor}: {what}.", PEFT_ROUTE)
        sides.setdefault(match["module"], set()).add(match["side"])
    for module, found in sides.items():
        if found != {"A", "B"}:
            raise WrongFile(f"The adapter {name} lacks one half of {module}.", "Save it again.")
    if not sides:
        raise WrongFile(f"The adapter {name} is empty.", "Give the folder of a trained adapter.")
    return tuple(sorted(sides))


def _read_shapes(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Return (outputs, inputs) of every linear layer that an adapter can change."""
    shapes = {weight.module: weight.shape for weight in plan.weights if weight.module}
    embedding = next((w for w in plan.weights if w.target == EMBEDDING), None)
    if embedding is not None:
        shapes.pop(embedding.module, None)
        if plan.tied and plan.architecture not in ALWAYS_TIED:
            shapes[HEAD] = embedding.shape
    return shapes


def _compare(
    config: AdapterConfig,
    modules: tuple[str, ...],
    tensors: Mapping[str, Stored],
    plan: Plan,
) -> None:
    """Hold every factor's shape against the base's.

    Raises:
        WrongFile: the base has no such layer, or one of another shape; or a rank is another
            than the configuration's.
    """
    shapes = _read_shapes(plan)
    for module in modules:
        one, other = (tensors[_name(module, side)].shape for side in "AB")
        if module not in shapes:
            raise WrongFile(
                f"The adapter changes {module}, which the base {plan.base} can't have changed.",
                "Give the base that the adapter was trained on.",
            )
        rank, shape = config.rank_of(module), shapes[module]
        if (one, other) != ((rank, shape[1]), (shape[0], rank)):
            raise WrongFile(
                f"The adapter's {module} is {other} x {one}; the base {plan.base} has {shape} "
                f"and the rank is {rank}.",
                "Give the base that the adapter was trained on.",
            )


def _compare_layers(config: AdapterConfig, modules: tuple[str, ...], plan: Plan) -> None:
    """Refuse an adapter for a shallower model of the same shapes.

    Raises:
        WrongFile: it should change every layer, and leaves some of the base's out.
    """
    if not config.all_layers:
        return
    kinds = {LAYER.sub(".*.", module, count=1) for module in modules}
    for weight in plan.weights:
        if LAYER.sub(".*.", weight.module, count=1) in kinds and weight.module not in modules:
            raise WrongFile(
                f"The adapter leaves {weight.module} of the base {plan.base} out.",
                "Give the base that the adapter was trained on.",
            )
