"""The facts of a GGUF file that its report names, and the sums of what it was made from.

The kind of quantization is what the file says of itself, unless its weights are finer: a file
whose weights are mostly F16 is held to F16's limits, whatever it says. It runs no model.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from math import prod
from pathlib import Path

from convert.merge import digest_files
from elara_local.errors import Missing, WrongFile
from elara_local.gguf_layout import Damaged, Layout, read_layout
from elara_local.weights import find_fault

FINE = ("F32", "F16", "BF16", "Q8_0")  # kinds that only they may call themselves
HINT = "Convert it again; if the file came from elsewhere, fetch it again."


@dataclass(frozen=True)
class ModelFile:
    """What a GGUF file says of itself; "" where it says nothing."""

    architecture: str
    quantization: str  # a key of elara_local.proofs.KL_LIMITS, or another of llama.cpp's names
    licence: str
    base: str
    template_sha256: str


def read_model_file(path: Path) -> ModelFile:
    """Read the header of a chat model.

    Raises:
        Missing: there is no such file.
        WrongFile: it is no whole GGUF file, or it holds an adapter and no model.
    """
    if not path.is_file():
        raise Missing(f"The file {path} is not there.", "Give the path of a GGUF file.")
    fault = find_fault(path) if path.suffix.lower() == ".gguf" else "its name ends otherwise"
    try:
        layout = None if fault else read_layout(path)
    except Damaged as error:
        layout, fault = None, f"its header makes no sense ({error})"
    if layout is None:
        raise WrongFile(f"{path.name} is no GGUF model: {fault}.", HINT)
    if layout.pairs.get("general.type", "model") != "model":
        raise WrongFile(f"{path.name} holds no model.", "Give the path of a chat model.")
    template = _text(layout, "tokenizer.chat_template")
    return ModelFile(
        architecture=_text(layout, "general.architecture"),
        quantization=_name_kind(layout),
        licence=_text(layout, "general.license"),
        base=_text(layout, "general.base_model.0.name"),
        template_sha256=hashlib.sha256(template.encode()).hexdigest() if template else "",
    )


def fingerprint(path: Path | None) -> str:
    """Return the sha256 of a file, or of a folder's safetensors (see `digest_files`).

    None and a folder without any have "".
    """
    if path is None:
        return ""
    files = (path,) if path.is_file() else tuple(sorted(path.glob("*.safetensors")))
    return digest_files(files) if files else ""


def _name_kind(layout: Layout) -> str:
    """Return the kind that the weights are held to."""
    from gguf import GGMLQuantizationType, LlamaFileType

    sizes: Counter[int] = Counter()
    for tensor in layout.tensors.values():
        if len(tensor.shape) > 1:
            sizes[tensor.kind] += prod(tensor.shape)
    common = GGMLQuantizationType(sizes.most_common(1)[0][0]).name if sizes else "F32"
    said = layout.pairs.get("general.file_type")
    try:
        name = LlamaFileType(said).name.removeprefix("MOSTLY_").removeprefix("ALL_")
    except ValueError:
        return common
    return common if common in FINE or name in (*FINE, "GUESSED") else name


def _text(layout: Layout, key: str) -> str:
    found = layout.pairs.get(key, "")
    return found if isinstance(found, str) else ""
