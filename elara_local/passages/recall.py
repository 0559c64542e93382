"""How much of what an exact search finds a vector index finds, measured on held-out rows.

Held out: rows spread evenly over the whole that training never sees and whose own number
counts on neither side. They are passages, not questions: a question lies farther from its
passages, so the figure says what the index loses, not how good the answers are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROBES = 200  # held-out rows: 2,000 neighbours
NEAR = 10  # recall is of so many nearest rows
KEPT = 100  # exact neighbours kept, so that rows that are equally near count alike
NONE = -2.0  # stands where there is no cosine
SAME = 1e-6  # cosines that differ by less are the same
TARGET = 0.98


class Sample:
    """What is known of rows that do not fit into memory: count, bounds, some of them."""

    def __init__(self, batches: Iterable[NDArray[np.float32]]) -> None:
        """Go through `batches` once; they must be float32 (any number, d) and come again."""
        self._batches = batches
        self.count = 0
        lows, highs = [], []
        self.dimensions = 0
        for batch in batches:
            self.count += len(batch)
            self.dimensions = batch.shape[1]
            if len(batch):
                lows.append(batch.min(axis=0))
                highs.append(batch.max(axis=0))
        zeros = np.zeros((1, self.dimensions), dtype=np.float32)
        self.bounds: NDArray[np.float32] = (
            np.stack([np.min(lows, axis=0), np.max(highs, axis=0)]) if lows else zeros
        )
        self.probes = _spread(self.count, min(PROBES, max(1, self.count // 10)))

    def training(self, most: int) -> NDArray[np.float32]:
        """Return up to `most` rows, evenly spread, without those held out."""
        wanted = np.setdiff1d(_spread(self.count, most), self.probes)
        return self._take(wanted if len(wanted) else self.probes)

    def neighbours(self) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
        """Return the held-out rows, and the numbers and cosines of the KEPT nearest others."""
        probes = self._take(self.probes)
        best = np.full((len(probes), KEPT), NONE, dtype=np.float32)
        numbers = np.full((len(probes), KEPT), -1, dtype=np.int64)
        for first, batch in self._numbered():
            if not len(batch):
                continue
            cosines = probes @ batch.T
            own = np.flatnonzero((self.probes >= first) & (self.probes < first + len(batch)))
            cosines[own, self.probes[own] - first] = NONE
            top = np.argpartition(-cosines, min(KEPT, len(batch)) - 1, axis=1)[:, :KEPT]
            near = np.take_along_axis(cosines, top, 1)
            best = np.hstack([best, near])
            numbers = np.hstack([numbers, np.where(near > NONE, top + first, -1)])
            order = np.argsort(-best, axis=1, kind="stable")[:, :KEPT]
            best = np.take_along_axis(best, order, 1)
            numbers = np.take_along_axis(numbers, order, 1)
        return probes, numbers, best

    def _numbered(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        first = 0
        for batch in self._batches:
            yield first, batch
            first += len(batch)

    def _take(self, wanted: NDArray[np.int64]) -> NDArray[np.float32]:
        taken = [
            batch[wanted[(wanted >= first) & (wanted < first + len(batch))] - first]
            for first, batch in self._numbered()
        ]
        return np.concatenate(taken) if taken else np.zeros((0, self.dimensions), np.float32)


def tune(index: Any, sample: Sample, efforts: Iterable[Mapping[str, int]]) -> dict[str, Any]:
    """Set the first of `efforts` that reaches TARGET and return it with its recall.

    Where none reaches it, the last stays. An effort names attributes of FAISS's own objects:
    nprobe (of the lists), efSearch (of the graph), k_factor (of the second look).
    """
    truth = sample.neighbours()
    for effort in efforts:
        for name, value in effort.items():
            setattr(_owner(index, name), name, value)
        recall = measure(index, sample.probes, *truth)
        if recall >= TARGET:
            break
    return {**effort, "recall_at_10": recall}


def _owner(index: Any, name: str) -> Any:
    import faiss

    if name == "nprobe":
        return faiss.extract_index_ivf(index)
    return index.hnsw if name == "efSearch" else index


def measure(
    index: Any,
    own: NDArray[np.int64],
    probes: NDArray[np.float32],
    numbers: NDArray[np.int64],
    cosines: NDArray[np.float32],
) -> float:
    """Return the share of the NEAR nearest others that a search finds, rounded to 4 digits."""
    _, found = index.search(probes, NEAR + 1) if len(probes) else (None, [])
    hits = total = 0
    for row, number, known, near in zip(found, own, numbers, cosines, strict=True):
        wanted = min(NEAR, int((known >= 0).sum()))
        if not wanted or (len(known) == KEPT and near[-1] >= near[wanted - 1] - SAME > -1):
            continue  # nothing beside it, or more rows equally near than were kept
        right = set(known[(near >= near[wanted - 1] - SAME) & (known >= 0)].tolist())
        others = [i for i in row.tolist() if i != number and i >= 0][:wanted]
        hits += sum(i in right for i in others)
        total += wanted
    return round(hits / total, 4) if total else 1.0


def _spread(count: int, most: int) -> NDArray[np.int64]:
    """Up to `most` numbers below `count`, evenly spread, rising."""
    return np.linspace(0, max(count - 1, 0), min(count, most)).astype(np.int64)
