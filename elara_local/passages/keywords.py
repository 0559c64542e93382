"""keywords/: the tantivy index, BM25 over body, headings, title and topic keywords.

Text is split at non-letters, lower-cased, freed of accents and stemmed (English). No word
is dropped as a stop word: "no", "not" and "without" carry meaning here. It knows passage
ids and their words, nothing of vectors.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

FIELDS = ("body", "section", "title", "keywords")
ANALYZER = "elara"
MEMORY = 1_000_000_000  # most bytes of a writer's arena; it takes them as it fills
WRITERS = 2  # at once; a number of its own, so that every machine writes the same bytes
SMALL = 20_000  # entries up to which one writer is enough
TURN = 500  # entries that a writer gets before the next one's turn
SEGMENT = 600_000  # entries of the segments that are written at once


@dataclass(frozen=True)
class Boosts:
    """How much a hit in each field counts against one in the body; they add up.

    Set on the dev half of the golden questions. A sum over one flat list of terms is what
    tantivy can prune (block-max WAND): half the time of the best field of each term.
    """

    body: float = 1.0
    section: float = 0.4
    title: float = 0.4
    keywords: float = 1.0


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
    builder.add_unsigned_field("id", stored=False, indexed=False, fast=True)
    for name in FIELDS:  # counts but no positions: nothing asks for phrases
        builder.add_text_field(name, stored=False, tokenizer_name=ANALYZER, index_option="freq")
    return builder.build()


def write_keywords(folder: Path, entries: Iterable[Entry]) -> None:
    """Write a new keyword index into `folder`; the same entries give the same bytes.

    A small index is one segment. A larger one is dealt out to WRITERS at once, and every
    SEGMENT entries new ones begin, so that memory stays bounded; the number of cores has no
    say in where an entry goes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="part-", dir=folder.parent) as parts:
        made: list[Path] = []
        rest = iter(entries)
        while (block := list(islice(rest, SMALL))) or not made:
            names = [Path(parts) / f"{len(made) + n}" for n in range(WRITERS)]
            made += _write_segments(names, chain(block, islice(rest, SEGMENT - SMALL)))
        _join(folder, made)


def _write_segments(folders: Sequence[Path], entries: Iterable[Entry]) -> list[Path]:
    """Write one segment into each folder, or into the first alone; return those written."""
    from tantivy import Document

    writers = [_open_writer(folders[0])]
    for number, entry in enumerate(entries):
        turn = max(0, number - SMALL) // TURN % len(folders)
        if turn == len(writers):
            writers.append(_open_writer(folders[turn]))
        document = Document()
        document.add_unsigned("id", entry.id)
        for name in FIELDS:
            if text := getattr(entry, name):
                document.add_text(name, text)
        writers[turn].add_document(document)
    for writer in writers:
        writer.commit()
        writer.wait_merging_threads()
    return list(folders[: len(writers)])


def _open_writer(folder: Path) -> Any:
    from tantivy import Index

    folder.mkdir()
    index = Index(_schema(), path=str(folder))
    index.register_tokenizer(ANALYZER, _analyzer())
    return index.writer(heap_size=MEMORY, num_threads=1)


def _join(folder: Path, parts: Sequence[Path]) -> None:
    """Make one index of several, naming segments by content: tantivy draws names at random."""
    meta: dict[str, Any] = {}
    segments = []
    for part in parts:
        meta = json.loads((part / "meta.json").read_text(encoding="utf-8"))
        for segment in meta["segments"]:
            paths = sorted(part.glob(f"{segment['segment_id'].replace('-', '')}.*"))
            content = hashlib.sha256()
            for path in paths:
                with path.open("rb") as file:
                    content.update(hashlib.file_digest(file, "sha256").digest())
            name = uuid.UUID(content.hexdigest()[:32])
            for path in paths:
                path.rename(folder / f"{name.hex}{path.suffix}")
            segments.append({**segment, "segment_id": str(name)})
    meta |= {"segments": segments, "opstamp": sum(s["max_doc"] for s in segments)}
    managed = sorted(path.name for path in folder.iterdir())
    for file_name, data in (("meta.json", meta), (".managed.json", ["meta.json", *managed])):
        text = json.dumps(data, indent=1, sort_keys=True)
        (folder / file_name).write_text(f"{text}\n", encoding="utf-8", newline="\n")


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
        clauses = [
            (
                Occur.Should,
                Query.boost_query(
                    Query.term_query(schema, name, term, "freq"), boost * weights.get(term, 1.0)
                ),
            )
            for term in terms
            for name in FIELDS
            if (boost := getattr(self._boosts, name)) and self._searcher.doc_freq(name, term)
        ]
        return Query.boolean_query(clauses)
