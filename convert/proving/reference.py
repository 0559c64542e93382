"""The reference: a Hugging Face model in float32 through torch, with or without an adapter.

This is the way a model was trained, so it is what a converted file must equal. Safetensors
alone, or a GGUF file that transformers can read; no code of a model is run, nothing is fetched.
The adapter stays an adapter (PEFT, float32): merging is what is being proven. It knows no limit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elara_local.engines.machine import physical_cores
from elara_local.errors import Missing, WrongFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIECE = 64  # tokens whose rows are held at once
WORKSHOP = "Install the workshop (requirements.txt), or name a GGUF in F16 or F32 as reference."


class HuggingFace:
    """A causal language model; `without` is the same model with its adapter switched off."""

    def __init__(self, model: Any, outputs: int, adapted: bool, on: bool = True) -> None:
        """Wrap a loaded model; use `open_huggingface`."""
        self.outputs = outputs
        self._model, self._adapted, self._on = model, adapted, on
        self._seen: list[int] = []
        self._cache: Any = None

    def without(self) -> HuggingFace:
        """Return the untouched base, which shares the weights."""
        return HuggingFace(self._model, self.outputs, self._adapted, on=False)

    def logits(self, tokens: Sequence[int], start: int = 0) -> Iterator[NDArray[np.float32]]:
        """See `Logits`."""
        if self._cache is None or len(self._seen) != start or self._seen != list(tokens[:start]):
            self._seen, self._cache = [], None
        for first in range(len(self._seen), len(tokens), PIECE):
            piece = list(tokens[first : first + PIECE])
            rows = self._evaluate(piece)
            self._seen += piece
            yield from rows[max(start - first, 0) :]

    def _evaluate(self, piece: list[int]) -> NDArray[np.float32]:
        import torch

        base = self._adapted and not self._on
        off = self._model.disable_adapter() if base else contextlib.nullcontext()
        with torch.inference_mode(), off:
            found = self._model(
                input_ids=torch.tensor([piece]), past_key_values=self._cache, use_cache=True
            )
        self._cache = found.past_key_values
        rows: NDArray[np.float32] = found.logits[0].float().numpy()
        return rows


def open_huggingface(path: Path, adapter: Path | None = None, threads: int = 0) -> HuggingFace:
    """Load a folder (safetensors) or a GGUF file in float32, and the adapter if one is named.

    Raises:
        Missing: torch, transformers or peft is not installed.
        WrongFile: the model or the adapter can't be loaded.
    """
    try:
        import torch
        from transformers import AutoModelForCausalLM
        from transformers.utils import logging
    except ImportError as error:
        raise Missing(f"The reference {path.name} needs {error.name}.", WORKSHOP) from error
    if path.is_dir() and not any(path.glob("*.safetensors")):
        raise WrongFile(f"{path.name} has no safetensors.", "Other weights can hold code.")
    torch.set_num_threads(threads or physical_cores())
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    options: dict[str, Any] = {"use_safetensors": True} if path.is_dir() else {}
    if path.is_file():
        options["gguf_file"] = path.name
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(
            path if path.is_dir() else path.parent,
            dtype=torch.float32,
            local_files_only=True,
            trust_remote_code=False,
            attn_implementation="eager",
            **options,
        )
        model.eval()
        if adapter is not None:
            model = _put_on(model, adapter)
    except (OSError, ValueError, KeyError, RuntimeError, AttributeError) as error:
        reason = str(error).partition("\n")[0][:200].rstrip(".")
        raise WrongFile(
            f"The reference {path.name} can't be loaded: {reason}.", "Name a whole model."
        ) from error
    rows = int(model.get_output_embeddings().weight.shape[0])
    return HuggingFace(model, rows, adapter is not None)


def _put_on(model: Any, adapter: Path) -> Any:
    if not (adapter / "adapter_model.safetensors").is_file():
        raise WrongFile(
            f"{adapter.name} has no adapter_model.safetensors.", "Other weights can hold code."
        )
    try:
        from peft import PeftModel
    except ImportError as error:
        raise Missing("The adapter needs peft.", WORKSHOP) from error
    adapted = PeftModel.from_pretrained(model, adapter, is_trainable=False)
    adapted.eval()
    return adapted
