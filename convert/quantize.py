"""Makes a GGUF file smaller with llama.cpp's own quantizer, in a process of its own.

Everything that can be known is known before the first weight is read: a dry run says which type
every tensor gets, how large the file will be, and whether importance is needed. The file stands
under its name only when another process has loaded it and evaluated a token.

What is covered: a wrong or damaged source, a full disk, a stopped or crashed run, a kind that
does not fit the shapes, an override that changes nothing, importance of another model. What is
not: whether the answers are still good; `convert verify` measures that. It knows no catalogue.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from convert.progress import Meter, Say, silent
from convert.quantizing.forecast import TENSOR, Forecast, foresee, try_job
from convert.quantizing.importance import load_importance, save_importance
from convert.quantizing.kinds import PLAIN, file_type, require_kinds, tensor_type
from convert.quantizing.process import Job
from elara_local.engines.chat.trial import require_loadable
from elara_local.engines.machine import physical_cores
from elara_local.errors import WrongFile, WrongUse
from elara_local.weights import find_fault
from elara_local.wheels import require_space

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Importance = Mapping[str, NDArray[np.float32]] | Path | None

UNWEIGHED = re.compile(r"did not find weights for (\S+)")
FLOATS = ("f32", "f16", "bf16")


@dataclass(frozen=True)
class Quantized:
    """What was made; sizes in bytes."""

    file: Path
    kind: str
    size: int
    source_size: int
    bits: float  # per weight
    seconds: float
    types: Mapping[str, int]  # type -> how many tensors
    fallbacks: tuple[str, ...]
    unweighed: tuple[str, ...]  # tensors that were rounded without importance though some was given


def quantize(
    source: Path,
    out: Path,
    kind: str,
    say: Say = silent,
    threads: int = 0,
    imatrix: Importance = None,
    overrides: Sequence[tuple[str, str]] = (),
    requantize: bool = False,
    allow_low_quality: bool = False,
    output: str = "",
    embedding: str = "",
) -> Quantized:
    """Write `source` as `kind` to `out`, whole or not at all.

    Args:
        source: a GGUF file of F32, F16 or BF16 weights.
        out: the file to make; one that is there is replaced at the end.
        kind: one of KINDS.
        say: is told how far it is. What it raises stops the run.
        threads: 0 = the physical cores.
        imatrix: of every weight the mean squared input per column, or a .npz file of it.
        overrides: (regular expression on tensor names, one of TYPES), the first that fits counts.
        requantize: take a source that was quantized before, whose errors then add up.
        allow_low_quality: take kinds and types of at most 3.5 bits a weight.
        output: one of TYPES for the output layer; "" = what the kind says.
        embedding: one of TYPES for the token embedding; "" = what the kind says.

    Raises:
        WrongUse: a choice that can't be, or that needs to be asked for by name.
        WrongFile: the source or the importance can't be used, with llama.cpp's reason.
        Missing: the disk is too full.
    """
    types = [name for name in (*(name for _, name in overrides), output, embedding) if name]
    require_kinds(kind, types, allow_low_quality)
    _check_files(source, out)
    patterns = [(_read_pattern(pattern), name) for pattern, name in overrides]
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        held = _take_importance(imatrix, Path(scratch))
        job = _make_job(source, out, kind, threads, overrides, output, embedding)
        job = replace(job, requantize=requantize, importance=str(held or ""))
        ahead = foresee(source, job)
        _check_forecast(ahead, source, kind, held, patterns, requantize)
        require_space(out.parent, ahead.size, out.name)
        unweighed = _make(source, out, job, ahead, say)
    return Quantized(
        out,
        kind,
        out.stat().st_size,
        source.stat().st_size,
        ahead.bits,
        time.monotonic() - begin,
        dict(Counter(change.after for change in ahead.changes.values())),
        ahead.fallbacks,
        unweighed,
    )


def _check_files(source: Path, out: Path) -> None:
    for path in (source, out):
        if path.suffix != ".gguf":
            raise WrongUse(f"{path.name} does not end in .gguf.", "Name a GGUF file.")
    if not source.is_file():
        raise WrongFile(f"{source} is not there.", "Give the path of a GGUF file.")
    if fault := find_fault(source):
        raise WrongFile(f"{source.name} can't be used: {fault}.", "Make or fetch it again.")
    if not out.parent.is_dir() or (out.exists() and out.samefile(source)):
        raise WrongUse(f"{out} can't be written.", "Name another file, in a folder that is there.")


def _take_importance(imatrix: Importance, scratch: Path) -> Path | None:
    """Return a checked file of importance that a child can read."""
    if imatrix is None:
        return None
    columns = load_importance(imatrix) if isinstance(imatrix, Path) else imatrix
    return save_importance(columns, scratch / "importance.npz")


def _make_job(
    source: Path,
    out: Path,
    kind: str,
    threads: int,
    overrides: Sequence[tuple[str, str]],
    output: str,
    embedding: str,
) -> Job:
    return Job(
        str(source.resolve()),
        str(part_of(out).resolve()),
        file_type(kind),
        threads or physical_cores(),
        overrides=tuple((pattern, tensor_type(name)) for pattern, name in overrides),
        output=tensor_type(output),
        embedding=tensor_type(embedding),
    )


def part_of(out: Path) -> Path:
    """Where a file lies while it is made."""
    return out.with_name(out.name + ".part")


def _check_forecast(
    ahead: Forecast,
    source: Path,
    kind: str,
    held: Path | None,
    overrides: Sequence[tuple[re.Pattern[str], str]],
    requantize: bool,
) -> None:
    """Refuse, before any weight is read, what can't end well."""
    coarse = {c.before for c in ahead.changes.values() if c.before not in FLOATS}
    if coarse and not requantize:
        raise WrongUse(
            f"{source.name} is quantized already ({', '.join(sorted(coarse))}); errors add up.",
            "Start from its F16 file, or say --requantize.",
        )
    if ahead.needs_importance and held is None:
        raise WrongUse(
            f"{kind} needs to know which weights matter (this quantization requires an imatrix).",
            "Say --imatrix handbook, or give a file that was measured.",
        )
    if kind not in PLAIN and all(c.after in FLOATS for c in ahead.changes.values()):
        raise WrongUse(
            f"{kind} fits no weight of {source.name}: {ahead.fallbacks[0]}.",
            "Keep the F16 file; its rows are too short or too odd for any kind.",
        )
    for pattern, name in overrides:
        fits = [change for weight, change in ahead.changes.items() if pattern.search(weight)]
        if name not in {change.after.upper() for change in fits}:
            raise WrongUse(
                f"The override '{pattern.pattern}={name}' changes no weight of {source.name}.",
                "The names are those of the GGUF file, such as blk.0.attn_v.weight.",
            )
    if held is not None:
        _check_importance(load_importance(held), ahead, source)


def _read_pattern(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise WrongUse(f"'{pattern}' is no regular expression ({error}).", "Correct it.") from error


def _check_importance(
    columns: Mapping[str, NDArray[np.float32]], ahead: Forecast, source: Path
) -> None:
    hint = "Measure it on this very model: --imatrix handbook."
    if not set(columns) & set(ahead.changes):
        raise WrongFile(f"The importance names no weight of {source.name}.", hint)
    for name, values in columns.items():
        change = ahead.changes.get(name)
        if change is not None and values.size != change.columns:
            raise WrongFile(
                f"The importance of {name} has {values.size} values, the weight {change.columns} "
                "columns.",
                hint,
            )


def _make(source: Path, out: Path, job: Job, ahead: Forecast, say: Say) -> tuple[str, ...]:
    """Run the job, have the file loaded, give it its name; return what had no importance."""
    part = part_of(out)
    meter = Meter(f"quantizing {source.name}", sum(c.nbytes for c in ahead.changes.values()), say)
    unweighed: list[str] = []

    def hear(line: str) -> None:
        if found := TENSOR.match(line):
            meter.add(ahead.changes[found["name"]].nbytes)
        elif found := UNWEIGHED.search(line):
            unweighed.append(found[1])

    try:
        try_job(job, hear, source)
        require_loadable(part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return tuple(name for name in unweighed if name.startswith("blk."))
