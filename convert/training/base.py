"""The base that an adapter is trained on: found, judged, and loaded by transformers.

A base is a Hugging Face folder (safetensors only; code that comes with a model is never run) or
a GGUF file, which transformers turns back into full numbers (27 s for the starter). It knows no
example and no adapter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convert.training.settings import Training
from convert.weights.config import read_settings
from convert.weights.folder import open_folder
from convert.weights.naming import find_licence, find_name
from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.weights import digest, find_fault

QUANTIZATION = re.compile(r"[.-](?:I?Q\d\w*|B?F16|F32)$", re.IGNORECASE)


@dataclass(frozen=True)
class Base:
    """Where a base lies, what it is called, and the sha256 of each of its files of weights."""

    path: Path
    name: str
    files: dict[str, str]
    licence: str

    @property
    def arguments(self) -> tuple[Path, dict[str, Any]]:
        """What transformers' from_pretrained is given; it never fetches and runs no code."""
        common = {"local_files_only": True, "trust_remote_code": False}
        if self.path.is_dir():
            return self.path, common
        return self.path.parent, {**common, "gguf_file": self.path.name}


def find_base(path: Path) -> Base:
    """Judge a base by its headers, before anything heavy.

    Raises:
        Missing: it is not there.
        WrongFile: pickled weights, damage, or no model that this program knows.
    """
    if path.is_dir():
        opened = open_folder(path)
        files = {file.name: digest(file) for file in opened.files}
        return Base(path, find_name(path, read_settings(path)), files, find_licence(path))
    if not path.is_file():
        raise Missing(f"The base {path.name} is not there.", "Give a folder or a GGUF file.")
    if path.suffix.lower() != ".gguf":
        raise WrongFile(f"{path.name} is no base.", "Give a Hugging Face folder or a GGUF file.")
    if fault := find_fault(path):
        raise WrongFile(f"{path.name} can't be used: {fault}.", "Fetch it again.")
    return Base(path, QUANTIZATION.sub("", path.stem), {path.name: digest(path)}, "")


def choose_precision(settings: Training) -> str:
    """Return "bf16" where the processor or the card computes in it, else "fp32".

    Raises:
        WrongUse: four bits are asked for and there is no CUDA or no bitsandbytes.
    """
    import importlib.util

    import torch

    card = torch.cuda.is_available()
    if settings.four_bit and not (card and importlib.util.find_spec("bitsandbytes")):
        raise WrongUse(
            "QLoRA in 4 bits needs a CUDA card and the package bitsandbytes.",
            "Leave --four-bit out.",
        )
    if settings.precision != "auto":
        return settings.precision
    able = (
        torch.cuda.is_bf16_supported()
        if card
        else torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )
    return "bf16" if able else "fp32"


def load_tokenizer(base: Base) -> Any:
    """Load the tokenizer.

    Raises:
        WrongFile: transformers can't read it, or it has no chat template.
    """
    from transformers import AutoTokenizer

    place, arguments = base.arguments
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, **arguments)
    except (OSError, ValueError, KeyError) as error:
        raise _unreadable(base, "the tokenizer", error) from error
    if not tokenizer.chat_template or not tokenizer.is_fast:
        raise WrongFile(
            f"{base.name} has no chat template, or no tokenizer.json.", "Take an instruct model."
        )
    return tokenizer


def load_model(base: Base, settings: Training) -> Any:
    """Load the base; the run then computes in the precision of the settings.

    On a processor the weights stay float32 (the sums between layers then do too) and attention
    is computed plainly: 270 tokens a second against 245 with the fused one, SmolLM2-135M on two
    cores of an AMD EPYC.

    Raises:
        WrongFile: transformers can't read it.
    """
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    place, arguments = base.arguments
    card = torch.cuda.is_available()
    low = card and choose_precision(settings) == "bf16"
    kind = torch.bfloat16 if low else torch.float32
    if not card:
        arguments["attn_implementation"] = "eager"
    if settings.four_bit:
        arguments["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=kind,
        )
    try:
        model = AutoModelForCausalLM.from_pretrained(place, dtype=kind, **arguments)
    except (OSError, ValueError, KeyError) as error:
        raise _unreadable(base, "the weights", error) from error
    if "gguf_file" in arguments:  # its numbers are whole again; transformers still calls it GGUF
        model.is_quantized, model.hf_quantizer = False, None
        del model.config.quantization_config
    model.config.use_cache = False
    return model


def _unreadable(base: Base, what: str, error: Exception) -> WrongFile:
    first = (str(error).strip() or type(error).__name__).splitlines()[0][:200].rstrip(".")
    return WrongFile(
        f"transformers can't read {what} of {base.name}: {first}.",
        "Take a Hugging Face folder with safetensors, or a GGUF of a llama, qwen2 or gemma.",
    )
