"""The body of a Word file as blocks: paragraphs, lists, tables, notes in their place.

It knows the elements of a body, a cell, a note and a text box, which are alike; how a
paragraph becomes a line is told in paragraphs.py, how a table becomes rows in grids.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from xml.etree.ElementTree import Element

from index.documents.blocks import Block
from index.documents.grids import Cell, table_blocks
from index.documents.markup import STRUCK_NOTE
from index.documents.numbering import Numbering
from index.documents.outlines import add_lacking
from index.documents.paragraphs import Speaker
from index.documents.rows import Found, is_layout, read_heads, read_rows, span_down
from index.documents.styles import Styles, attribute, child, local

DEEPEST = 12  # tables, notes and text boxes inside each other
NOT_READ = frozenset(("del", "moveFrom", "sdtPr", "sdtEndPr", "sectPr", "customXmlPr", "tcPr"))
Parts = Mapping[str, Element | None]


class Body:
    """Reads the parts of one file; what was left out is counted on the way."""

    def __init__(self, parts: Parts) -> None:
        self._styles = Styles(parts["styles"])
        self._numbering = Numbering(parts["numbering"])
        self._speaker = Speaker(self._styles)
        self._notes = {
            (kind, attribute(note, "id")): note
            for kind in ("footnote", "endnote")
            for note in _children(parts[f"{kind}s"])
        }
        self._pictures = self._embedded = 0
        self._struck = self._deep = False
        self._bold = True

    @property
    def lacking(self) -> str:
        """One line on what was not read, or ""."""
        return add_lacking(
            _count(self._pictures, "picture"),
            _count(self._embedded, "embedded part"),
            STRUCK_NOTE if self._struck else "",
            "what is nested more than 12 deep was not read" if self._deep else "",
        )

    def read(self, container: Element, depth: int = 0) -> Iterator[Block]:
        """Yield the blocks of a body, a cell, a note or a text box."""
        if depth > DEEPEST:
            self._deep = True
            return
        caption = ""
        for element in _parts_of(container):
            name = local(element.tag)
            if name == "tbl":
                yield from self._read_table(element, caption, depth)
                caption = ""
            elif name == "p" and not self._styles.is_contents(element):
                if caption:
                    yield Block(caption)
                blocks = list(self._read_paragraph(element, depth))
                caption = self._caption(element, blocks)
                yield from () if caption else blocks
            elif name in ("altChunk", "subDoc"):
                self._embedded += 1
        if caption:
            yield Block(caption)

    def _caption(self, paragraph: Element, blocks: list[Block]) -> str:
        """The text of a caption that may belong to the table after it."""
        style = self._styles.name(attribute(child(paragraph, "pPr", "pStyle")))
        return blocks[0].text if style == "caption" and len(blocks) == 1 else ""

    def _read_paragraph(self, paragraph: Element, depth: int) -> Iterator[Block]:
        spoken = self._speaker.read(paragraph)
        number = self._speaker.notes - len(spoken.notes)
        self._pictures += spoken.pictures
        self._struck |= spoken.struck
        text = spoken.line.text
        if text:
            self._bold = self._bold and spoken.bold
            yield self._block(paragraph, text)
        for kind, identifier in spoken.notes:
            number += 1
            yield from self._read_note(kind, identifier, number, depth)
        for box in spoken.boxes:
            yield from self.read(box, depth + 1)

    def _block(self, paragraph: Element, text: str) -> Block:
        level = self._styles.level(paragraph)
        listed, deep = self._styles.list_of(paragraph)
        mark = self._numbering.mark(listed, deep) if listed else ""
        text = f"{mark} {text}" if mark else text
        if level:
            return Block(text, "heading", level)
        return Block(text, "item" if listed else "text")

    def _read_note(self, kind: str, identifier: str, number: int, depth: int) -> Iterator[Block]:
        """A note stands after its paragraph: "Note 3: ..."."""
        note = self._notes.pop((kind, identifier), None)  # a note is read once
        first = f"Note {number}: "
        for block in self.read(note, depth + 1) if note is not None else ():
            yield replace(block, text=first + block.text)
            first = ""

    def _read_table(self, table: Element, caption: str, depth: int) -> Iterator[Block]:
        rows = read_rows(table)
        if is_layout(rows, self._styles):
            if caption:
                yield Block(caption)
            for cell in (cell for row in rows for cell in row):
                if not cell.continues:
                    yield from self.read(cell.element, depth + 1)
            return
        cells = [
            [Cell("", across=row[0].left)] * bool(row and row[0].left)
            + [self._cell(rows, number, cell, depth) for cell in row if not cell.continues]
            for number, row in enumerate(rows)
        ]
        blocks = list(table_blocks(cells, caption, read_heads(table, self._styles)))
        yield from blocks or ([Block(caption)] if caption else [])

    def _cell(self, rows: list[list[Found]], number: int, cell: Found, depth: int) -> Cell:
        outside, self._bold = self._bold, True
        blocks = list(self.read(cell.element, depth + 1)) if not cell.deleted else []
        parts = [f"({b.text})" if b.kind == "row" else b.text for b in blocks]
        bold = bool(parts) and (self._bold or all(block.level for block in blocks))
        self._bold = outside
        return Cell(", ".join(parts), cell.across, span_down(rows, number, cell), bold)


def _parts_of(container: Element) -> Iterator[Element]:
    """The paragraphs and tables of a container, also those inside controls and changes."""
    work = list(reversed(container))
    while work:
        element = work.pop()
        name = local(element.tag)
        if name in ("p", "tbl", "altChunk", "subDoc"):
            yield element
        elif name == "AlternateContent":
            chosen = child(element, "Choice")
            work += reversed(chosen) if chosen is not None else []
        elif name not in NOT_READ:
            work += reversed(element)


def _children(element: Element | None) -> list[Element]:
    return list(element) if element is not None else []


def _count(number: int, what: str) -> str:
    if not number:
        return ""
    return f"{number} {what}{'s' if number > 1 else ''} {'were' if number > 1 else 'was'} not read"
