"""The handbook as distractors are drawn from it: the committed index finds what is near.

What run time would bring for a question stands beside the passage that answers it. Found by
keywords, so that the same handbook gives the same examples on every machine. A passage that was
edited since the index was built is not drawn. It knows no question and no template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

from elara_local.common_words import topic_words
from elara_local.passages.folder import Index, open_index
from elara_local.records import Passage
from elara_local.settings import PREBUILT_INDEX


class Shelf:
    """Passages of a handbook, and which of them are near to some words."""

    def __init__(self, passages: Mapping[str, tuple[Passage, ...]], index: Index) -> None:
        self.passages = passages  # by document
        self._index = index
        self._own = {p.text: p for held in self.passages.values() for p in held}
        self.terms = lru_cache(65536)(self._read_terms)

    def near(self, text: str, count: int) -> list[Passage]:
        """Return up to `count` passages of the handbook, the nearest first."""
        ids = [number for number, _ in self._index.keywords.search(text, count)]
        return [self._own[p.text] for p in self._index.store.read(ids) if p.text in self._own]

    def share(self, wanted: frozenset[str], text: str) -> float:
        """Return the share of the wanted terms that a text holds, 0 to 1; 0 of none."""
        return len(wanted & self.terms(text)) / len(wanted) if wanted else 0.0

    def _read_terms(self, text: str) -> frozenset[str]:
        """Return the stems of the words that say what a text is about."""
        return frozenset(self._index.keywords.terms(" ".join(topic_words(text))))


@contextmanager
def open_shelf(passages: Mapping[str, tuple[Passage, ...]]) -> Iterator[Shelf]:
    """Open the committed index over the passages of a handbook, by document.

    Raises:
        Missing, WrongFile: the index is not there or not whole.
    """
    index = open_index(PREBUILT_INDEX)
    try:
        yield Shelf(passages, index)
    finally:
        index.close()
