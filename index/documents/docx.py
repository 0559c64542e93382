"""Word files (.docx, .docm): headings, lists with their numbers, tables, notes, text boxes.

What is covered: both kinds of Office Open XML, tracked changes as accepted, merged cells,
captions, contents inside controls. Read straight from the parts of the zip, each bounded,
because python-docx knows no notes, text boxes and tracked changes, refuses files with macros
(which are never run here) and has no bound. What is not covered: page headers and footers,
comments, pictures (counted), embedded files. A paragraph's page is not in such a file.
Its edition is only what its properties state as such; when it was saved says nothing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

from elara_local.errors import WrongFile
from index.documents.blocks import Block, Hints, Parsed
from index.documents.bodies import Body
from index.documents.dates import read_date
from index.documents.outlines import settle
from index.documents.streams import Archive
from index.documents.styles import TITLE, attribute, child, local
from index.documents.trees import read_tree

MAIN = "word/document.xml"
PARTS = ("styles", "numbering", "footnotes", "endnotes")
EDITIONS = ("edition", "version", "date of publication", "publication date", "published")
LICENCES = ("licence", "license", "rights")
SOURCES = ("source", "publisher")


def read_docx(path: Path, hints: Hints) -> Iterator[Parsed]:
    """Yield the one document of a Word file.

    Raises:
        WrongFile: it is broken, encrypted, too large, no Word file or without text.
    """
    with Archive(path) as archive:
        place = _main_part(archive)
        parts = {name: _part(archive, place, name) for name in PARTS}
        document = _tree(archive, place)
        core, custom = _tree(archive, "docProps/core.xml"), _tree(archive, "docProps/custom.xml")
    content = child(document, "body")
    if content is None:
        raise WrongFile("it is no Word file.", "Save it as DOCX again.")
    try:
        body = Body(parts)
        blocks = _join_titles(body.read(content))
    except RecursionError as error:
        raise WrongFile("its parts are nested too deeply.", "Save it simpler.") from error
    stated = {local(one.tag): (one.text or "").strip() for one in core} if core is not None else {}
    stated |= _read_custom(custom)
    yield settle(
        Parsed(
            title=stated.get("title", ""),
            blocks=blocks,
            edition=next((d for n in EDITIONS if (d := read_date(stated.get(n, "")))), ""),
            licence=next((stated[n] for n in LICENCES if stated.get(n)), ""),
            source=next((stated[n] for n in SOURCES if stated.get(n)), ""),
            keywords=stated.get("keywords", ""),
            language=stated.get("language", "").partition("-")[0].lower(),
            lacking=body.lacking,
        ),
        hints,
        path,
    )


def _join_titles(found: Iterator[Block]) -> tuple[Block, ...]:
    """A title on several lines is one; where there is none, headings move up to its place."""
    blocks: list[Block] = []
    for block in found:
        if block.level == TITLE and blocks and blocks[-1].level == TITLE:
            block = replace(block, text=f"{blocks.pop().text} {block.text}")
        blocks.append(block)
    if any(block.level == TITLE for block in blocks):
        return tuple(blocks)
    return tuple(replace(b, level=b.level - 1) if b.level else b for b in blocks)


def _main_part(archive: Archive) -> str:
    relations = _tree(archive, "_rels/.rels")
    for relation in relations if relations is not None else ():
        if attribute(relation, "Type").endswith("/officeDocument"):
            return posixpath.normpath(attribute(relation, "Target").lstrip("/"))
    return MAIN


def _part(archive: Archive, main: str, kind: str) -> Element | None:
    """A part that belongs to the main one, by its relation, else by its usual name."""
    folder, name = posixpath.split(main)
    relations = _tree(archive, f"{folder}/_rels/{name}.rels")
    target = f"{kind}.xml"
    for relation in relations if relations is not None else ():
        if attribute(relation, "Type").endswith(f"/{kind}"):
            target = attribute(relation, "Target")
    place = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
    return _tree(archive, posixpath.normpath(place))


def _tree(archive: Archive, name: str) -> Element | None:
    data = archive.read(name)
    if not data:
        return None
    try:
        return read_tree(data)
    except (ValueError, LookupError) as error:
        raise WrongFile("a part of it can't be read.", "Save it as DOCX again.") from error


def _read_custom(custom: Element | None) -> dict[str, str]:
    """The properties that a user added, by name in small letters."""
    found = custom if custom is not None else ()
    return {
        attribute(one, "name").casefold(): "".join(one.itertext()).strip()
        for one in found
        if "".join(one.itertext()).strip()
    }
