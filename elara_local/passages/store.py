"""passages.sqlite: documents, passages with their offsets, and the words of the index.

Offsets count characters (Unicode code points) of the stored document text. The file is
opened read-only and immutable. It knows neither vectors nor keyword scores.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from elara_local.errors import WrongFile
from elara_local.passages.integrity import HINT
from elara_local.records import Passage

# A new file beside the old index: a crash leaves nothing that is asked.
FAST = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
SCHEMA = """
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, specialty TEXT NOT NULL,
    edition TEXT NOT NULL, review TEXT NOT NULL, licence TEXT NOT NULL, sources TEXT NOT NULL,
    sha256 TEXT NOT NULL, keywords TEXT NOT NULL, format TEXT NOT NULL, notice TEXT NOT NULL,
    identifier TEXT NOT NULL, version INTEGER NOT NULL, file TEXT NOT NULL);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, document TEXT NOT NULL REFERENCES documents(id),
    section TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    page_from INTEGER, page_to INTEGER, source TEXT NOT NULL, populations TEXT NOT NULL,
    breaks TEXT NOT NULL);
CREATE TABLE words (word TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
"""
TABLES = {("table", name) for name in ("documents", "passages", "words")}
COLUMNS = """p.id, p.document, d.title, p.section,
    substr(d.text, p.start + 1, p."end" - p.start), p.start, p."end", p.page_from, p.page_to,
    d.edition, d.review, d.licence, p.source, p.populations, p.breaks, d.notice"""


@dataclass(frozen=True)
class Document:
    """One document as the index stores it; `sources` are names with their years.

    `format` is one of index.documents.FORMATS or "topic"; `notice` is "" or what a reader must
    know of it ("retracted"); `identifier` names it outside ("pmid:123", "doi:..."), `version`
    counts its versions there; `file` is the name of the file it was read from.
    """

    id: str
    title: str
    text: str
    specialty: str = ""
    edition: str = ""
    review: str = "unreviewed"
    licence: str = ""
    sources: tuple[str, ...] = ()
    sha256: str = ""
    keywords: str = ""  # further words it should be found by
    format: str = "topic"
    notice: str = ""
    identifier: str = ""
    version: int = 1
    file: str = ""


def write_store(
    path: Path,
    documents: Iterable[Document],
    passages: Iterable[Passage],
) -> tuple[int, int]:
    """Write a new passages.sqlite; return the numbers of documents and passages."""
    connection = sqlite3.connect(path)
    try:
        connection.executescript(FAST + SCHEMA)
        connection.executemany(
            f"INSERT INTO documents VALUES ({','.join('?' * 15)})",
            (
                (
                    d.id,
                    d.title,
                    d.text,
                    d.specialty,
                    d.edition,
                    d.review,
                    d.licence,
                    json.dumps(d.sources, ensure_ascii=False),
                    d.sha256,
                    d.keywords,
                    d.format,
                    d.notice,
                    d.identifier,
                    d.version,
                    d.file,
                )
                for d in documents
            ),
        )
        connection.executemany(
            "INSERT INTO passages VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                (
                    p.id,
                    p.document,
                    p.section,
                    p.start,
                    p.end,
                    p.page_from,
                    p.page_to,
                    p.source,
                    json.dumps(p.populations),
                    json.dumps(p.breaks),
                )
                for p in passages
            ),
        )
        connection.commit()
        written, cut = (
            int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
            for table in ("documents", "passages")
        )
        return written, cut
    finally:
        connection.close()


def write_words(path: Path, words: Mapping[str, int]) -> None:
    """Write the words of a new passages.sqlite, each with the number of passages that hold it."""
    connection = sqlite3.connect(path)
    try:
        connection.executescript(FAST)
        connection.executemany("INSERT INTO words VALUES (?,?)", sorted(words.items()))
        connection.commit()
    finally:
        connection.close()


class Store:
    """The opened passages.sqlite. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def check(self) -> int:
        """Return the number of passages, ids 0, 1, 2, ... taken as given.

        Raises:
            WrongFile: it holds other tables, or views or triggers.
        """
        parts = self._fetch("SELECT type, name FROM sqlite_master WHERE type <> 'index'")
        if {(str(kind), str(name)) for kind, name in parts} != TABLES:
            raise WrongFile("passages.sqlite holds other tables.", HINT)
        return int(self._fetch("SELECT COALESCE(MAX(id), -1) FROM passages")[0][0]) + 1

    def read(self, ids: Sequence[int]) -> list[Passage]:
        """Return the passages with these ids, in the order of `ids`."""
        marks = ",".join("?" * len(ids))
        rows = self._fetch(
            f"SELECT {COLUMNS} FROM passages p JOIN documents d ON d.id = p.document "
            f"WHERE p.id IN ({marks})",
            ids,
        )
        found = {row[0]: _passage(row) for row in rows}
        return [found[i] for i in ids]

    def passages(self) -> Iterator[Passage]:
        """Yield every passage by id; a document's text is read once for those in a row."""
        columns = COLUMNS.replace('substr(d.text, p.start + 1, p."end" - p.start)', "''")
        query = (
            f"SELECT {columns} FROM passages p JOIN documents d ON d.id=p.document ORDER BY p.id"
        )
        held, text = None, ""
        for row in self._stream(query):
            if row[1] != held:
                held, text = row[1], self.text_of(row[1])
            yield _passage((*row[:4], text[row[5] : row[6]], *row[5:]))

    def iterate_documents(self) -> Iterator[Document]:
        """Yield every document in the order in which they were written."""
        for row in self._stream("SELECT * FROM documents ORDER BY rowid"):
            yield _document(row)

    def owners(self) -> list[str]:
        """Return the document of every passage, by passage id."""
        return [row[0] for row in self._fetch("SELECT document FROM passages ORDER BY id")]

    def documents(self) -> list[Document]:
        """Return every document by id."""
        rows = self._fetch("SELECT * FROM documents ORDER BY id")
        return [_document(row) for row in rows]

    def list_documents(self, most: int = 2_000) -> list[dict[str, Any]]:
        """Return what a list shows of the first documents by title; no text."""
        names = ("id", "title", "edition", "format", "review", "licence", "notice", "file")
        rows = self._fetch(
            f"SELECT {', '.join('d.' + name for name in names)}, COUNT(p.id), MAX(p.page_to) "
            "FROM documents d LEFT JOIN passages p ON p.document = d.id "
            "WHERE d.id IN (SELECT id FROM documents ORDER BY title, id LIMIT ?) "
            "GROUP BY d.id ORDER BY d.title, d.id",
            [most],
        )
        return [dict(zip((*names, "passages", "pages"), row, strict=True)) for row in rows]

    def count_reviewed(self) -> int:
        """Return how many documents have been clinically reviewed."""
        rows = self._fetch("SELECT COUNT(*) FROM documents WHERE review LIKE 'reviewed%'")
        return int(rows[0][0])

    def text_of(self, document: str) -> str:
        """Return the stored text of a document, "" when there is none of that id."""
        rows = self._fetch("SELECT text FROM documents WHERE id = ?", [document])
        return str(rows[0][0]) if rows else ""

    def keywords_of(self, documents: Iterable[str]) -> dict[str, str]:
        """Return the further words of each of these documents."""
        ids = list(documents)
        marks = ",".join("?" * len(ids))
        return dict(self._fetch(f"SELECT id, keywords FROM documents WHERE id IN ({marks})", ids))

    def words(self) -> dict[str, int]:
        """Return every word of the index with the number of passages that hold it."""
        return dict(self._fetch("SELECT word, passages FROM words"))

    def _stream(self, query: str) -> Iterator[tuple]:  # type: ignore[type-arg]
        """Yield the rows of a query, some at a time, so that other threads get their turn."""
        with self._lock:
            cursor = self._connection.execute(query)
        while True:
            with self._lock:
                rows = cursor.fetchmany(500)
            if not rows:
                return
            yield from rows

    def _fetch(self, query: str, values: Sequence[object] = ()) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock:
            return self._connection.execute(query, values).fetchall()


def _passage(row: tuple) -> Passage:  # type: ignore[type-arg]
    breaks = tuple((offset, page) for offset, page in json.loads(row[14]))
    return replace(Passage(*row), populations=tuple(json.loads(row[13])), breaks=breaks)


def _document(row: tuple) -> Document:  # type: ignore[type-arg]
    return replace(Document(*row), sources=tuple(json.loads(row[7])))
