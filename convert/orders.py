"""From a base, with or without an adapter, to a file that was proven: merge, quantize, prove.

A file comes under its name when it was proven equal to what it was made from, with its report
beside it; what lies there meanwhile ends in `.part.gguf` and is removed. It knows no format and
no limit: `convert.merge`, `convert.quantize` and `convert.proving` do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from convert.merge import Merged, check_target, merge, prepare
from convert.progress import Say, silent
from convert.proving.opening import Source
from convert.proving.registering import place_known, prove_and_place
from convert.quantize import quantize
from convert.quantizing.kinds import KINDS, require_kinds
from convert.weights.numbers import DIRECT
from elara_local.errors import WrongUse
from elara_local.proofs import KL_LIMITS, Proof
from elara_local.weights import digest
from elara_local.wheels import require_space

BETWEEN = "F16"  # what is written first where llama.cpp rounds the rest of the way
BITS = {"Q6_K": 6.6, "Q5_K_M": 5.7, "Q4_K_M": 4.9}  # bits a weight, llama.cpp's quantize README
MOST_BITS = 8.5


@dataclass(frozen=True)
class Order:
    """What is to be made of what.

    `reference` = prove it against this instead of the base. `known` = the report of a model that
    was made before in the same way: where the same bytes come out, it stands for a new proof.
    """

    base: Path
    adapter: Path | None
    out: Path
    kind: str = "F16"
    proven: bool = True  # False: no report, and so nothing that the app would use
    reference: Path | None = None
    known: Proof | None = None
    licence: str = ""
    command: str = ""
    threads: int = 0
    allow_low_quality: bool = False


@dataclass(frozen=True)
class Made:
    """What came out; `proof` is None where none was asked for."""

    merged: Merged
    proof: Proof | None


def make_model(order: Order, say: Say = silent) -> Made:
    """Merge, quantize where the kind asks for it, prove, and give the file its name.

    Raises:
        WrongUse: the kind is none, or can't be proven; the file can't be written there.
        Missing, WrongFile: something is not there, is damaged, does not fit, or finds no room.
        NotProven: the file is not what its base and adapter are; nothing is kept.
    """
    require_kinds(order.kind, (), order.allow_low_quality)
    if order.proven and order.kind not in KL_LIMITS:
        raise WrongUse(
            f"There is no limit for {order.kind}, so such a file can't be proven.",
            f"Choose: {', '.join(k for k in KINDS if k in KL_LIMITS)}; or say --no-verify.",
        )
    check_target(order.out, order.base)
    part = order.out.with_name(f"{order.out.stem}.part.gguf") if order.proven else order.out
    if order.kind in DIRECT:
        merged = merge(order.base, order.adapter, part, order.kind, say)
    else:
        merged = _merge_and_quantize(order, part, say)
    merged = replace(merged, file=order.out)
    if not order.proven:
        return Made(merged, None)
    if order.known and (proof := place_known(part, order.out, order.known)):
        say(f"{order.out.name}: the same bytes as those that its report is of")
        return Made(merged, proof)
    source = Source(
        order.reference or order.base,
        None if order.reference else order.adapter,
        order.base if order.reference else None,
        licence=order.licence or merged.licence,
        command=order.command,
    )
    return Made(merged, prove_and_place(part, order.out, source, order.threads, say))


def _merge_and_quantize(order: Order, part: Path, say: Say) -> Merged:
    """Merge to F16 and let llama.cpp make the kind of it; the F16 file is removed."""
    between = order.out.with_name(f"{order.out.stem}-{BETWEEN}.part.gguf")
    written = prepare(order.base, order.adapter, BETWEEN).needs.written
    share = BITS.get(order.kind, MOST_BITS) / 16
    require_space(order.out.parent, int(written * (1 + share)), order.out.name)
    try:
        merged = merge(order.base, order.adapter, between, BETWEEN, say)
        made = quantize(
            between,
            part,
            order.kind,
            say,
            order.threads,
            allow_low_quality=order.allow_low_quality,
        )
    finally:
        between.unlink(missing_ok=True)
    return replace(
        merged,
        kind=order.kind,
        size=made.size,
        seconds=merged.seconds + made.seconds,
        sha256=digest(part),
    )
