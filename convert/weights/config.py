"""Reads config.json of a Hugging Face folder, as transformers 4 and transformers 5 write it.

It gives sizes and settings under one set of names and refuses what can be seen to be wrong from
that file alone. It knows nothing of what llama.cpp can do (`limits` does) and reads no weight.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convert.weights.naming import find_licence, find_name
from elara_local.errors import Missing, WrongFile

CLASSES = {
    "LlamaForCausalLM": "llama",
    "MistralForCausalLM": "llama",
    "Qwen2ForCausalLM": "qwen2",
    "Qwen3ForCausalLM": "qwen3",
    "GemmaForCausalLM": "gemma",
    "Gemma2ForCausalLM": "gemma2",
    "Gemma3ForCausalLM": "gemma3",
    "Phi3ForCausalLM": "phi3",
    "GPT2LMHeadModel": "gpt2",
}
TIED_BY_DEFAULT = ("gemma", "gemma2", "gemma3", "gpt2")
GPT2_NAMES = {
    "hidden_size": "n_embd",
    "num_hidden_layers": "n_layer",
    "num_attention_heads": "n_head",
    "max_position_embeddings": "n_positions",
    "intermediate_size": "n_inner",
}
EPSILON_NAMES = {"gpt2": "layer_norm_epsilon"}  # rms_norm_eps elsewhere
EPSILONS = {"phi3": 1e-5, "gpt2": 1e-5}  # where the file leaves it out; 1e-6 elsewhere
HEAD_SIZES = {"qwen3": 128, "gemma": 256, "gemma2": 256, "gemma3": 256}  # same
MOST_BLOCKS = 1000
SMALLEST, LARGEST = 1, 2**31 - 1  # of whole numbers
SHORTEST, LONGEST = 1e-12, 1e15  # of other numbers


@dataclass(frozen=True)
class Config:
    """The sizes of a model, under one set of names, and its config.json as it stands."""

    architecture: str  # GGUF's name
    model_class: str  # Hugging Face's
    name: str
    licence: str
    vocab: int
    context: int
    hidden: int
    blocks: int
    heads: int
    kv_heads: int
    head_dim: int
    inner: int  # the width of the feed-forward layers
    epsilon: float
    tied: bool
    raw: Mapping[str, Any]


def read_settings(folder: Path) -> Mapping[str, Any]:
    """Return config.json as it stands.

    Raises:
        Missing: there is none.
        WrongFile: it is not a JSON object, or it asks for code of the folder to be run.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise Missing(f"{folder.name} holds no config.json.", "Take a whole Hugging Face folder.")
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise WrongFile(f"config.json of {folder.name} can't be read as JSON.") from error
    if not isinstance(raw, dict):
        raise WrongFile(f"config.json of {folder.name} is not a JSON object.")
    if raw.get("auto_map"):
        raise WrongFile(
            f"{folder.name} asks for its own code to be run ('auto_map' in config.json).",
            "Elara runs no code of a model; where the class is a standard one, "
            "delete 'auto_map' from config.json.",
        )
    return raw


def read_config(folder: Path) -> Config:
    """Return the sizes of the model in this folder.

    Raises:
        Missing: there is no config.json.
        WrongFile: it can't be read, its class is not one of CLASSES, or a size makes no sense.
    """
    raw = read_settings(folder)
    model_class = find_class(raw)
    architecture = CLASSES[model_class]
    sizes = {name: take_size(raw, name, architecture) for name in ("hidden_size", "vocab_size")}
    blocks = take_size(raw, "num_hidden_layers", architecture, most=MOST_BLOCKS)
    heads = take_size(raw, "num_attention_heads", architecture)
    hidden = sizes["hidden_size"]
    head_dim = HEAD_SIZES.get(architecture, hidden // heads)
    epsilon = EPSILONS.get(architecture, 1e-6)
    return Config(
        architecture,
        model_class,
        name=find_name(folder, raw),
        licence=find_licence(folder),
        vocab=sizes["vocab_size"],
        context=take_size(raw, "max_position_embeddings", architecture),
        hidden=hidden,
        blocks=blocks,
        heads=heads,
        kv_heads=take_size(raw, "num_key_value_heads", architecture, heads),
        head_dim=take_size(raw, "head_dim", architecture, head_dim),
        inner=take_size(raw, "intermediate_size", architecture, 4 * hidden),
        epsilon=take_number(raw, EPSILON_NAMES.get(architecture, "rms_norm_eps"), epsilon),
        tied=is_tied(raw, architecture),
        raw=raw,
    )


def find_class(raw: Mapping[str, Any]) -> str:
    """Return the model's class, one of CLASSES.

    Raises:
        WrongFile: it is another, or config.json names none or several.
    """
    named = raw.get("architectures") or []
    if not isinstance(named, list) or len(named) != 1 or not isinstance(named[0], str):
        raise WrongFile("config.json does not name one class under 'architectures'.")
    if named[0] not in CLASSES:
        raise WrongFile(
            f"Models of the class '{named[0]}' can't be converted.",
            f"These can: {', '.join(CLASSES)}.",
        )
    return named[0]


def take_size(
    raw: Mapping[str, Any],
    name: str,
    architecture: str,
    default: int | None = None,
    most: int = LARGEST,
) -> int:
    """Return a whole number of config.json, by the name of its family.

    Raises:
        WrongFile: it is missing without a default, no whole number, or outside 1 to `most`.
    """
    name = GPT2_NAMES.get(name, name) if architecture == "gpt2" else name
    value = raw.get(name)
    if value is None:
        value = default
    if type(value) is int and SMALLEST <= value <= most:
        return value
    raise WrongFile(
        f"config.json gives '{name}' as {json.dumps(value)[:40]}, which makes no sense.",
        "Take the folder again from where it came.",
    )


def take_number(settings: Mapping[str, Any], name: str, default: Any = None) -> float:
    """Return a number above 0.

    Raises:
        WrongFile: it is missing without a default, is no number, or none that float32 holds.
    """
    value = settings.get(name)
    value = default if value is None else value
    if type(value) in (int, float) and SHORTEST <= value <= LONGEST:
        return float(value)
    raise WrongFile(f"config.json gives '{name}' as {str(value)[:40]}, which makes no sense.")


def is_tied(raw: Mapping[str, Any], architecture: str) -> bool:
    """Return whether the output layer is the embedding.

    Raises:
        WrongFile: config.json says neither true nor false.
    """
    told = raw.get("tie_word_embeddings")
    told = architecture in TIED_BY_DEFAULT if told is None else told
    if not isinstance(told, bool):
        raise WrongFile(f"config.json gives 'tie_word_embeddings' as {str(told)[:40]}.")
    return told
