"""Merges an adapter into its base, or makes a base alone into GGUF, in one pass over the weights.

No torch, no peft, no llama.cpp: numbers are read, changed in float32 and rounded once. What is
covered: everything unsupported is refused by name before the first weight is read; the file
stands under its name only when it is whole. What is not: whether it says the same as its base
and adapter, which `convert.proving` measures before the app may use it; k-quants, which
`convert.quantize` makes of what comes out here.
"""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from convert.progress import Say, silent
from convert.weights.adapters import Adapter, read_adapter, untie
from convert.weights.architectures import plan_folder
from convert.weights.copies import HEAD
from convert.weights.folder import open_folder
from convert.weights.gguf_file import open_gguf, plan_gguf
from convert.weights.numbers import DIRECT
from convert.weights.space import Needs, foresee, require_room
from convert.weights.target import claim
from convert.weights.tensors import Checkpoint, Entry, Plan
from convert.weights.writing import write_gguf
from elara_local.errors import WrongUse
from elara_local.weights import digest


@dataclass(frozen=True)
class Merged:
    """What was made, and of what; sizes in bytes."""

    file: Path
    sha256: str
    kind: str
    size: int
    seconds: float
    architecture: str
    base: str
    base_sha256: str  # see digest_files
    adapter: str
    adapter_sha256: str
    licence: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Work:
    """Everything that was checked and is ready to be written."""

    checkpoint: Checkpoint
    plan: Plan
    adapter: Adapter | None
    kind: str
    needs: Needs


def open_base(path: Path) -> tuple[Checkpoint, Plan]:
    """Open a base: a GGUF file, or a Hugging Face folder.

    Raises:
        Missing: it is not there.
        WrongFile: it is damaged or of a kind that can't be converted, by name.
    """
    if path.suffix.lower() == ".gguf":
        file = open_gguf(path)
        return file, plan_gguf(path, file)
    folder = open_folder(path)
    return folder, plan_folder(path, folder)


def prepare(base: Path, adapter: Path | None, kind: str) -> Work:
    """Check everything that can be checked before the first weight is read.

    Raises:
        WrongUse: the kind is not one of numbers.DIRECT.
        Missing, WrongFile: the base or the adapter can't be used, or they do not fit.
    """
    if kind not in DIRECT:
        raise WrongUse(f"'{kind}' can't be merged to directly.", f"Choose: {', '.join(DIRECT)}.")
    checkpoint, plan = open_base(base)
    found = read_adapter(adapter, plan, checkpoint) if adapter else None
    if found and plan.tied and HEAD in found.modules:
        plan = untie(plan)
    if found:
        plan = name_base(plan)
    return Work(checkpoint, plan, found, kind, foresee(plan, checkpoint, found, kind))


def merge(
    base: Path, adapter: Path | None, out: Path, kind: str = "F16", say: Say = silent
) -> Merged:
    """Write base and adapter as one GGUF file; without an adapter, the base alone.

    Args:
        base: a Hugging Face folder with safetensors, or a GGUF file.
        adapter: a folder with a PEFT LoRA adapter.
        out: the file to make; one that is there is replaced at the end.
        kind: one of numbers.DIRECT.
        say: is told how far it is.

    Raises:
        WrongUse: `out` can't be written, is the base itself, or is being made by another run.
        Missing, WrongFile: something is not there, is damaged, or can't be merged.
    """
    check_target(out, base)
    begin = time.monotonic()
    work = prepare(base, adapter, kind)
    require_room(work.needs, out)
    say(f"{out.name}: {work.needs}")
    with claim(out, say) as part, ThreadPoolExecutor(1) as pool:
        base_digest = pool.submit(digest_files, work.checkpoint.files)
        sha256 = write_gguf(work.plan, work.checkpoint, work.adapter, part, kind, say)
        return Merged(
            file=out,
            sha256=sha256,
            kind=kind,
            size=part.stat().st_size,
            seconds=time.monotonic() - begin,
            architecture=work.plan.architecture,
            base=work.plan.base,
            base_sha256=base_digest.result(),
            adapter=work.adapter.folder.name if work.adapter else "",
            adapter_sha256=digest(work.adapter.file) if work.adapter else "",
            licence=work.plan.licence,
            notes=work.plan.notes,
        )


def name_base(plan: Plan) -> Plan:
    """Write into the file's metadata what it was made from, where nothing is said of that."""
    said = any(entry.key.startswith("general.base_model.") for entry in plan.entries)
    if said or not plan.base:
        return plan
    count = Entry("general.base_model.count", "uint32", 1)
    name = Entry("general.base_model.0.name", "string", plan.base)
    return replace(plan, entries=(*plan.entries, count, name))


def digest_files(files: tuple[Path, ...]) -> str:
    """Return the sha256 of one file; of several, that of the list of their names and sha256s.

    The list has one line `SHA256  NAME` a file, as sha256sum prints it.
    """
    if len(files) == 1:
        return digest(files[0])
    lines = "".join(f"{digest(path)}  {path.name}\n" for path in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def check_target(out: Path, base: Path) -> None:
    """Refuse a target that can't be written, is no GGUF by its name, or is the base itself.

    Raises:
        WrongUse: it is.
    """
    if out.suffix != ".gguf":
        raise WrongUse(f"{out.name} does not end in .gguf.", "Name the file NAME.gguf.")
    if out.is_dir() or not out.parent.is_dir():
        raise WrongUse(f"{out.name} can't be written there.", "Name a file in a folder that is.")
    if out.exists() and base.exists() and out.samefile(base):
        raise WrongUse(f"{out.name} is the base itself.", "Name another file.")
