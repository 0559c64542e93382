"""Shelves as one: passages, keywords and vectors of several index folders.

Passage ids of the whole are those of the shelf plus where it begins. It knows no holdings and
no folder on disk.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from elara_local.passages.folder import Index
from elara_local.passages.store import Document
from elara_local.records import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Shelf:
    """One opened index folder; its passage i is `first + i` of the library."""

    index: Index
    kind: str
    first: int

    @property
    def size(self) -> int:
        """The number of passages."""
        return self.index.vectors.size


class Stores:
    """The passages and documents of all shelves."""

    def __init__(self, shelves: Sequence[Shelf]) -> None:
        self._shelves = shelves
        self._firsts = [shelf.first for shelf in shelves]

    def read(self, ids: Sequence[int]) -> list[Passage]:
        """Return the passages with these ids, in the order of `ids`."""
        wanted: dict[int, list[int]] = {}
        for i in ids:
            wanted.setdefault(bisect_right(self._firsts, i) - 1, []).append(i)
        found: dict[int, Passage] = {}
        for n, whole in wanted.items():
            shelf = self._shelves[n]
            for i, passage in zip(
                whole, shelf.index.store.read([i - shelf.first for i in whole]), strict=True
            ):
                found[i] = replace(passage, id=i, shelf=shelf.kind)
        return [found[i] for i in ids]

    def passages(self) -> Iterator[Passage]:
        """Yield every passage by id."""
        for shelf in self._shelves:
            for passage in shelf.index.store.passages():
                yield replace(passage, id=passage.id + shelf.first, shelf=shelf.kind)

    def documents(self) -> list[Document]:
        """Return every document, shelf by shelf."""
        return [d for shelf in self._shelves for d in shelf.index.store.documents()]

    def count_reviewed(self) -> int:
        """Return how many documents have been clinically reviewed."""
        return sum(shelf.index.store.count_reviewed() for shelf in self._shelves)

    def text_of(self, document: str) -> str:
        """Return the stored text of a document, "" when there is none of that id."""
        texts = (shelf.index.store.text_of(document) for shelf in self._shelves)
        return next((text for text in texts if text), "")

    def keywords_of(self, documents: Iterable[str]) -> dict[str, str]:
        """Return the further words of each of these documents."""
        ids = list(documents)
        found: dict[str, str] = {}
        for shelf in self._shelves:
            found |= shelf.index.store.keywords_of(ids)
        return found

    def words(self) -> dict[str, int]:
        """Return every word of the shelves with the number of passages that hold it."""
        if len(self._shelves) == 1:
            return self._shelves[0].index.store.words()
        counts: Counter[str] = Counter()
        for shelf in self._shelves:
            counts.update(shelf.index.store.words())
        return dict(counts)


class KeywordShelves:
    """BM25 over all shelves, each term weighing what it weighs in the whole."""

    def __init__(self, shelves: Sequence[Shelf]) -> None:
        self._shelves = shelves

    @property
    def count(self) -> int:
        """The number of passages."""
        return sum(shelf.index.keywords.count for shelf in self._shelves)

    def terms(self, text: str) -> list[str]:
        """Return the distinct index terms of a text, in order of appearance."""
        return self._shelves[0].index.keywords.terms(text)

    def frequency(self, term: str) -> int:
        """Return how many passages hold this index term, in any field."""
        return sum(shelf.index.keywords.frequency(term) for shelf in self._shelves)

    def search(self, text: str, count: int) -> list[tuple[int, float]]:
        """Return up to `count` (passage id, BM25 score) of each kind of shelf, best first."""
        if len(self._shelves) == 1:
            return self._shelves[0].index.keywords.search(text, count)
        rarity = {term: _idf(self.count, self.frequency(term)) for term in self.terms(text)}
        found: list[tuple[int, float]] = []
        for shelf in self._shelves:
            own = shelf.index.keywords
            weights = {t: idf / _idf(own.count, own.frequency(t)) for t, idf in rarity.items()}
            found += [(i + shelf.first, score) for i, score in own.search(text, count, weights)]
        return _best_of_each_kind(found, self._shelves, count)


def _best_of_each_kind(
    found: Sequence[tuple[int, float]], shelves: Sequence[Shelf], count: int
) -> list[tuple[int, float]]:
    """Return the best of each kind, so that a large collection does not crowd out a small one."""
    firsts = [shelf.first for shelf in shelves]
    left = Counter({shelf.kind: count for shelf in shelves})
    best = []
    for i, score in sorted(found, key=lambda pair: (-pair[1], pair[0])):
        kind = shelves[bisect_right(firsts, i) - 1].kind
        if left[kind] > 0:
            left[kind] -= 1
            best.append((i, score))
    return best


def _idf(count: int, frequency: int) -> float:
    """Inverse document frequency of BM25 as tantivy computes it."""
    return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))


class VectorShelves:
    """The vectors of all shelves."""

    def __init__(self, shelves: Sequence[Shelf]) -> None:
        self._shelves = shelves
        self._firsts = [shelf.first for shelf in shelves]

    @property
    def size(self) -> int:
        """The number of rows."""
        return sum(shelf.size for shelf in self._shelves)

    @property
    def dimensions(self) -> int:
        """The length of a row."""
        return self._shelves[0].index.vectors.dimensions

    def search(self, query: NDArray[np.float32], count: int) -> list[tuple[int, float]]:
        """Return up to `count` (row, cosine) of each kind of shelf, best first.

        `query` has shape (d,).
        """
        found = [
            (row + shelf.first, cosine)
            for shelf in self._shelves
            for row, cosine in shelf.index.vectors.search(query, count)
        ]
        return _best_of_each_kind(found, self._shelves, count)

    def cosines(self, query: NDArray[np.float32], rows: Sequence[int]) -> list[float]:
        """Return the cosine of the query of shape (d,) with each of these rows."""
        wanted: dict[int, list[int]] = {}
        for row in rows:
            wanted.setdefault(bisect_right(self._firsts, row) - 1, []).append(row)
        found: dict[int, float] = {}
        for n, whole in wanted.items():
            shelf = self._shelves[n]
            local = [row - shelf.first for row in whole]
            cosines = shelf.index.vectors.cosines(query, local)
            found |= dict(zip(whole, cosines, strict=True))
        return [found[row] for row in rows]
