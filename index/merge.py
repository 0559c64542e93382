"""From shards to one index: which documents stay, and all of it streamed into the target.

Versions, deletions and exact copies are settled over all shards (index.dedupe); what is lost
in one shard may have been kept in another. Near-duplicates are `index clean`'s. Memory: about
400 bytes a document for what settles it, and the codes of the vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elara_local.passages.folder import write_index
from elara_local.passages.store import Document, Store
from elara_local.records import Passage
from index.dedupe import Entry, Settled, dropped_of, settle
from index.records import Dropped, write_dropped
from index.shards import read_entries

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 8192  # rows in memory at once, as float32


@dataclass(frozen=True)
class Merged:
    """What became of the documents: how many stay, how many each stage dropped."""

    kept: int
    dropped: Mapping[str, int]
    edition: str


class Shards:
    """Complete shards as one stream of documents, passages and rows, any number of times."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Settle which documents stay.

        Args:
            folders: the shards, in the order in which their passages will be numbered.
        """
        self._folders = folders
        self._entries = entries = list[Entry]()
        self._firsts: list[int] = []
        for folder in folders:
            self._firsts.append(len(entries))
            entries += read_entries(folder)
        self._settled: Settled = settle(entries, None, lambda pairs, alike: [])
        losses = self._settled.losses
        dropped: dict[str, int] = {}
        for loss in losses.values():
            dropped[loss.stage] = dropped.get(loss.stage, 0) + 1
        dates = [e.date for n, e in enumerate(entries) if n not in losses]
        self.result = Merged(len(entries) - len(losses), dropped, max(dates, default=""))

    def dropped(self) -> Iterator[Dropped]:
        """Yield what is said of every document that goes."""
        for number in sorted(self._settled.losses):
            yield dropped_of(number, self._entries, self._settled)

    def documents(self) -> Iterator[Document]:
        """Yield every document that stays and has text, under the id it has in the index."""
        for folder, first in zip(self._folders, self._firsts, strict=True):
            with closing(Store(folder / "passages.sqlite")) as store:
                for document in store.iterate_documents():
                    number = first + int(document.id)
                    if number not in self._settled.losses and document.text:
                        notice = self._settled.notices.get(number, document.notice)
                        yield replace(document, id=_name(document), notice=notice)

    def passages(self) -> Iterator[Passage]:
        """Yield the passages of these documents, numbered from 0."""
        count = 0
        for folder, first in zip(self._folders, self._firsts, strict=True):
            with closing(Store(folder / "passages.sqlite")) as store:
                names = {d.id: _name(d) for d in store.iterate_documents()}
                for passage in store.passages():
                    number = first + int(passage.document)
                    if number not in self._settled.losses:
                        notice = self._settled.notices.get(number, passage.notice)
                        name = names[passage.document]
                        yield replace(passage, id=count, document=name, notice=notice)
                        count += 1

    def rows(self) -> Iterator[NDArray[np.float32]]:
        """Yield the rows of these passages."""
        import numpy as np

        for folder, first in zip(self._folders, self._firsts, strict=True):
            rows = np.load(folder / "rows.npy", mmap_mode="r")
            with closing(Store(folder / "passages.sqlite")) as store:
                owners = np.array(store.owners(), dtype=np.int64) + first
            kept = np.flatnonzero([o not in self._settled.losses for o in owners.tolist()])
            for start in range(0, max(len(kept), 1), BATCH):
                batch = rows[kept[start : start + BATCH]].astype(np.float32)
                yield batch / np.maximum(np.linalg.norm(batch, axis=1, keepdims=True), 1e-6)


@dataclass(frozen=True)
class Again:
    """A stream that begins again each time it is gone through."""

    begin: Any

    def __iter__(self) -> Iterator[Any]:
        return iter(self.begin())


def merge(
    target: Path,
    folders: Sequence[Path],
    about: Mapping[str, Any],
    rejects: Path,
    vectors: str = "",
) -> Merged:
    """Write one index of complete shards and put it in place of `target`.

    `about` goes into the manifest; an edition of "" becomes that of the newest document. Which
    documents were dropped and why is written to `rejects`.

    Raises:
        ElaraError: the vector index finds too little; `target` is as it was.
    """
    shards = Shards(folders)
    said = {**about, "edition": about.get("edition") or shards.result.edition}
    documents, passages = Again(shards.documents), Again(shards.passages)
    write_index(target, documents, passages, Again(shards.rows), said, vectors)
    with rejects.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{write_dropped(dropped)}\n" for dropped in shards.dropped())
    return shards.result


def _name(document: Document) -> str:
    """The id in the index: the register's own name, else the file's and the number in it."""
    return document.identifier or f"{document.file}#{document.id}"
