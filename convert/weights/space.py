"""What a conversion will take of the disk, the memory and the clock, told before it begins.

The bytes are counted from the plan; the memory is what `writing` holds at once, and the time a
pace that was measured, so it is good for "a minute or an hour", not for more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from convert.weights.tensors import Checkpoint, Plan, Weight, keep
from convert.weights.writing import AHEAD, BAND, size_of
from elara_local.engines.machine import free_memory
from elara_local.errors import Missing
from elara_local.wheels import require_space

if TYPE_CHECKING:
    from convert.weights.adapters import Adapter

PROGRAM = 150_000_000  # bytes: the interpreter, NumPy and gguf
PER_ITEM = 120  # bytes of one token or merge in memory, twice held while it is written
FLOAT = 4
# Bytes of float32 a second on two busy cores (benchmarks/shapes.py), by what is written.
PACES = {"F32": 300e6, "F16": 300e6, "BF16": 300e6, "Q8_0": 200e6}


@dataclass(frozen=True)
class Needs:
    """What one run takes: bytes read, written and held, seconds."""

    read: int
    written: int
    memory: int
    seconds: float

    def __str__(self) -> str:
        pace = f"{self.seconds:.0f} s" if self.seconds < 120 else f"{self.seconds / 60:.0f} min"
        return (
            f"reads {self.read / 1e9:.2f} GB, writes {self.written / 1e9:.2f} GB, holds "
            f"{self.memory / 1e9:.2f} GB of memory, about {pace}"
        )


def foresee(plan: Plan, checkpoint: Checkpoint, adapter: Adapter | None, kind: str) -> Needs:
    """Count what write_gguf will take for this kind."""
    items = sum(len(e.value) for e in plan.entries if isinstance(e.value, tuple))
    values = sum(math.prod(weight.shape) for weight in plan.weights)
    held = max((_hold(weight) for weight in plan.weights), default=0)
    low = sum(stored.nbytes for stored in adapter.weights.tensors.values()) if adapter else 0
    return Needs(
        read=sum(stored.nbytes for stored in checkpoint.tensors.values()) + low,
        written=sum(size_of(weight, kind) for weight in plan.weights) + items * PER_ITEM // 4,
        memory=PROGRAM + AHEAD * held + items * PER_ITEM + _widest(adapter),
        seconds=values * FLOAT / PACES[kind],
    )


def require_room(
    needs: Needs, out: Path, free_disk: int | None = None, free_bytes: int | None = None
) -> None:
    """Refuse a run that this machine can't finish; free bytes are measured where not given.

    Raises:
        Missing: the disk or the memory is too small.
    """
    require_space(out.parent, needs.written, out.name, free_disk)
    free = free_memory() if free_bytes is None else free_bytes
    if free < needs.memory:
        raise Missing(
            f"{out.name} needs {needs.memory / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB is free.",
            "Close other programs and start again.",
        )


def _hold(weight: Weight) -> int:
    """Bytes of one band at its largest: as stored, as float32, its change, as written."""
    values = math.prod(weight.shape)
    banded = len(weight.shape) > 1 and weight.change is keep and weight.computed is None
    return 4 * FLOAT * (min(values, BAND) if banded else values)


def _widest(adapter: Adapter | None) -> int:
    """Bytes of the largest pair of factors in float32, of the weight at hand and the next."""
    if adapter is None:
        return 0
    sizes = [math.prod(stored.shape) for stored in adapter.weights.tensors.values()]
    return 4 * FLOAT * max(sizes)
