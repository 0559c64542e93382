"""What adapter_config.json of a PEFT adapter asks for: ranks and scalings, or a refusal.

Only what is known to leave plain LoRA as it is gets through; every other setting that is on is
refused by its name, also one that a later PEFT adds. The arithmetic is PEFT's (0.21,
tuners/lora/layer.py: update_layer; utils/other.py: get_pattern_key). It reads no weight.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from elara_local.errors import Missing, WrongFile

Number = TypeVar("Number", int, float)
CONFIG = "adapter_config.json"
LARGEST = 1 << 20  # bytes
LONGEST_PATTERN = 500  # characters of a regular expression
PEFT_ROUTE = "Merge it with PEFT in the workshop: convert export; then convert what comes out."

# Settings that are read here, or that change nothing in a trained adapter.
KNOWN = frozenset(
    """alpha_pattern auto_mapping base_model_name_or_path bias corda_config eva_config
    exclude_modules fan_in_fan_out inference_mode init_lora_weights layers_pattern
    layers_to_transform loftq_config lora_alpha lora_dropout lora_ga_config megatron_core
    peft_type peft_version qalora_group_size r rank_pattern revision runtime_config
    target_modules task_type use_rslora""".split()
)
# Ways to start training that leave the base as it is; the others (PiSSA, OLoRA, LoftQ, ...)
# change the base's own weights, so that the adapter fits no published base.
PLAIN_STARTS = (True, False, None, "gaussian", "eva", "orthogonal")
SAID = {
    "use_dora": "DoRA (use_dora)",
    "modules_to_save": "layers trained whole (modules_to_save)",
    "trainable_token_indices": "tokens trained by themselves (trainable_token_indices)",
    "alora_invocation_tokens": "aLoRA (alora_invocation_tokens)",
    "lora_bias": "a bias in LoRA's B (lora_bias)",
    "layer_replication": "layers that stand twice (layer_replication)",
    "target_parameters": "LoRA on bare parameters (target_parameters)",
}


@dataclass(frozen=True)
class AdapterConfig:
    """The ranks and scalings of one adapter, and what it says of its base."""

    rank: int
    alpha: float
    rank_stabilised: bool
    ranks: Mapping[str, int]  # pattern -> rank
    alphas: Mapping[str, float]  # pattern -> alpha
    all_layers: bool  # True: every layer of the base should be changed alike
    base: str

    def rank_of(self, module: str) -> int:
        """Return the rank of one module, named as in the base."""
        return _look_up(self.ranks, module, self.rank)

    def scaling_of(self, module: str) -> float:
        """Return what B @ A of one module is multiplied by."""
        rank = self.rank_of(module)
        alpha = _look_up(self.alphas, module, self.alpha)
        return alpha / math.sqrt(rank) if self.rank_stabilised else alpha / rank


def read_adapter_config(folder: Path) -> AdapterConfig:
    """Read and judge adapter_config.json.

    Raises:
        Missing: there is none.
        WrongFile: it is damaged, or asks for something other than plain LoRA.
    """
    path = folder / CONFIG
    if not path.is_file():
        raise Missing(f"{folder.name} holds no {CONFIG}.", "Give the folder of a PEFT adapter.")
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"{path.stat().st_size} bytes")
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise ValueError("no object")
    except (ValueError, RecursionError) as error:
        raise WrongFile(f"{CONFIG} of {folder.name} can't be read ({error}).") from error
    _refuse(values, folder.name)
    try:
        return _build(values)
    except (KeyError, ValueError, TypeError, AttributeError, re.error) as error:
        raise WrongFile(f"{CONFIG} of {folder.name} makes no sense ({error}).") from error


def _refuse(values: Mapping[str, Any], name: str) -> None:
    """Refuse by name what is not plain LoRA.

    Raises:
        WrongFile: a setting that is on is not known to change nothing.
    """
    if values.get("peft_type") != "LORA":
        what = f"of the type {values.get('peft_type')}"
        raise WrongFile(f"The adapter {name} is {what}; only LORA can be merged.", PEFT_ROUTE)
    if values.get("bias", "none") != "none":
        what = f"biases (bias = {values['bias']})"
        raise WrongFile(f"The adapter {name} changes {what}.", PEFT_ROUTE)
    for key in sorted(values.keys() - KNOWN):
        if values[key]:
            what = SAID.get(key, f"the setting {key}")
            raise WrongFile(f"The adapter {name} uses {what}, which is not plain LoRA.", PEFT_ROUTE)
    start = values.get("init_lora_weights", True)
    if start not in PLAIN_STARTS:
        raise WrongFile(
            f"The adapter {name} began as {start} (init_lora_weights), which changes the base.",
            "Save it again with PEFT's path_initial_model_for_weight_conversion.",
        )


def _build(values: Mapping[str, Any]) -> AdapterConfig:
    ranks = {key: int(value) for key, value in (values.get("rank_pattern") or {}).items()}
    alphas = {key: float(value) for key, value in (values.get("alpha_pattern") or {}).items()}
    for pattern in (*ranks, *alphas):
        if len(pattern) > LONGEST_PATTERN:
            raise ValueError("a pattern that is too long")
        re.compile(rf"(.*\.)?({pattern})$")
    rank, alpha = int(values["r"]), float(values["lora_alpha"])
    if min((rank, *ranks.values())) < 1:
        raise ValueError("a rank below 1")
    if not all(math.isfinite(number) for number in (alpha, *alphas.values())):
        raise ValueError("an alpha that is not a number")
    targets = values.get("target_modules") or []
    simple = isinstance(targets, list) and not any("." in str(name) for name in targets)
    everywhere = simple and values.get("layers_to_transform") is None
    return AdapterConfig(
        rank=rank,
        alpha=alpha,
        rank_stabilised=bool(values.get("use_rslora")),
        ranks=ranks,
        alphas=alphas,
        all_layers=everywhere and not values.get("exclude_modules"),
        base=str(values.get("base_model_name_or_path") or ""),
    )


def _look_up(patterns: Mapping[str, Number], module: str, default: Number) -> Number:
    """Return the value of the first pattern that matches the end of the module's name."""
    for pattern, value in patterns.items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            return value
    return default
