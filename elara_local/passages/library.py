"""Several index folders asked as one: the user's own documents, the handbook, attached ones.

Each folder is a shelf of a kind (records.SHELVES). Passage ids of the whole are those of the
shelf plus where it begins. Keyword scores can be compared across shelves because every term
weighs what it weighs in the whole: its inverse document frequency over all shelves. A shelf
that can't be opened is left out and said so; the first, the handbook, must open. It knows no
question and no embedding model; all shelves must have been made by the same one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from elara_local.errors import ElaraError, Missing
from elara_local.passages.folder import Index, open_index
from elara_local.passages.holdings import ORIGINALS, VOLUMES, Holdings, read_holdings
from elara_local.passages.shelves import KeywordShelves, Shelf, Stores, VectorShelves
from elara_local.records import SHELVES

COMPARED = "compared.json"  # which large files were compared, see passages.integrity
OWN = "own"
TRIES = 3  # a change of the library may take a volume away while it is being opened


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
            own = [(OWN, open_index(path, memory)) for path in volumes]
            break
        except (Missing, OSError) as error:
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
            kind = _kind(index, "collection")
            yield "collection" if kind == OWN else kind, index  # it can't be removed from here


def _kind(index: Index, default: str = "handbook") -> str:
    kind = str(index.manifest.get("shelf", default))
    return kind if kind in SHELVES else "collection"
