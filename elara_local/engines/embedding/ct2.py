"""The embedder of the field laptop: a CTranslate2 int8 encoder, without torch.

The card of the model says how: the mean of the real tokens or the first one, what stands
before a question and before a passage, how many tokens it reads. It knows nothing of the
index, or of where models are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from elara_local.engines.embedding.conversion import CARD
from elara_local.engines.machine import physical_cores
from elara_local.errors import Missing, WrongFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMPUTE_TYPE = "int8"
BATCH_TOKENS = 512  # tokens in one forward pass, padding included; benchmarks/embedding.py
BATCH_TEXTS = 64
CUDA = "cuda"
CUDA_TOKENS = 32 * 512  # a graphics card is idle between small batches; not measured here
CUDA_TEXTS = 1024
POOLINGS = ("mean", "first")
CHARACTERS_PER_TOKEN = 64  # longer texts are cut before they are tokenized
HINT = "Run `python3 launcher.py`, which makes the encoder again."


class CTranslate2:
    """A sentence encoder of shape (n, 384) for all-MiniLM-L6-v2."""

    def __init__(
        self,
        folder: Path,
        threads: int = 0,
        compute_type: str = COMPUTE_TYPE,
        batch_tokens: int = 0,
        device: str = "cpu",
    ) -> None:
        """Load the encoder that `convert_encoder` wrote.

        Args:
            folder: the folder with model.bin, tokenizer.json and elara.json.
            threads: batches computed at once, one core each; 0 = the physical cores.
            compute_type: CTranslate2's name of the arithmetic.
            batch_tokens: most tokens in one forward pass, padding included; 0 = what suits.
            device: "cpu", or "cuda" for a build on a machine with a graphics card.

        Raises:
            Missing: the folder is not there, or there is no graphics card.
            WrongFile: a file in it is not what it should be.
        """
        card = _read_card(folder)
        self.dimension = int(card["dimension"])
        self.max_tokens = int(card["max_tokens"])
        self.fingerprint = str(card["source_sha256"])
        on_card = device == CUDA
        self.threads = 1 if on_card else threads or physical_cores()
        self.queries = Queries(self)
        self._pooling = str(card["pooling"])
        self._prefixes = str(card["query_prefix"]), str(card["passage_prefix"])
        self._batch_tokens = batch_tokens or (CUDA_TOKENS if on_card else BATCH_TOKENS)
        self._batch_texts = CUDA_TEXTS if on_card else BATCH_TEXTS
        self._tokenizer = load_tokenizer(folder, self.max_tokens)
        self._encoder = load_encoder(folder, self.threads, compute_type, device)
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="embed")

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, dimension), rows of length 1, in the order given.

        They are taken for passages; `queries.embed` takes them for questions. A text longer
        than `max_tokens` tokens is cut there. The same texts in the same order give the same
        bytes.
        """
        return self._embed([self._prefixes[1] + text for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return rows as `embed` does, of texts that are questions."""
        return self._embed([self._prefixes[0] + text for text in texts])

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        ids = [encoding.ids for encoding in self._tokenize(texts)]
        batches = list(self._batches(ids))
        pooled = self._pool.map(lambda batch: self._forward([ids[i] for i in batch]), batches)
        for batch, rows in zip(batches, pooled, strict=True):
            vectors[batch] = rows
        return vectors

    def _tokenize(self, texts: Sequence[str]) -> list[Any]:
        longest = self.max_tokens * CHARACTERS_PER_TOKEN
        clean = [t[:longest].encode("utf-8", "replace").decode("utf-8") for t in texts]
        encodings: list[Any] = self._tokenizer.encode_batch_fast(clean) if clean else []
        return encodings

    def _batches(self, ids: Sequence[Sequence[int]]) -> Iterator[list[int]]:
        """Group row numbers by length, longest first, so that little is padded."""
        batch: list[int] = []
        width = 0
        for row in sorted(range(len(ids)), key=lambda i: (-len(ids[i]), i)):
            width = width or len(ids[row])
            full = width * (len(batch) + 1) > self._batch_tokens
            if batch and (full or len(batch) == self._batch_texts):
                yield batch
                batch, width = [], len(ids[row])
            batch.append(row)
        if batch:
            yield batch

    def _forward(self, ids: list[list[int]]) -> NDArray[np.float32]:
        """Encode one batch: (rows, width, d) -> one row of d each -> length 1."""
        hidden = _fetch(self._encoder.forward_batch(ids).last_hidden_state)
        pooled = hidden[:, 0, :] if self._pooling == "first" else _average(hidden, ids)
        norms = np.linalg.norm(pooled, axis=1, keepdims=True)
        unit: NDArray[np.float32] = (pooled / np.maximum(norms, 1e-12)).astype(np.float32)
        return unit


class Queries:
    """The side of an encoder that takes questions; an embedder of its own."""

    def __init__(self, encoder: CTranslate2) -> None:
        self._encoder = encoder

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, dimension), rows of length 1."""
        return self._encoder.embed_queries(texts)


def _average(hidden: NDArray[np.float32], ids: list[list[int]]) -> NDArray[np.float32]:
    """The mean over the real tokens: (rows, width, d) -> (rows, d)."""
    lengths = np.array([len(row) for row in ids])
    mask = np.arange(hidden.shape[1])[None, :] < lengths[:, None]
    summed = np.einsum("nwd,nw->nd", hidden, mask.astype(np.float32))
    mean: NDArray[np.float32] = summed / lengths[:, None]
    return mean


def _fetch(view: Any) -> NDArray[np.float32]:
    """The numbers of a view in this machine's memory, whichever device they were made on."""
    import ctranslate2

    if view.device == CUDA:
        view = view.to(ctranslate2.DataType.float32).to_device(ctranslate2.Device.cpu)
    return np.asarray(view)


def _read_card(folder: Path) -> dict[str, Any]:
    if not (folder / "model.bin").is_file():
        raise Missing(f"The encoder {folder} is not there.", HINT)
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        if card.setdefault("pooling", "mean") not in POOLINGS:
            raise ValueError(f"the pooling '{card['pooling']}' is not known")
        keys = ("dimension", "max_tokens", "source_sha256", "pooling")
        prefixes = {key: card.get(key, "") for key in ("query_prefix", "passage_prefix")}
        return {key: card[key] for key in keys} | prefixes
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WrongFile(f"{folder / CARD} can't be read: {error}.", HINT) from error


def load_tokenizer(folder: Path, max_tokens: int) -> Any:
    """The tokenizer of a folder, cutting at `max_tokens`; raises WrongFile."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
    except Exception as error:  # tokenizers raises bare Exception
        raise WrongFile(f"{folder / 'tokenizer.json'} can't be read: {error}.", HINT) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=max_tokens)
    return tokenizer


def load_encoder(folder: Path, threads: int, compute_type: str, device: str) -> Any:
    """The CTranslate2 encoder of a folder; raises Missing and WrongFile."""
    import ctranslate2

    if device == CUDA and not ctranslate2.get_cuda_device_count():
        raise Missing("There is no graphics card that CTranslate2 can use.", "Use the processor.")
    try:
        return ctranslate2.Encoder(
            str(folder),
            device=device,
            compute_type=f"{compute_type}_float16" if device == CUDA else compute_type,
            inter_threads=threads,
            intra_threads=1,
        )
    except (RuntimeError, ValueError) as error:
        raise WrongFile(f"{folder} is not an encoder: {error}", HINT) from error
