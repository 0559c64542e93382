"""What a Hugging Face folder must be before anything is made of it: safetensors, no code in it.

It knows no architecture by name; who asks names those that it takes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.weights import find_fault

HINT = "Name a folder as it is published, with config.json and *.safetensors."


def require_folder(source: Path, types: Sequence[str]) -> Mapping[str, Any]:
    """Return the config.json of a folder that can be converted.

    Raises:
        WrongUse: it is a model of another type.
        WrongFile: it holds pickled weights alone, asks for code of its own, or is damaged.
    """
    if not source.is_dir():
        raise WrongFile(f"{source} is no folder.", HINT)
    config = _read(source / "config.json")
    if str(config.get("model_type")) not in types:
        raise WrongUse(
            f"{source.name} is of the type '{config.get('model_type')}'.",
            f"This verb takes: {', '.join(types)}.",
        )
    tokenizer = source / "tokenizer_config.json"
    settings = _read(tokenizer) if tokenizer.is_file() else {}
    if "auto_map" in config or "auto_map" in settings:
        raise WrongFile(
            f"{source.name} asks to run code of its own (auto_map).", "Choose another model."
        )
    weights = sorted(source.glob("*.safetensors"))
    if not weights:
        raise WrongFile(
            f"{source.name} has no safetensors; other weights can hold code.",
            "Fetch the safetensors of the model.",
        )
    for path in weights:
        if fault := find_fault(path):
            raise WrongFile(f"{path.name} can't be used: {fault}.", "Fetch it again.")
    return config


def require_new(out: Path, source: Path) -> None:
    """Refuse to write where the source lies.

    Raises:
        WrongUse: `out` is the source, lies within it, or is a file.
    """
    if out.is_file() or out.resolve().is_relative_to(source.resolve()):
        raise WrongUse(f"{out} can't be written.", "Name a new folder.")


def quieten_transformers() -> None:
    """Keep transformers from printing.

    Raises:
        Missing: torch or transformers is not installed.
    """
    try:
        import torch  # noqa: F401
        from transformers.utils import logging
    except ImportError as error:
        raise Missing(
            f"This conversion needs {error.name}.",
            "Install requirements.txt, on the machine that prepares models.",
        ) from error
    logging.set_verbosity_error()
    logging.disable_progress_bar()


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WrongFile(f"{path.name} of {path.parent.name} can't be read.", HINT) from error
    if not isinstance(found, dict):
        raise WrongFile(f"{path.name} of {path.parent.name} is not an object.", HINT)
    return found
