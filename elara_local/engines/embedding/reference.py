"""The embedder of the workshop: any model that sentence-transformers reads, in float32.

It needs torch, so the field laptop never imports it. It is what ct2.py is measured
against.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from elara_local.errors import Missing

if TYPE_CHECKING:
    from numpy.typing import NDArray


class SentenceTransformers:
    """A model folder run by sentence-transformers on the CPU."""

    def __init__(self, folder: Path, batch: int = 32) -> None:
        """Load the model from `folder`; nothing is fetched.

        Raises:
            Missing: sentence-transformers is not installed, or the folder is not there.
        """
        if not folder.is_dir():
            raise Missing(f"The model {folder} is not there.", "Install it with `models add`.")
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise Missing(
                "sentence-transformers is not installed.",
                "Install requirements.txt, or use the CTranslate2 embedder.",
            ) from error
        self._batch = batch
        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self.dimension = int(self._model.encode(["x"], show_progress_bar=False).shape[1])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, dimension), rows of length 1."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(
            list(texts),
            batch_size=self._batch,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)
