"""Rotary positions: how far apart they are, and how a model stretches them to longer texts.

The kinds: default, linear, yarn, llama3 (Llama 3.1 and later) and longrope (Phi 3). The formulas
are those of transformers/modeling_rope_utils.py; what llama.cpp multiplies in by itself
(src/llama-context.cpp) is divided out. Not covered, and refused: dynamic scaling.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from convert.weights.config import LARGEST, Config, take_number
from convert.weights.recipes import Family
from convert.weights.tensors import Entry, Weight
from elara_local.errors import WrongFile

if TYPE_CHECKING:
    from convert.weights.tensors import Array

THETA = 10_000.0
GEMMA3_THETA = 1_000_000.0
YARN_BOUNDS = {"beta_fast": 32, "beta_slow": 1, "truncate": True}
GLOBAL, LOCAL = "full_attention", "sliding_attention"


@dataclass(frozen=True)
class Rope:
    """The rotary settings of a model: of its global layers, and the base of its local ones."""

    kind: str
    theta: float
    local_theta: float | None  # only Gemma 3 has another base in its sliding layers
    dimensions: int  # how many numbers of a head are rotated
    settings: Mapping[str, Any]


def read_rope(config: Config, family: Family) -> Rope:
    """Return the rotary settings of config.json, whichever transformers wrote it.

    Raises:
        WrongFile: llama.cpp has no such scaling for this family, or a number of it is missing.
    """
    raw = config.raw
    told = take_table(raw, "rope_parameters") or take_table(raw, "rope_scaling")
    settings = take_table(told, GLOBAL) or ({} if LOCAL in told else told)
    kind = str(settings.get("rope_type") or settings.get("type") or "default").lower()
    if family.architecture == "phi3" and kind in ("su", "yarn"):
        kind = "longrope"  # the names it had at first
    if kind not in family.ropes:
        raise WrongFile(
            f"The rotary scaling '{kind}' can't be converted for {config.model_class}.",
            f"These can: {', '.join(family.ropes)}.",
        )
    local = None
    usual = THETA
    if family.architecture == "gemma3":
        usual = GEMMA3_THETA
        local = read_local(raw, told)
    theta = take_number(settings, "rope_theta", raw.get("rope_theta", usual))
    share = take_number(settings, "partial_rotary_factor", raw.get("partial_rotary_factor", 1.0))
    dimensions = int(config.head_dim * share)
    if dimensions != config.head_dim and family.architecture != "phi3":
        raise WrongFile(
            f"{config.model_class} rotates a part of each head, which can't be converted."
        )
    return Rope(kind, theta, local, dimensions, settings)


def take_table(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a table of config.json; an empty one if it is not there.

    Raises:
        WrongFile: it is something else.
    """
    table = settings.get(name) or {}
    if not isinstance(table, dict):
        raise WrongFile(f"config.json gives '{name}' as something other than a table.")
    return table


def read_local(raw: Mapping[str, Any], told: Mapping[str, Any]) -> float:
    """Return the rotary base of Gemma 3's sliding layers."""
    settings = take_table(told, LOCAL)
    if str(settings.get("rope_type", "default")) != "default":
        raise WrongFile("The sliding layers have a rotary scaling, which can't be converted.")
    return take_number(settings, "rope_theta", raw.get("rope_local_base_freq", THETA))


def list_rope_entries(config: Config, rope: Rope) -> tuple[Entry, ...]:
    """Return the metadata of the rotary positions."""
    head = f"{config.architecture}.rope"
    entries = [
        Entry(f"{head}.dimension_count", "uint32", rope.dimensions),
        Entry(f"{head}.freq_base", "float32", rope.theta),
    ]
    if rope.local_theta is not None:
        entries.append(Entry(f"{head}.freq_base_swa", "float32", rope.local_theta))
    if rope.kind in ("linear", "yarn"):
        factor = take_number(rope.settings, "factor")
        entries.append(Entry(f"{head}.scaling.type", "string", rope.kind))
        entries.append(Entry(f"{head}.scaling.factor", "float32", factor))
    if rope.kind == "yarn":
        entries += list_yarn(config, rope, head)
    if rope.kind == "longrope":
        entries += list_longrope(config, rope, head)
    return tuple(entries)


def list_yarn(config: Config, rope: Rope, head: str) -> list[Entry]:
    """Return what is peculiar to yarn: the first length and the strength of attention.

    Raises:
        WrongFile: its bounds are others than those llama.cpp has for these families.
    """
    for name, usual in YARN_BOUNDS.items():
        found = rope.settings.get(name)
        if found not in (None, usual):
            raise WrongFile(
                f"The rotary scaling 'yarn' with '{name}' {str(found)[:40]} can't be converted."
            )
    factor = take_number(rope.settings, "factor")
    entries = [
        Entry(f"{head}.scaling.original_context_length", "uint32", first_length(config, rope))
    ]
    strength = find_strength(rope, factor) / stretch(factor, 1.0)
    if strength != 1.0:
        entries.append(Entry(f"{head}.scaling.attn_factor", "float32", strength))
    return entries


def stretch(factor: float, weight: float) -> float:
    """Return how yarn strengthens attention over a text `factor` times as long."""
    return 0.1 * weight * math.log(factor) + 1.0 if factor > 1.0 else 1.0


def find_strength(rope: Rope, factor: float) -> float:
    """Return yarn's strength of attention as transformers reckons it."""
    if rope.settings.get("attention_factor") is not None:
        return take_number(rope.settings, "attention_factor")
    names = ("mscale", "mscale_all_dim")
    if all(rope.settings.get(name) for name in names):
        one, other = (stretch(factor, take_number(rope.settings, name)) for name in names)
        return one / other
    return stretch(factor, 1.0)


def list_longrope(config: Config, rope: Rope, head: str) -> list[Entry]:
    """Return what is peculiar to longrope: the first length and the strength of attention."""
    first = first_length(config, rope)
    factor = take_number(rope.settings, "factor", config.context / first)
    usual = math.sqrt(1 + math.log(factor) / math.log(first)) if factor > 1.0 else 1.0
    strength = take_number(rope.settings, "attention_factor", usual)
    return [
        Entry(f"{head}.scaling.type", "string", "longrope"),
        Entry(f"{head}.scaling.original_context_length", "uint32", first),
        Entry(f"{head}.scaling.attn_factor", "float32", strength),
    ]


def first_length(config: Config, rope: Rope) -> int:
    """Return the context, in tokens, that the model had before it was stretched."""
    name = "original_max_position_embeddings"
    first = int(take_number(rope.settings, name, config.raw.get(name, config.context)))
    if 1 < first <= LARGEST:
        return first
    raise WrongFile(f"config.json gives '{name}' as {first}, which makes no sense.")


def list_rope_weights(config: Config, rope: Rope) -> tuple[Weight, ...]:
    """Return the tensors of rotary factors: no checkpoint has them, they are computed."""
    size = rope.dimensions // 2
    if rope.kind == "llama3":
        factors = {"rope_freqs": compute_llama3(rope, config)}
    elif rope.kind == "longrope":
        factors = {f"rope_factors_{n}": take_factors(rope, n, size) for n in ("long", "short")}
    else:
        factors = {}
    return tuple(
        Weight(f"{name}.weight", "", (size,), exact=True, computed=partial(np.array, values))
        for name, values in factors.items()
    )


def take_factors(rope: Rope, name: str, size: int) -> Array:
    """Return longrope's factors, one for each rotated pair.

    Raises:
        WrongFile: there are more, fewer, or something else.
    """
    told = rope.settings.get(f"{name}_factor")
    if not isinstance(told, list) or len(told) != size:
        raise WrongFile(f"config.json must give {size} numbers as '{name}_factor'.")
    return np.array([take_number({name: value}, name) for value in told], np.float32)


def compute_llama3(rope: Rope, config: Config) -> Array:
    """Return by what each rotary frequency is divided: 1 for short waves, `factor` for long ones.

    Between the two bounds the share of each is weighed by the wave's length.
    """
    factor, low, high = (
        take_number(rope.settings, name)
        for name in ("factor", "low_freq_factor", "high_freq_factor")
    )
    if high <= low:
        raise WrongFile(f"The rotary scaling 'llama3' from {low} up to {high} makes no sense.")
    first = first_length(config, rope)
    pairs = np.arange(0, rope.dimensions, 2, dtype=np.float64) / rope.dimensions
    waves = 2 * math.pi * rope.theta**pairs
    share = np.clip((first / waves - low) / (high - low), 0, 1)
    return np.asarray(1 / ((1 - share) / factor + share), np.float32)
