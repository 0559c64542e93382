"""Writes a PEFT adapter as a GGUF adapter that llama.cpp switches on and off over one base.

PEFT's exact scaling is folded into B and the scale that llama.cpp would compute is set to 0, so
rank-stabilised adapters and patterns of alpha are right too; rows of B are turned as the base's
rows are. The base's identity is written beside it, so that a chat engine refuses it on another
base. What is covered: plain LoRA on linear layers that the base's GGUF has. What is not:
everything `convert.weights.adapters` refuses by name, and the output layer of a tied base, which
no run-time adapter can change; those are merged instead. Names: llama.cpp's llama-adapter.cpp.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from convert.merge import digest_files, open_base
from convert.progress import Say, silent
from convert.weights.adapters import Adapter, read_adapter
from convert.weights.copies import HEAD
from convert.weights.target import claim
from convert.weights.tensors import Entry, Plan, Weight
from convert.weights.writing import write_gguf
from elara_local.engines.chat import adapters as runtime
from elara_local.engines.chat.header import Header
from elara_local.errors import WrongFile, WrongUse
from elara_local.gguf_layout import Tensor
from elara_local.weights import digest

if TYPE_CHECKING:
    from convert.weights.tensors import Array

KINDS = ("F16", "F32", "BF16")  # what an adapter may be stored as


@dataclass(frozen=True)
class Written:
    """What was made, and of what; `size` in bytes."""

    file: Path
    sha256: str
    kind: str
    size: int
    modules: int  # linear layers that it changes
    architecture: str
    base: str
    base_sha256: str  # see merge.digest_files
    adapter: str
    adapter_sha256: str


def write_adapter(
    base: Path, folder: Path, out: Path, kind: str = "F16", say: Say = silent
) -> Written:
    """Write the adapter in `folder` as a GGUF file for `base`.

    Args:
        base: the GGUF file that it will be used with, or the Hugging Face folder that file is
            made of: an engine asks for one of these two.
        folder: a folder with a PEFT LoRA adapter.
        out: the file to make; one that is there is replaced at the end.
        kind: one of KINDS.
        say: is told how far it is.

    Raises:
        WrongUse: `out` can't be written, or the kind is not one of KINDS.
        Missing, WrongFile: something is not there, is damaged, does not fit, or has to be merged.
    """
    if out.suffix != ".gguf":
        raise WrongUse(f"{out.name} does not end in .gguf.", "Name the file NAME.gguf.")
    if kind not in KINDS:
        raise WrongUse(f"'{kind}' is no type of an adapter.", f"Choose: {', '.join(KINDS)}.")
    checkpoint, plan = open_base(base)
    adapter = read_adapter(folder, plan, checkpoint)
    _require_switchable(adapter, plan)
    say(f"{base.name}: reading its sha256")
    base_sha256, adapter_sha256 = digest_files(checkpoint.files), digest(adapter.file)
    own = plan_adapter(adapter, plan, base_sha256, adapter_sha256)
    with claim(out, say) as part:
        sha256 = write_gguf(own, checkpoint, None, part, kind, say)
        runtime.read_adapter(part, _describe_base(plan), base_sha256)
        size = part.stat().st_size
    return Written(
        file=out,
        sha256=sha256,
        kind=kind,
        size=size,
        modules=len(adapter.modules),
        architecture=plan.architecture,
        base=plan.base,
        base_sha256=base_sha256,
        adapter=folder.name,
        adapter_sha256=adapter_sha256,
    )


def plan_adapter(adapter: Adapter, plan: Plan, base_sha256: str, adapter_sha256: str) -> Plan:
    """Return what the adapter's file holds: pairs of factors, and whose they are."""
    entries = [
        Entry(runtime.TYPE, "string", "adapter"),
        Entry(runtime.KIND, "string", "lora"),
        Entry(runtime.ALPHA, "float32", 0.0),
        Entry("general.name", "string", adapter.folder.name),
        Entry(runtime.BASE_SHA256, "string", base_sha256),
        Entry(runtime.BASE_WIDTH, "uint32", _read_number(plan, "embedding_length")),
        Entry(runtime.BASE_BLOCKS, "uint32", _read_number(plan, "block_count")),
        Entry("elara.base.name", "string", plan.base),
        Entry("elara.adapter.sha256", "string", adapter_sha256),
    ]
    weights = tuple(
        half
        for weight in plan.weights
        if weight.module in adapter.modules
        for half in _plan_pair(adapter, weight)
    )
    return Plan(plan.architecture, weights, tuple(entries), base=plan.base)


def _plan_pair(adapter: Adapter, weight: Weight) -> Iterator[Weight]:
    rank, (outputs, inputs) = adapter.config.rank_of(weight.module), weight.shape
    for side, name, shape in (
        (0, runtime.A, (rank, inputs)),
        (1, runtime.B, (outputs, rank)),
    ):
        make = partial(_read_half, adapter, weight, side)
        yield Weight(weight.target + name, "", shape, computed=make)


def _read_half(adapter: Adapter, weight: Weight, side: int) -> Array:
    return adapter.place(weight)[side]


def _read_number(plan: Plan, name: str) -> int:
    key = f"{plan.architecture}.{name}"
    found = next((entry.value for entry in plan.entries if entry.key == key), None)
    if not isinstance(found, int):
        raise WrongFile(f"The base {plan.base} does not say its {key}.", "Take another copy.")
    return found


def _require_switchable(adapter: Adapter, plan: Plan) -> None:
    """Refuse an adapter that llama.cpp can't apply while it runs.

    Raises:
        WrongFile: it changes the output layer of a base that has none of its own.
    """
    if HEAD in adapter.modules and all(weight.module != HEAD for weight in plan.weights):
        raise WrongFile(
            f"The adapter {adapter.folder.name} changes the output layer, which the base "
            f"{plan.base} shares with its embedding; such an adapter can't be switched.",
            "Merge it instead: convert merge.",
        )


def _describe_base(plan: Plan) -> Header:
    """Return the base as a chat engine will see it, for a last look at what was written."""
    tensors = {w.target: Tensor(tuple(reversed(w.shape)), 0, 0, 0) for w in plan.weights}
    width, blocks = _read_number(plan, "embedding_length"), _read_number(plan, "block_count")
    return Header(0, plan.architecture, blocks, 0, 0, width=width, tensors=tensors)
