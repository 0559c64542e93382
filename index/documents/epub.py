"""EPUB: the chapters of the spine in order, each read once as HTML.

Title, date, licence, publisher and identifier come from the package file. What is not
covered: books locked by DRM (refused; fonts may be obfuscated), pictures, the table of
contents (it repeats the headings), page numbers: a citation names the chapter.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from elara_local.errors import WrongFile
from index.documents.blocks import Block, Hints, Parsed
from index.documents.dates import read_date
from index.documents.html import parse_page
from index.documents.markup import read_markup
from index.documents.outlines import add_lacking, settle
from index.documents.streams import Archive
from index.documents.trees import flatten, read_tree

CONTAINER = "META-INF/container.xml"
LOCKS = "META-INF/encryption.xml"
# Obfuscated fonts are no lock: these two are the only methods without a key from a shop.
FONTS_ONLY = (
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#RC",
)
PAGES = ("application/xhtml+xml", "text/html", "application/html")
BROKEN = "its package file can't be read.", "Fetch it again, or save the book as PDF."


def read_epub(path: Path, hints: Hints) -> Iterator[Parsed]:
    """Yield the one document of an EPUB.

    Raises:
        WrongFile: it is broken, locked, too large or without text.
    """
    with Archive(path) as archive:
        _refuse_locked(archive)
        place, package = _read_package(archive)
        blocks: list[Block] = []
        lacking: list[str] = []
        missing = 0
        for name in _chapters(package, posixpath.dirname(place)):
            data = archive.read(name)
            if not data:
                missing += 1
                continue
            reading = read_markup(parse_page(data), web=False)
            blocks += reading.blocks
            lacking.append(reading.lacking)
    if missing:
        lacking.append(f"{missing} of its chapters {'is' if missing == 1 else 'are'} missing")
    found = _describe(package, blocks, add_lacking(*dict.fromkeys(lacking)))
    yield settle(found, hints, path)


def _refuse_locked(archive: Archive) -> None:
    data = archive.read(LOCKS)
    if not data:
        return
    for element in _tree(data).iter():
        if _name(element) == "EncryptionMethod":
            if element.get("Algorithm") not in FONTS_ONLY:
                raise WrongFile("it is encrypted.", "Add a copy without a lock.")


def _read_package(archive: Archive) -> tuple[str, Element]:
    data = archive.read(CONTAINER)
    for element in _tree(data).iter() if data else ():
        place = unquote(element.get("full-path", ""))
        if _name(element) == "rootfile" and (package := archive.read(place)):
            return place, _tree(package)
    raise WrongFile(*BROKEN)


def _tree(data: bytes) -> Element:
    try:
        return read_tree(data)
    except (ValueError, LookupError) as error:
        raise WrongFile(*BROKEN) from error


def _chapters(package: Element, folder: str) -> Iterator[str]:
    """The names of the chapters in reading order; one that is named twice is read once."""
    items = {item.get("id", ""): item for item in package.iter() if _name(item) == "item"}
    seen: set[str] = set()
    for reference in package.iter():
        item = items.get(reference.get("idref", "")) if _name(reference) == "itemref" else None
        if item is None or item.get("media-type") not in PAGES:
            continue
        place = unquote(item.get("href", "").partition("#")[0])
        name = posixpath.normpath(posixpath.join(folder, place))
        if name not in seen and "nav" not in item.get("properties", "").split():
            seen.add(name)
            yield name


def _describe(package: Element, blocks: list[Block], lacking: str) -> Parsed:
    meta: dict[str, list[Element]] = {}
    for element in package.iter():
        if element.tag.startswith("{http://purl.org/dc/"):
            meta.setdefault(_name(element), []).append(element)
    dates = [_text for e in meta.get("date", ()) if _is_edition(e) and (_text := flatten(e))]
    identifier = next((t for e in meta.get("identifier", ()) if (t := flatten(e))), "")
    return Parsed(
        title=_first(meta, "title"),
        blocks=tuple(blocks),
        edition=next((d for text in dates if (d := read_date(text))), ""),
        licence=_first(meta, "rights") or _first(meta, "license"),
        source=", ".join(t for n in ("publisher", "source") if (t := _first(meta, n))),
        identifier=identifier,
        keywords=", ".join(flatten(element) for element in meta.get("subject", ())),
        language=_first(meta, "language").partition("-")[0].lower(),
        lacking=lacking,
    )


def _is_edition(date: Element) -> bool:
    """A date that says when the file was made or changed is no edition of the book."""
    events = [value for key, value in date.attrib.items() if key.endswith("event")]
    return not events or "publication" in events or "original-publication" in events


def _first(meta: dict[str, list[Element]], name: str) -> str:
    return next((text for e in meta.get(name, ()) if (text := flatten(e))), "")


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
