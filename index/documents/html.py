"""HTML pages: the article's blocks, and title, date, licence and source from its head.

The title is the page's lone h1, else what its head says. The edition is the date of the last
change that the page states, else that of its publication. It knows nothing of the web: no
link is followed, no style sheet and no script is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from index.documents.blocks import Hints, Parsed
from index.documents.dates import read_date
from index.documents.decoding import decode
from index.documents.markup import Reading, read_markup
from index.documents.outlines import settle
from index.documents.streams import read_whole

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

DECLARED = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w:.-]{1,40})"
    rb"|<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w:.-]{1,40})",
    re.IGNORECASE,
)
HEAD = 4096  # bytes in which an encoding must be declared; browsers look at 1,024
XHTML = re.compile(r"\s*<\?xml|[^>]*>?\s*<html[^>]{0,300}w3\.org/1999/xhtml", re.IGNORECASE)
SELF_CLOSED = re.compile(r"<([A-Za-z][\w:.-]*)((?:\s[^<>]*)?)/>")
VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
CDATA, CDATA_END = "<![CDATA[", "]]>"

TITLES = ("citation_title", "dc.title", "dcterms.title", "og:title")
DATES = (
    "dcterms.modified",
    "dc.date.modified",
    "article:modified_time",
    "og:updated_time",
    "citation_publication_date",
    "citation_date",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "article:published_time",
    "date",
)
LICENCES = ("dcterms.license", "dc.rights.license", "dc.rights", "dcterms.rights", "license")
PUBLISHERS = ("citation_journal_title", "dc.publisher", "dcterms.publisher", "og:site_name")
ADDRESSES = ("citation_public_url", "og:url", "dc.source", "dc.identifier.uri")


def read_html(path: Path, hints: Hints) -> Iterator[Parsed]:
    """Yield the one document of an HTML file.

    Raises:
        WrongFile: it is too large, no text, or holds none.
    """
    tree = parse_page(read_whole(path))
    meta = _read_meta(tree)
    reading = read_markup(tree)
    yield settle(_describe(tree, meta, reading), hints, path)


def parse_page(data: bytes) -> LexborHTMLParser:
    """Return the tree of a page, HTML or XHTML, in the encoding that it declares."""
    from selectolax.lexbor import LexborHTMLParser

    found = DECLARED.search(data[:HEAD])
    declared = (found[1] or found[2]).decode("ascii") if found else ""
    text = decode(data, declared)
    return LexborHTMLParser(open_tags(text) if XHTML.match(text[:HEAD]) else text)


def open_tags(text: str) -> str:
    """Write XHTML so that an HTML parser reads it: <a/> as <a></a>, CDATA as text."""
    if CDATA in text:
        first, *others = text.split(CDATA)
        parts = [first]
        for other in others:
            inside, _, after = other.partition(CDATA_END)
            parts += [inside.replace("&", "&amp;").replace("<", "&lt;"), after]
        text = "".join(parts)
    return SELF_CLOSED.sub(
        lambda tag: tag[0] if tag[1].lower() in VOID else f"<{tag[1]}{tag[2]}></{tag[1]}>", text
    )


def _describe(tree: LexborHTMLParser, meta: dict[str, str], reading: Reading) -> Parsed:
    element = tree.css_first("head > title")
    named = element.text() if element is not None else ""
    heading = tree.css("h1")
    lone = heading[0].text(separator=" ") if len(heading) == 1 else ""
    address = _link(tree, "canonical") or _first(meta, ADDRESSES)
    source = ", ".join(part for part in (_first(meta, PUBLISHERS), address) if part)
    doi = meta.get("citation_doi", "")
    root = tree.root
    language = root.attributes.get("lang") or "" if root is not None else ""
    return Parsed(
        title=_first(meta, TITLES) or named.strip() or lone,
        blocks=tuple(reading.blocks),
        edition=next((d for name in DATES if (d := read_date(meta.get(name, "")))), ""),
        licence=_first(meta, LICENCES) or _link(tree, "license"),
        source=source,
        identifier=f"doi:{doi.removeprefix('doi:')}" if doi else "",
        keywords=meta.get("citation_keywords") or meta.get("keywords", ""),
        language=language.partition("-")[0].lower(),
        lacking=reading.lacking,
    )


def _read_meta(tree: LexborHTMLParser) -> dict[str, str]:
    """What the page's meta elements say, by name in small letters; the first of each counts."""
    meta: dict[str, str] = {}
    for element in tree.css("meta[content]"):
        attributes = element.attributes
        name = attributes.get("name") or attributes.get("property") or attributes.get("itemprop")
        content = (attributes.get("content") or "").strip()
        if name and content:
            meta.setdefault(name.lower().replace("dc:", "dc."), content)
    return meta


def _first(meta: dict[str, str], names: tuple[str, ...]) -> str:
    return next((meta[name] for name in names if meta.get(name)), "")


def _link(tree: LexborHTMLParser, relation: str) -> str:
    element = tree.css_first(f"link[rel~={relation}][href], a[rel~={relation}][href]")
    return (element.attributes.get("href") or "").strip() if element is not None else ""
