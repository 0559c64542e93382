"""A model in torch, and a PEFT adapter put on it: the workshop's way, for merging and for proof.

What is covered: safetensors or a GGUF file alone, never a pickle, never code of a model's own,
nothing fetched; every tensor of an adapter must find its place in the base, which PEFT itself
only warns of. What is not: memory; the whole model is held in float32. It knows no file to write.
"""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

from convert.weights.adapter_config import CONFIG
from convert.weights.adapters import PICKLE, WEIGHTS
from convert.weights.gguf_file import open_gguf
from elara_local.errors import Missing, WrongFile

WORKSHOP = "Install the workshop (requirements.txt) for this step."


def load_model(base: Path) -> Any:
    """Load a causal language model in float32 on the processor.

    Raises:
        Missing: torch, transformers or the base is not there.
        WrongFile: it can't be loaded without running code of its own, or not whole.
    """
    try:
        import torch
        from transformers import AutoModelForCausalLM
        from transformers.utils import logging
    except ImportError as error:
        raise Missing(f"Merging with PEFT needs {error.name}.", WORKSHOP) from error
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    place = {"gguf_file": base.name} if base.is_file() else {"use_safetensors": True}
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(
            base.parent if base.is_file() else base,
            dtype=torch.float32,
            local_files_only=True,
            **place,
        )
    except (OSError, ValueError, KeyError, RuntimeError, AttributeError) as error:
        reason = str(error).partition("\n")[0][:200].rstrip(".")
        raise WrongFile(f"{base.name} can't be loaded: {reason}.", "Name a whole model.") from error
    if getattr(model, "hf_quantizer", None) is not None:  # a GGUF file, dequantized by now
        model.hf_quantizer.remove_quantization_config(model)
        _require_whole(model, base)
    return model.eval()


def _require_whole(model: Any, base: Path) -> None:
    """Refuse a GGUF file of which transformers left numbers out: it does so without a word.

    Seen with transformers 5.23 for the biases of a llama's attention.
    """
    stored = open_gguf(base).tensors.values()
    held = sum(math.prod(tensor.shape) for tensor in stored if "rope_" not in tensor.name)
    taken = sum(weight.numel() for weight in model.parameters())
    if held != taken:
        raise WrongFile(
            f"transformers takes {taken:,} numbers of {base.name}, which holds {held:,}.",
            "Name the Hugging Face folder that the file was made from.",
        )


def check_adapter(adapter: Path) -> None:
    """Refuse a folder that is no adapter, or one that can run code when it is opened.

    Raises:
        Missing: a file is not there.
        WrongFile: its numbers are a pickle.
    """
    if not (adapter / WEIGHTS).is_file() and (adapter / PICKLE).exists():
        raise WrongFile(
            f"{adapter.name} holds its weights as {PICKLE}, a pickle: it can run code when opened.",
            f"Save the adapter again with PEFT as {WEIGHTS}.",
        )
    for name in (CONFIG, WEIGHTS):
        if not (adapter / name).is_file():
            raise Missing(f"{adapter.name} holds no {name}.", "Give the folder of a PEFT adapter.")


def list_tensors(adapter: Path) -> tuple[str, ...]:
    """Return the names of an adapter's tensors.

    Raises:
        WrongFile: the file is damaged.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(adapter / WEIGHTS, framework="numpy") as file:
            return tuple(file.keys())
    except SafetensorError as error:
        raise unfit(adapter, error) from error


def put_on(model: Any, adapter: Path) -> Any:
    """Return the model with its adapter on; every tensor of the file must have found its place.

    Raises:
        Missing: peft is not installed.
        WrongFile: the adapter is for another base.
    """
    try:
        from peft import PeftModel, get_peft_model_state_dict
    except ImportError as error:
        raise Missing("Merging needs peft.", WORKSHOP) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            adapted = PeftModel.from_pretrained(model, adapter, is_trainable=False)
            held = set(get_peft_model_state_dict(adapted, save_embedding_layers=False))
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise unfit(adapter, error) from error
    found = set(list_tensors(adapter))
    # PEFT also saves the untouched weight of an embedding or output layer that it adapts.
    copies = {name for name in found - held if name.endswith(".base_layer.weight")}
    if strange := sorted((found - copies) ^ held | (copies - set(adapted.state_dict()))):
        raise WrongFile(
            f"{len(strange)} tensors of the adapter {adapter.name} and of the base do not meet, "
            f"such as {strange[0]}.",
            "Give the base that the adapter was trained on.",
        )
    return adapted.eval()


def unfit(adapter: Path, error: Exception) -> WrongFile:
    """Return the error of an adapter and a base that do not fit, with a library's reason."""
    reason = str(error).partition("\n")[0][:200].rstrip(".")
    return WrongFile(
        f"The adapter {adapter.name} does not fit this base: {reason}.",
        "Give the base that the adapter was trained on.",
    )
