"""Several index folders asked as one: the user's own documents, the handbook, attached ones.

Each folder is a shelf of a kind (records.SHELVES). Passage ids of the whole are those of the
shelf plus where it begins. Keyword scores can be compared across shelves because every term
weighs what it weighs in the whole: its inverse document frequency over all shelves. A shelf
that can't be opened is left out and said so; the first, the handbook, must open. It knows no
question and no embedding model; all shelves must have been made by the same one.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elara_local.errors import ElaraError, Missing
from elara_local.passages.folder import Index, open_index
from elara_local.passages.holdings import ORIGINALS, VOLUMES, Holdings, read_holdings
from elara_local.passages.store import Document
from elara_local.records import SHELVES, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMPARED = "compared.json"  # which large files were compared, see passages.integrity
TRIES = 3  # a change of the library may take a volume away while it is being opened


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


class Library:
    """What is asked: shelves as one index. `lacking` says what could not be opened and why."""

    def __init__(
        self, shelves: Sequence[Shelf], holdings: Holdings, folder: Path, lacking: Sequence[str]
    ) -> None:
        self.shelves = tuple(shelves)
        self.holdings = holdings
        self.lacking = tuple(lacking)
        self.store = Stores(self.shelves)
        self.keywords = KeywordShelves(self.shelves)
        self.vectors = VectorShelves(self.shelves)
        self._folder = folder

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the first shelf's manifest says, with the counts of all."""
        first = self.shelves[0].index.manifest
        counts = {
            name: sum(int(shelf.index.manifest[name]) for shelf in self.shelves)
            for name in ("documents", "passages")
        }
        return {**first, **counts}

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the only shelf, or one of all shelves; 12 hex digits."""
        prints = [shelf.index.fingerprint for shelf in self.shelves]
        return prints[0] if len(prints) == 1 else sha256(" ".join(prints).encode()).hexdigest()[:12]

    @property
    def kinds(self) -> int:
        """How many kinds of shelf there are."""
        return len({shelf.kind for shelf in self.shelves})

    def original_of(self, document: str) -> Path | None:
        """Return the kept PDF file of a document of the user's, None where there is none."""
        for file in self.holdings.files.values():
            if document in file.documents and file.original:
                path = self._folder / ORIGINALS / file.original
                return path if path.is_file() else None
        return None

    def close(self) -> None:
        """Close every shelf."""
        for shelf in self.shelves:
            shelf.index.close()


def open_library(base: Path, folder: Path) -> Library:
    """Open the handbook's index at `base` and what the user's library in `folder` holds.

    Raises:
        Missing: there is no index at `base`, or it is not what was built.
    """
    memory = folder / COMPARED
    first = open_index(base, memory)
    lacking: list[str] = []
    holdings, own = Holdings(), []
    for again in reversed(range(TRIES)):
        try:
            holdings = read_holdings(folder)
            volumes = [folder / VOLUMES / v.name for v in holdings.volumes]
            own = [("own", open_index(path, memory)) for path in volumes]
            break
        except Missing as error:
            if not again:
                lacking.append(f"Your own documents can't be asked: {error}")
    attached = list(_open_attached(holdings, memory, lacking))
    shelves: list[Shelf] = []
    for kind, index in [(_kind(first), first), *own, *attached]:
        if index.manifest.get("embedding_sha256") != first.manifest.get("embedding_sha256"):
            lacking.append(
                f"{index.folder} was made with another embedding model and is not asked. "
                "Build it again with the one of the handbook."
            )
            index.close()
            continue
        begin = shelves[-1].first + shelves[-1].size if shelves else 0
        shelves.append(Shelf(index, kind, begin))
    return Library(shelves, holdings, folder, lacking)


def _open_attached(
    holdings: Holdings, memory: Path, lacking: list[str]
) -> Iterator[tuple[str, Index]]:
    for attached in holdings.attached:
        if not attached.asked:
            continue
        try:
            index = open_index(Path(attached.path), memory)
        except (ElaraError, OSError) as error:
            lacking.append(f"The attached index {attached.path} can't be asked: {error}")
        else:
            yield _kind(index, "collection"), index


def _kind(index: Index, default: str = "handbook") -> str:
    kind = str(index.manifest.get("shelf", default))
    return kind if kind in SHELVES else "collection"


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
