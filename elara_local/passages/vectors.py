"""vectors.faiss: one row per passage, memory-mapped, searched by inner product.

Rows are unit vectors, so the inner product is the cosine. What kind of index it is was
chosen when it was written (passages.kinds); a search parameter lies in the file itself. It
knows row numbers only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elara_local.errors import ElaraError
from elara_local.passages.kinds import EXACT, HALF, HNSW, choose_kind, efforts_of, train
from elara_local.passages.recall import Sample, tune

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_RECALL = 0.95  # recall@10 under which an approximate index is not written
WORTH_THREADS = 20_000  # rows


def write_vectors(
    path: Path, batches: Iterable[NDArray[np.float32]], kind: str = ""
) -> dict[str, Any]:
    """Write rows as an index and return what the manifest says of it.

    Args:
        path: the file.
        batches: float32 arrays (any number, d), rows of length 1; gone through four times.
        kind: one of passages.kinds.KINDS; "" = by the number of rows.

    Raises:
        ElaraError: an approximate index does not find LEAST_RECALL of what an exact one finds.
    """
    import faiss

    sample = Sample(batches)
    chosen = kind if kind and sample.count else choose_kind(sample.count)
    # Several threads would link the rows of a graph in another order every time.
    alone = chosen == HNSW or sample.count < WORTH_THREADS
    faiss.omp_set_num_threads(1 if alone else os.cpu_count() or 1)
    try:
        index = train(chosen, sample)
        for batch in batches:
            index.add(batch)
        found = tune(index, sample, efforts_of(chosen, sample.count))
    finally:
        faiss.omp_set_num_threads(1)
    recall = found["recall_at_10"]
    if chosen not in (EXACT, HALF) and recall < LEAST_RECALL:
        raise ElaraError(
            f"The {chosen} index of {sample.count} vectors finds {recall:.3f} of what an exact one "
            f"finds, less than {LEAST_RECALL}.",
            "Nothing was replaced; build with --vectors exact.",
        )
    faiss.write_index(index, str(path))
    return {"kind": chosen, **found}


class Vectors:
    """The opened vectors, mapped, not read into memory.

    An approximate index holds 8 to 12 bytes a row in memory to find a row by its number.
    """

    def __init__(self, path: Path) -> None:
        import faiss

        faiss.omp_set_num_threads(1)
        self._index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)

    @property
    def size(self) -> int:
        """The number of rows."""
        return int(self._index.ntotal)

    @property
    def dimensions(self) -> int:
        """The length of a row."""
        return int(self._index.d)

    def search(self, query: NDArray[np.float32], count: int) -> list[tuple[int, float]]:
        """Return up to `count` (row, cosine) for a query of shape (d,), best first."""
        if not self.size:
            return []
        cosines, rows = self._index.search(query[None, :], min(count, self.size))
        return [(int(r), float(c)) for r, c in zip(rows[0], cosines[0], strict=True) if r >= 0]

    def cosines(self, query: NDArray[np.float32], rows: Sequence[int]) -> list[float]:
        """Return the cosine of the query of shape (d,) with each of these rows."""
        return [float(value) for value in self.rows(rows) @ query] if rows else []

    def rows(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Return these rows as they are stored, float32 (number of rows, d)."""
        import numpy as np

        stored: NDArray[np.float32] = self._index.reconstruct_batch(
            np.asarray(rows, dtype=np.int64)
        )
        return stored
