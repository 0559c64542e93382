"""The adapter itself: made new, continued from another, and saved in half precision.

What is saved is plain LoRA as PEFT reads it: adapter_config.json, which names the base and no
path, and adapter_model.safetensors in float16. It knows no example.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from convert.training.base import Base
from convert.training.settings import Training
from elara_local.errors import Missing, WrongFile, WrongUse

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def put_adapter(model: Any, base: Base, settings: Training, begin: Path | None) -> Any:
    """Return the base with an adapter that learns, new or continued from the folder `begin`.

    Raises:
        Missing, WrongFile: `begin` is no adapter, or one for another base.
        WrongUse: the settings name layers that the base has not.
    """
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

    if settings.four_bit:
        model = prepare_model_for_kbit_training(model, settings.checkpointing)
    elif settings.checkpointing:
        model.enable_input_require_grads()
    if begin is not None:
        return _continue(model, base, begin)
    wanted = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=list(settings.targets),
        use_rslora=settings.rank_stabilised,
        layers_to_transform=list(settings.layers) or None,
        task_type="CAUSAL_LM",
    )
    try:
        return get_peft_model(model, wanted)
    except ValueError as error:
        raise WrongUse(
            f"No layer of {base.name} can learn with these settings.",
            "Give --targets as its layers are called, and --layers that it has.",
        ) from error


def _continue(model: Any, base: Base, begin: Path) -> Any:
    from peft import PeftModel

    if not (begin / CONFIG).is_file() or not (begin / WEIGHTS).is_file():
        raise Missing(f"{begin.name} holds no {CONFIG} with {WEIGHTS}.", "Give an adapter.")
    named = json.loads((begin / CONFIG).read_text(encoding="utf-8"))["base_model_name_or_path"]
    if named != base.name:
        raise WrongFile(f"{begin.name} was trained on {named}, not on {base.name}.")
    try:
        return PeftModel.from_pretrained(model, begin, is_trainable=True)
    except (RuntimeError, ValueError, KeyError) as error:
        raise WrongFile(f"{begin.name} does not fit {base.name}.", "Begin anew.") from error


def count_learning(model: Any) -> int:
    """Return how many numbers learn."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def round_to_half(model: Any) -> None:
    """Round what learned to float16, so that what is judged is what is saved."""
    for weight in model.parameters():
        if weight.requires_grad:
            weight.data = weight.data.half().to(weight.dtype)


def save_adapter(model: Any, base: Base, folder: Path) -> None:
    """Write the adapter's two files."""
    import torch
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    weights = {
        name: weight.detach().to("cpu", torch.float16).contiguous()
        for name, weight in get_peft_model_state_dict(model).items()
    }
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    config = model.peft_config["default"]
    config.inference_mode = True
    config.base_model_name_or_path = base.name
    config.save_pretrained(folder)
