"""The judge of entailment: a CTranslate2 encoder and a head in NumPy, without torch.

It reads what conversion.py wrote. What is not known here: the thresholds (grounding/meaning.py),
and how good the model is: none was measured with the weights that the catalogue names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from elara_local.engines.embedding.conversion import CARD
from elara_local.engines.embedding.ct2 import load_encoder, load_tokenizer
from elara_local.engines.entailment.conversion import HEAD
from elara_local.engines.machine import physical_cores
from elara_local.errors import Missing, WrongFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

HINT = "Add the model again: python3 launcher.py models add NAME --from FOLDER"
BATCH = 16  # pairs in one forward pass
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": np.tanh,
    "relu": lambda rows: np.maximum(rows, 0.0),
}


class CTranslate2Entailment:
    """An NLI cross-encoder; `judge` obeys the port Entailment."""

    def __init__(self, folder: Path, threads: int = 0, compute_type: str = "int8") -> None:
        """Load the model that `convert_classifier` wrote.

        Raises:
            Missing: the folder is not there.
            WrongFile: a file in it is not what it should be.
        """
        card, self._head = _read_card(folder)
        self.fingerprint = str(card["source_sha256"])
        self._order: list[int] = card["order"]
        self._typed = bool(card["typed"])
        self._activation = ACTIVATIONS[card["activation"]]
        self._tokenizer = load_tokenizer(folder, int(card["max_tokens"]))
        self._encoder = load_encoder(folder, threads or physical_cores(), compute_type, "cpu")

    def judge(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return float32 of shape (n, 3): entailed, neutral, contradicted; rows sum to 1."""
        logits = self.logits(pairs)[:, self._order]
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: NDArray[np.float32] = raised / raised.sum(axis=1, keepdims=True)
        return shares

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return float32 of shape (n, 3) in the order of the model's own labels."""
        rows = [self._forward(pairs[n : n + BATCH]) for n in range(0, len(pairs), BATCH)]
        return np.concatenate(rows) if rows else np.zeros((0, 3), dtype=np.float32)

    def _forward(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        read = self._tokenizer.encode_batch(list(pairs))
        types = [encoding.type_ids for encoding in read] if self._typed else None
        output = self._encoder.forward_batch([e.ids for e in read], token_type_ids=types)
        first = np.asarray(output.last_hidden_state)[:, 0, :]
        head = self._head
        inner = self._activation(first @ head["dense_weight"].T + head["dense_bias"])
        logits: NDArray[np.float32] = inner @ head["last_weight"].T + head["last_bias"]
        return logits.astype(np.float32)


def _read_card(folder: Path) -> tuple[dict[str, Any], dict[str, NDArray[np.float32]]]:
    if not (folder / "model.bin").is_file():
        raise Missing(f"The entailment model {folder} is not there.", HINT)
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        if sorted(card["order"]) != [0, 1, 2] or card["activation"] not in ACTIVATIONS:
            raise ValueError("its labels or its head are not known")
        with np.load(folder / HEAD, allow_pickle=False) as file:
            head = {name: file[name].astype(np.float32) for name in file.files}
        if not all(np.isfinite(matrix).all() for matrix in head.values()):
            raise ValueError("its head holds a value that is not finite")
        return {key: card[key] for key in ("source_sha256", "max_tokens", "typed", "activation",
                                           "order")}, head  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WrongFile(f"{folder} is not an entailment model: {error}.", HINT) from error
