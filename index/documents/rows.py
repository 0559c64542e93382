"""The rows and cells of a Word table as the file has them, and which rows are its head.

It knows the elements of a table; what is inside a cell is the body's (bodies.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from index.documents.grids import MOST_COLUMNS
from index.documents.lines import whole_number
from index.documents.styles import Styles, attribute, child, is_on, local

PLAIN = frozenset(("", "table grid", "normal table", "table normal", "grid table light"))
FIRST_ROW = 0x0020  # the bit of tblLook for a first row of its own look


@dataclass(frozen=True)
class Found:
    """A cell: its first column, the columns it covers, and whether it goes on from above."""

    element: Element
    left: int
    across: int
    continues: bool
    deleted: bool


def read_rows(table: Element) -> list[list[Found]]:
    """Return the cells of each row that was not deleted."""
    rows = (row for row in _inside(table, "tr") if child(row, "trPr", "del") is None)
    found: list[list[Found]] = []
    for row in rows:
        above = {cell.left for cell in found[-1]} if found else set()
        # A cell can only go on from one above it.
        found.append(
            [replace(c, continues=c.continues and c.left in above) for c in _read_row(row)]
        )
    return found


def span_down(rows: list[list[Found]], number: int, cell: Found) -> int:
    """Return how many rows a cell covers: those in whose column it goes on."""
    down = 1
    for row in rows[number + 1 :]:
        if not any(one.left == cell.left and one.continues for one in row):
            break
        down += 1
    return down


def read_heads(table: Element, styles: Styles) -> int | None:
    """Return how many first rows repeat as head or are drawn as such; None where none says so."""
    rows = [row for row in _inside(table, "tr") if child(row, "trPr", "del") is None]
    heads = 0
    while heads < len(rows) and is_on(child(rows[heads], "trPr", "tblHeader")):
        heads += 1
    if heads:
        return heads if heads < len(rows) else None
    look = child(table, "tblPr", "tblLook")
    first = attribute(look, "firstRow") in ("1", "true", "on") or _has_bit(attribute(look))
    name = styles.name(attribute(child(table, "tblPr", "tblStyle")))
    styled = name not in PLAIN and not name.startswith("plain table")
    return 1 if first and styled and len(rows) > 1 else None


def is_layout(rows: list[list[Found]], styles: Styles) -> bool:
    """True for a frame around text: one cell in each row, or sections with headings inside."""
    if all(len(row) <= 1 for row in rows):
        return True
    return any(_opens_section(cell.element, styles) for row in rows for cell in row)


def _opens_section(cell: Element, styles: Styles) -> bool:
    """True for a heading with text below it; a heading alone is the head of a column."""
    said = [one for one in _inside(cell, "p") if "".join(one.itertext()).strip()]
    return len(said) > 1 and any(styles.level(one) for one in said)


def _read_row(row: Element) -> list[Found]:
    before = whole_number(attribute(child(row, "trPr", "gridBefore")))
    left = min(max(before or 0, 0), MOST_COLUMNS)
    cells: list[Found] = []
    for element in _inside(row, "tc"):
        properties = child(element, "tcPr")
        span = whole_number(attribute(child(properties, "gridSpan")))
        across = min(max(span or 1, 1), MOST_COLUMNS)
        merge = child(properties, "vMerge")
        continues = merge is not None and attribute(merge) in ("", "continue")
        deleted = child(properties, "cellDel") is not None
        cells.append(Found(element, left, across, continues, deleted))
        left += across
    return cells


def _inside(container: Element, name: str) -> Iterator[Element]:
    """The elements of a name in a container, also those inside controls."""
    for element in container:
        tag = local(element.tag)
        if tag == name:
            yield element
        elif tag in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
            yield from _inside(element, name)


def _has_bit(value: str) -> bool:
    try:
        return bool(int(value, 16) & FIRST_ROW)
    except ValueError:
        return False
