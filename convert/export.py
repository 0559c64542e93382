"""Merging through PEFT, in the workshop: a folder of safetensors from a base and an adapter.

The streaming merge (`convert.merge`) is the usual way. This one loads the whole model in float32
and is for what that one refuses (DoRA, layers trained whole, biases, embeddings), for a
safetensors folder, and as its reference. What is covered: every tensor of the adapter must have
found its place, a tied output layer that the adapter touches is untied first, the merged model
must say what the unmerged one says, no number may overflow. What is not: whether it is any good.
No code of a model's folder is run and nothing is fetched.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convert.peft_models import (
    WORKSHOP,
    check_adapter,
    list_tensors,
    load_model,
    put_on,
    unfit,
)
from convert.progress import Say, silent
from convert.proving.parity import prove_tokens
from convert.weights.adapter_config import CONFIG
from convert.weights.adapters import WEIGHTS
from convert.weights.folder import open_folder
from convert.weights.gguf_file import open_gguf
from convert.weights.tokenizer_writing import write_tokenizer
from elara_local.engines.machine import free_memory
from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.wheels import require_space

WIDTHS = {"float32": 4, "float16": 2, "bfloat16": 2}  # bytes of a number
HELD = 2.5  # times the float32 model: it, PEFT's merge of one layer, what is saved
PROBE = 32  # tokens on which merged and unmerged are compared
# Mean divergence (natural logarithm) of the merged from the unmerged model, both float32:
# rounding alone gives about 1e-11 (measured, tests/test_export.py); a tied head gave 0.17.
MOST_KL = 1e-6
TOKENIZER = (
    "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json",
    "generation_config.json", "LICENSE", "LICENSE.txt", "NOTICE",
)  # fmt: skip


@dataclass(frozen=True)
class Exported:
    """What was written; `kl` is the divergence of the merged model from the unmerged one."""

    folder: Path
    size: int  # bytes
    dtype: str
    untied: bool = False
    kl: float = 0.0


def merge_with_peft(
    base: Path, adapter: Path, out: Path, dtype: str = "float16", say: Say = silent
) -> Exported:
    """Merge an adapter into its base with PEFT and write a folder of safetensors.

    Args:
        base: a Hugging Face folder (safetensors), or a GGUF file that transformers can read.
        adapter: a folder of a PEFT adapter of any kind that PEFT can merge.
        out: a folder that is not there yet.
        dtype: of the numbers written, one of WIDTHS; the sum is made in float32.
        say: told each step.

    Raises:
        WrongUse: the type is not known, or the folder is there.
        Missing: torch, transformers or peft, a file, memory or space is missing.
        WrongFile: base and adapter do not fit, or the merged model is not equal.
    """
    _check_order(out, dtype)
    check_adapter(adapter)
    _require_room(base, out, dtype)
    say(f"loading {base.name} in float32")
    model = load_model(base)
    untied = _untie_if_touched(model, list_tensors(adapter))
    adapted = put_on(model, adapter)
    expected = _read_logits(adapted)
    say(f"merging {adapter.name}")
    try:
        merged = adapted.merge_and_unload(safe_merge=True)
    except (ValueError, RuntimeError, NotImplementedError) as error:
        raise unfit(adapter, error) from error
    kl = _diverge(expected, _read_logits(merged))
    if not kl <= MOST_KL:
        raise WrongFile(
            f"The merged model diverges from the unmerged one by {kl:.2g}, not {MOST_KL:g}.",
            "Keep the adapter by itself: convert adapter.",
        )
    _narrow(merged, dtype)
    say(f"writing {out.name}")
    with _claim(out) as part:
        merged.save_pretrained(part, max_shard_size="4GB")
        _save_tokenizer(base, part)
    return Exported(out, _size_of(out), dtype, untied, kl)


def export_adapter(adapter: Path, out: Path, dtype: str = "float16") -> Exported:
    """Write an adapter alone: its numbers as safetensors and its settings, nothing else.

    A training folder also holds optimiser states and paths of the machine; they stay behind.

    Raises:
        WrongUse: the type is not known, or the folder is there.
        Missing: torch, or a file of the adapter.
        WrongFile: it is a pickle, damaged, or a number overflows.
    """
    _check_order(out, dtype)
    check_adapter(adapter)
    require_space(out.parent, (adapter / WEIGHTS).stat().st_size * 2, out.name)
    try:
        import torch
        from safetensors.torch import load_file, save_file
    except ImportError as error:
        raise Missing(f"Exporting needs {error.name}.", WORKSHOP) from error
    kind = getattr(torch, dtype)
    tensors = {name: tensor.to(kind) for name, tensor in load_file(adapter / WEIGHTS).items()}
    for name, tensor in tensors.items():
        _require_finite(torch, tensor, name, dtype)
    settings = json.loads((adapter / CONFIG).read_text(encoding="utf-8"))
    settings["base_model_name_or_path"] = Path(settings.get("base_model_name_or_path") or "").name
    settings["inference_mode"] = True
    with _claim(out) as part:
        save_file(tensors, part / WEIGHTS, metadata={"format": "pt"})
        (part / CONFIG).write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")
    return Exported(out, _size_of(out), dtype)


def _check_order(out: Path, dtype: str) -> None:
    if dtype not in WIDTHS:
        raise WrongUse(f"'{dtype}' is no type of numbers.", f"Choose: {', '.join(WIDTHS)}.")
    if out.exists():
        raise WrongUse(f"{out.name} is there already.", "Name a folder that is not there yet.")


def _require_room(base: Path, out: Path, dtype: str) -> None:
    """Refuse what this disk or this memory can't hold, before a weight is read."""
    opened = open_folder(base) if base.is_dir() else open_gguf(base)
    values = sum(math.prod(stored.shape) for stored in opened.tensors.values())
    require_space(out.parent, values * WIDTHS[dtype], out.name)
    needed, free = int(values * 4 * HELD), free_memory()
    if free < needed:
        raise Missing(
            f"Merging {base.name} with PEFT needs {needed / 1e9:.1f} GB of memory; "
            f"{free / 1e9:.1f} GB is free.",
            "Use `convert merge`, which holds one tensor at a time.",
        )


def _untie_if_touched(model: Any, tensors: tuple[str, ...]) -> bool:
    """Give the output layer a weight of its own if the adapter changes it or the embedding.

    PEFT merges into the shared weight otherwise: a wrong model and no error.
    """
    head, embedding = model.get_output_embeddings(), model.get_input_embeddings()
    if head is None or head.weight.data_ptr() != embedding.weight.data_ptr():
        return False
    shared = {name for name, module in model.named_modules() if module in (head, embedding)}
    if not any(f".{name}." in f".{tensor}" for name in shared for tensor in tensors):
        return False
    head.weight = type(head.weight)(head.weight.detach().clone())
    model.config.tie_word_embeddings = False
    return True


def _read_logits(model: Any) -> Any:
    import torch

    count = int(model.get_input_embeddings().weight.shape[0])
    tokens = torch.arange(1, PROBE + 1).unsqueeze(0) * 7919 % count
    with torch.inference_mode():
        return torch.log_softmax(model(input_ids=tokens).logits[0].double(), dim=-1)


def _diverge(expected: Any, found: Any) -> float:
    return float((expected.exp() * (expected - found)).sum(dim=-1).mean())


def _narrow(model: Any, dtype: str) -> None:
    import torch

    model.to(getattr(torch, dtype))
    for name, tensor in model.state_dict().items():
        _require_finite(torch, tensor, name, dtype)


def _require_finite(torch: Any, tensor: Any, name: str, dtype: str) -> None:
    if not bool(torch.isfinite(tensor).all()):
        raise WrongFile(
            f"{name} holds a number that {dtype} can't hold.", "Choose float32 or bfloat16."
        )


@contextmanager
def _claim(out: Path) -> Iterator[Path]:
    """Give an empty folder beside the one to come; it takes the name when all went well."""
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    part.rename(out)


def _save_tokenizer(base: Path, part: Path) -> None:
    if base.is_dir():
        for name in TOKENIZER:
            if (base / name).is_file() and not (part / name).exists():
                shutil.copyfile(base / name, part / name)
        return
    write_tokenizer(base, part)
    proof = prove_tokens(part, base)
    if proof.figures()["token_parity"] < 1.0:
        raise WrongFile(
            f"The tokenizer of {base.name} can't be written as Hugging Face's: {proof.faults[0]}.",
            "Name the Hugging Face folder that the file was made from.",
        )


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
