"""HTML tables: which ones hold data, and their cells as a grid wants them.

It knows the elements of a table; what is inside a cell is the walk's (markup.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.documents.lines import whole_number

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

TO_THE_END = 65_534  # rows, as browsers take rowspan=0
HEADINGS = "h1, h2, h3, h4, h5, h6"
MOST_HEADINGS = 50  # looked at in one table
BOLD = frozenset(("b", "strong", "h1", "h2", "h3", "h4", "h5", "h6"))
SECTIONS = ("thead", "tbody", "tfoot")


@dataclass(frozen=True)
class Found:
    """A cell of the tree."""

    node: LexborNode
    across: int
    down: int
    head: bool


def is_layout(table: LexborNode) -> bool:
    """True for a table that lays out a page: it says so, or holds sections or bare tables."""
    if table.attributes.get("role") in ("presentation", "none"):
        return True
    if any(_opens_section(heading) for heading in table.css(HEADINGS)[:MOST_HEADINGS]):
        return True
    inner = next((child for child in table.css("table") if child.mem_id != table.mem_id), None)
    own = any(cell.tag == "th" for _, row in _rows(table) for cell in _elements(row))
    return inner is not None and not own


def _opens_section(heading: LexborNode) -> bool:
    """True when a heading's cell holds more than the heading: it is no head of a column."""
    cell = heading.parent
    while cell is not None and cell.tag not in ("td", "th"):
        cell = cell.parent
    own = len("".join((heading.text() or "").split()))
    return cell is None or len("".join((cell.text() or "").split())) > own


def read_rows(table: LexborNode) -> tuple[list[list[Found]], LexborNode | None, int | None]:
    """Return the rows, the caption's element, and how many rows are head where thead says so."""
    caption = next((child for child in _elements(table) if child.tag == "caption"), None)
    rows: list[list[Found]] = []
    heads = 0
    for left, row in _rows(table):
        within = row.parent is not None and row.parent.tag == "thead"
        rows.append([_cell(cell, left, within) for cell in _elements(row) if _is_cell(cell)])
        heads += within
    plain = heads == 0 or heads >= len(rows) or not any(any(True for _ in r) for r in rows[:heads])
    return rows, caption, None if plain else heads


def _cell(node: LexborNode, left: int, within_head: bool) -> Found:
    attributes = node.attributes
    down = _span(attributes.get("rowspan"), TO_THE_END)
    head = node.tag == "th" or within_head or _is_bold(node)
    return Found(node, _span(attributes.get("colspan"), 1), min(down, left), head)


def _is_bold(node: LexborNode) -> bool:
    """True when all that a cell holds is bold: how heads are drawn without th."""
    children = [c for c in _nodes(node) if not c.is_text_node or (c.text_content or "").strip()]
    return bool(children) and all(child.tag in BOLD for child in children)


def _is_cell(node: LexborNode) -> bool:
    return node.tag in ("td", "th") and "hidden" not in node.attributes


def _rows(table: LexborNode) -> Iterator[tuple[int, LexborNode]]:
    """Yield (rows from here to the end of the section, row)."""
    for child in _elements(table):
        rows = [child] if child.tag == "tr" else []
        if child.tag in SECTIONS and "hidden" not in child.attributes:
            rows = [row for row in _elements(child) if row.tag == "tr"]
        shown = [row for row in rows if "hidden" not in row.attributes]
        for number, row in enumerate(shown):
            yield len(shown) - number, row


def _elements(node: LexborNode) -> Iterator[LexborNode]:
    return (child for child in _nodes(node) if child.is_element_node)


def _nodes(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def _span(text: str | None, zero: int) -> int:
    number = whole_number(text)
    return zero if number == 0 else min(max(number or 1, 1), TO_THE_END)
