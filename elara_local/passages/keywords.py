"""keywords/: the tantivy index, BM25 over body, headings, title and topic keywords.

Text is split at non-letters, lower-cased, freed of accents and stemmed (English). No word
is dropped as a stop word: "no", "not" and "without" carry meaning here. It knows passage
ids and their words, nothing of vectors.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIELDS = ("body", "section", "title", "keywords")
ANALYZER = "elara"
MEMORY = 50_000_000  # bytes of the writer's arena


@dataclass(frozen=True)
class Boosts:
    """How much a hit in each field counts against one in the body."""

    body: float = 1.0
    section: float = 0.6
    title: float = 1.4
    keywords: float = 1.2


@dataclass(frozen=True)
class Entry:
    """The words of one passage, by field."""

    id: int
    body: str
    section: str = ""
    title: str = ""
    keywords: str = ""


def _analyzer() -> Any:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(60))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
        .filter(Filter.stemmer("english"))
        .build()
    )


def _schema() -> Any:
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
    for name in FIELDS:
        builder.add_text_field(name, stored=False, tokenizer_name=ANALYZER)
    return builder.build()


def write_keywords(folder: Path, entries: Iterable[Entry]) -> None:
    """Write a new keyword index into `folder`, in one segment."""
    from tantivy import Document, Index

    folder.mkdir(parents=True, exist_ok=True)
    index = Index(_schema(), path=str(folder))
    index.register_tokenizer(ANALYZER, _analyzer())
    writer = index.writer(heap_size=MEMORY, num_threads=1)
    for entry in entries:
        document = Document()
        document.add_unsigned("id", entry.id)
        for name in FIELDS:
            document.add_text(name, getattr(entry, name))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    for lock in folder.glob(".tantivy*.lock"):
        lock.unlink()


def _mirror(folder: Path, mirror: Path) -> None:
    """Link the files of an index into an empty folder, or copy them where links can't be.

    tantivy writes a lock file beside the index that it opens; the index folder itself may be
    read-only and is never written to. Open files outlive the mirror.
    """
    for path in folder.iterdir():
        if path.suffix == ".lock":
            continue
        try:
            (mirror / path.name).symlink_to(path.resolve())
        except OSError:  # Windows without the right to make links
            shutil.copyfile(path, mirror / path.name)


class Keywords:
    """The opened keyword index."""

    def __init__(self, folder: Path, boosts: Boosts | None = None) -> None:
        from tantivy import Index

        self._analyzer = _analyzer()
        with tempfile.TemporaryDirectory(prefix="elara-", ignore_cleanup_errors=True) as mirror:
            _mirror(folder, Path(mirror))
            self._index = Index.open(mirror)
            self._index.register_tokenizer(ANALYZER, self._analyzer)
            self._searcher = self._index.searcher()
        self._boosts = boosts or Boosts()

    @property
    def count(self) -> int:
        """The number of passages."""
        return int(self._searcher.num_docs)

    def terms(self, text: str) -> list[str]:
        """Return the distinct index terms of a text, in order of appearance."""
        return list(dict.fromkeys(self._analyzer.analyze(text)))

    def frequency(self, term: str) -> int:
        """Return how many passages hold this index term, in any field."""
        return max(int(self._searcher.doc_freq(name, term)) for name in FIELDS)

    def search(
        self, text: str, count: int, weights: Mapping[str, float] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `count` (passage id, BM25 score), best first.

        `weights` multiplies what an index term counts; 1 for a term that is not in it. Several
        indexes asked as one give each term the rarity that it has in all of them.
        """
        terms = self.terms(text)
        if not terms:
            return []
        result = self._searcher.search(self._query(terms, weights or {}), count)
        ids = self._searcher.fast_field_values("id", [address for _, address in result.hits])
        pairs = [(int(i), float(s)) for i, (s, _) in zip(ids, result.hits, strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def _query(self, terms: Sequence[str], weights: Mapping[str, float]) -> Any:
        from tantivy import Occur, Query

        schema = self._index.schema
        clauses = []
        for term in terms:
            fields = [
                Query.boost_query(
                    Query.term_query(schema, name, term, "freq"), boost * weights.get(term, 1.0)
                )
                for name in FIELDS
                if (boost := getattr(self._boosts, name))
            ]
            clauses.append((Occur.Should, Query.disjunction_max_query(fields, 0.3)))
        return Query.boolean_query(clauses)
