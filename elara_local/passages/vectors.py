"""vectors.faiss: one row per passage, exact inner product over 8-bit codes, memory-mapped.

Rows are unit vectors, so the inner product is the cosine. Exact SQ8 is right up to about
200,000 passages (recall@10 0.991 against float32 and 6 ms at 150,000, see
docs/decisions.md); larger indexes are another builder's choice. It knows row numbers only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def write_vectors(path: Path, rows: NDArray[np.float32], codes: str = "SQ8") -> None:
    """Write `rows` (n, d), float32 of length 1, as an exact index.

    `codes` is "SQ8", one byte a number, or "SQfp16", two: read back and written again, these
    stay what they were.
    """
    import faiss

    kinds = {"SQ8": faiss.ScalarQuantizer.QT_8bit, "SQfp16": faiss.ScalarQuantizer.QT_fp16}
    index = faiss.IndexScalarQuantizer(rows.shape[1], kinds[codes], faiss.METRIC_INNER_PRODUCT)
    index.train(rows)
    index.add(rows)
    faiss.write_index(index, str(path))


class Vectors:
    """The opened vectors, mapped, not read into memory."""

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
