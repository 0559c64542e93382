"""The words of a new index, counted while its passages go by.

What is kept: every word of a small index; of a large one the MOST commonest, and the name of
every medicine that occurs. They are what a misspelt word of a question is mended to; whether a
word occurs at all is asked of the keyword index, which holds every word.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from elara_local.grounding.drugs import read_drugs
from elara_local.passages.keywords import Entry
from elara_local.records import Passage
from elara_local.text import words

MOST = 50_000  # words kept: read in 0.05 s when the index is opened, 5 MB
COUNTED = 1_000_000  # words counted at once; beyond it those seen once are forgotten


class Vocabulary:
    """The words of the passages whose documents stand in `store`, a passages.sqlite."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._counts: Counter[str] = Counter()

    def entries(self, passages: Iterable[Passage]) -> Iterator[Entry]:
        """Yield what the keyword index needs of each passage, counting its words."""
        held, keywords = None, ""
        with closing(sqlite3.connect(self._store)) as connection:
            for passage in passages:
                if passage.document != held:
                    held = passage.document
                    query = "SELECT keywords FROM documents WHERE id = ?"
                    keywords = str(connection.execute(query, [held]).fetchone()[0])
                entry = Entry(passage.id, passage.text, passage.section, passage.title, keywords)
                self._count(entry)
                yield entry

    def words(self) -> dict[str, int]:
        """Return the words that are kept and how many passages hold each."""
        if len(self._counts) <= MOST:
            return dict(self._counts)
        drugs = read_drugs()
        rest = {word: n for word, n in self._counts.items() if word not in drugs}
        named = {word: n for word, n in self._counts.items() if word in drugs}
        order = sorted(rest.items(), key=lambda pair: (-pair[1], pair[0]))
        return named | dict(order[: max(0, MOST - len(named))])

    def _count(self, entry: Entry) -> None:
        everything = f"{entry.title} {entry.section} {entry.body} {entry.keywords}"
        found = {w for w in words(everything) if len(w) > 2 and not w[0].isdigit()}
        self._counts.update(found)
        if len(self._counts) > COUNTED:
            self._counts = Counter({word: n for word, n in self._counts.items() if n > 1})
