"""What a run of the quantizer will make, asked of llama.cpp before a weight is read.

The answer is read from its log, whose lines are those of the pinned version; a log that says
something else is refused, never guessed at. It knows no kind by name and no limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from convert.quantizing.process import Job, run_job
from elara_local.errors import ElaraError, WrongFile

# The log of this llama.cpp (src/llama-quant.cpp at 0c1e5709), whole lines.
TENSOR = re.compile(
    r"\[ *\d+/ *\d+\] +(?P<name>\S+) +- \[(?P<shape>[\d, ]+)\], type = +(?P<kind>\w+),"
    r"(?: size = +(?P<before>[\d.]+) MiB)?(?: -> +[\d.]+ MiB \((?P<to>\w+)\))?"
)
FALLBACK = re.compile(
    r"warning: (?P<name>\S+) +- ncols +(?P<columns>\d+) not .*type +(?P<asked>\w+)\).*"
    r"falling back to +(?P<got>\w+)"
)
TOTAL = re.compile(r": (?P<which>model|quant) size += +(?P<size>[\d.]+) MiB \((?P<bits>[\d.]+) BPW")
NEEDS = "will require an imatrix"
MIB = 1 << 20
SMALL = 64 * 1024  # bytes that rounding in the log and a longer header may hide


@dataclass(frozen=True)
class Change:
    """What becomes of one tensor: ggml's names of the types, bytes before, values of one row."""

    before: str
    after: str
    nbytes: int
    columns: int  # of all experts together, where there are several


@dataclass(frozen=True)
class Forecast:
    """What a run will make, said by llama.cpp without making it."""

    changes: Mapping[str, Change]
    size: int  # bytes of the file, to about 64 KB
    bits: float  # per weight
    fallbacks: tuple[str, ...]  # tensors whose rows the asked type does not fit, in words
    needs_importance: bool


def foresee(source: Path, job: Job) -> Forecast:
    """Ask llama.cpp what a job would make, in about a second and without reading a weight.

    Raises:
        WrongFile: llama.cpp refuses the source, with its reason.
    """
    lines: list[str] = []
    try_job(replace(job, dry=True), lines.append, source)
    changes, totals, fallbacks = {}, {}, []
    for line in lines:
        if found := TENSOR.match(line):
            changes[found["name"]] = _read_change(found)
        elif found := TOTAL.search(line):
            totals[found["which"]] = float(found["size"]), float(found["bits"])
        elif found := FALLBACK.search(line):
            fallbacks.append(
                f"{found['name']}: {found['asked']} does not fit rows of {found['columns']} "
                f"values, {found['got']} taken"
            )
    if set(totals) != {"model", "quant"} or not changes:
        raise WrongFile(
            f"llama.cpp did not say what {source.name} would become.",
            "Install the pinned llama-cpp-python (requirements.txt).",
        )
    header = source.stat().st_size - int(totals["model"][0] * MIB)
    size = max(0, header) + int(totals["quant"][0] * MIB) + SMALL
    needs = any(NEEDS in line for line in lines)
    return Forecast(changes, size, totals["quant"][1], tuple(fallbacks), needs)


def _read_change(found: re.Match[str]) -> Change:
    shape = [int(extent) for extent in found["shape"].split(",")]
    before = found["kind"]
    return Change(
        before,
        found["to"] or before,
        int(float(found["before"] or 0) * MIB),
        shape[0] * shape[2],
    )


def try_job(job: Job, hear: Callable[[str], None], source: Path) -> None:
    """Run a job and say of which file it failed.

    Raises:
        WrongFile: with llama.cpp's reason.
    """
    try:
        run_job(job, hear)
    except ElaraError as error:
        if type(error) is not ElaraError:
            raise
        raise WrongFile(
            f"{source.name} can't be quantized: {error.message.rstrip('.!')}.",
            "Nothing was made. Choose another kind, or make the source again.",
        ) from error
