"""PubMed's XML as EFetch gives it: cut into records, byte for byte, and put together again.

A record keeps the bytes of the server. Before each stands a processing instruction
`<?elara ...?>` with what a record must carry: identifier, source, licence, the day it was
fetched, the collection and, where there is one, its relevance. Readers of XML pass over it.
Entities that a document declares itself are refused; nothing outside it is read.
It knows no ledger and no field of a record but its PMID.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from index.fetch.politeness import Unusable

RECORDS = frozenset({"PubmedArticle", "PubmedBookArticle"})
HEADS = frozenset({"MedlineCitation", "BookDocument"})
LICENCE = (
    "Abstract: may be under the publisher's copyright. Citation data: courtesy of the "
    "U.S. National Library of Medicine"
)
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<PubmedArticleSet>\n'
TAIL = b"</PubmedArticleSet>\n"


@dataclass(frozen=True)
class Article:
    """One record: its PMID and its bytes as they came, from `<PubmedArticle` to its end."""

    id: str
    xml: bytes


class _Cutter:
    """Notes where records begin and end while expat reads."""

    def __init__(self, body: bytes) -> None:
        self.articles: list[Article] = []
        self._body = body
        self._path: list[str] = []
        self._begin = 0
        self._id = ""
        self._reading = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.XmlDeclHandler = self._declare
        self._parser.EntityDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def read(self) -> None:
        self._parser.Parse(self._body, True)

    def _declare(self, version: str, encoding: str | None, standalone: int) -> None:
        if (encoding or "utf-8").casefold() not in ("utf-8", "us-ascii"):
            raise Unusable(f"EFetch gave XML in {encoding}")

    def _refuse(self, *_: object) -> None:
        raise Unusable("EFetch gave XML that declares entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._path and name != "PubmedArticleSet":
            raise Unusable(f"EFetch gave '{name}' in place of records")
        self._path.append(name)
        if len(self._path) == 2 and name in RECORDS:
            self._begin = self._parser.CurrentByteIndex
            self._id = ""
        self._reading = (
            len(self._path) == 4 and name == "PMID" and self._path[2] in HEADS and not self._id
        )

    def _text(self, text: str) -> None:
        if self._reading:
            self._id += text

    def _end(self, name: str) -> None:
        if len(self._path) == 2 and name in RECORDS and self._id.strip().isdigit():
            end = self._body.index(b">", self._parser.CurrentByteIndex) + 1
            self.articles.append(Article(self._id.strip(), self._body[self._begin : end]))
        self._path.pop()
        self._reading = False


def cut_articles(body: bytes) -> list[Article]:
    """Return the records of a PubmedArticleSet in their order.

    Raises:
        Unusable: it is not well-formed to its end, or is something else (an error, HTML).
    """
    cutter = _Cutter(body)
    try:
        cutter.read()
    except expat.ExpatError as error:
        raise Unusable(f"EFetch gave XML that is cut short or broken ({error})") from error
    return cutter.articles


def write_marks(marks: dict[str, str]) -> bytes:
    """Return the processing instruction that carries a record's origin."""
    parts = " ".join(f"{name}={quoteattr(value)}" for name, value in marks.items())
    return f"<?elara {parts.replace('?>', '')}?>\n".encode()


def write_articles(articles: Iterable[tuple[Article, dict[str, str]]]) -> bytes:
    """Return one file of records, each after its marks."""
    parts = [write_marks(marks) + article.xml + b"\n" for article, marks in articles]
    return HEAD + b"".join(parts) + TAIL


def mark_article(id: str, collection: str, day: str) -> dict[str, str]:
    """Return what every PubMed record carries; `day` is an ISO date."""
    return {
        "identifier": f"pmid:{id}",
        "source": f"https://pubmed.ncbi.nlm.nih.gov/{id}/",
        "licence": LICENCE,
        "retrieved": day,
        "collection": collection,
    }
