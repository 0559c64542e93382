"""The tables of a JATS article: rows that are read alone, and the notes below them.

What is covered: merged cells, heads of several rows, groups that are named once, notes. What
is not covered: a table that is a picture. It knows no paragraph and no section.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator

from index.documents.blocks import Block
from index.documents.grids import Cell, table_blocks

TOTAL = re.compile(r"\b(?:total|overall|all|both|any|sum|mean|median|p[ -]?value)\b", re.I)
LineOf = Callable[[ET.Element], str]


def read_table(element: ET.Element, caption: str, line_of: LineOf) -> Iterator[Block]:
    """Yield the rows of a table-wrap, each with the caption; then its notes, as rows of it.

    Args:
        element: the table-wrap, or a bare table.
        caption: what the table is called.
        line_of: gives the text of an element on one line.
    """
    for table in element.iter("table"):
        heads = len(table.findall("thead/tr"))
        rows = [[_read_cell(cell, line_of) for cell in row] for row in table.iter("tr")]
        yield from table_blocks([*rows[:heads], *fill(rows[heads:])], caption, heads or None)
    for foot in element.findall("table-wrap-foot"):
        for text in _read_notes(foot, line_of):
            yield Block(text, "row", table=caption)


def fill(rows: list[list[Cell]]) -> list[list[Cell]]:
    """Write the group of a row into its empty first cells, as the row above has it.

    Articles name a group once, in the first of its rows. A row is read alone, and "Male: 12.3"
    must not lose whether goats or sheep were meant. Left as they are: rows whose cells lie
    otherwise than those above, rows under a merged cell, columns of figures, and totals, which
    may be those of all groups.
    """
    filled: list[list[Cell]] = []
    for row in rows:
        above = filled[-1] if filled else []
        first = next((n for n, cell in enumerate(row) if cell.text), 0)
        if not first or not _continues(row, above) or TOTAL.search(row[first].text):
            filled.append(row)
            continue
        group = [c if any(map(str.isalpha, c.text)) else Cell("") for c in above[:first]]
        filled.append([*group, *row[first:]])
    return filled


def _continues(row: list[Cell], above: list[Cell]) -> bool:
    """True for a row of at least two texts whose cells lie as those of the row above."""
    alike = [cell.across for cell in row] == [cell.across for cell in above]
    merged = any(cell.down > 1 for cell in (*row, *above))
    return alike and not merged and sum(bool(cell.text) for cell in row) > 1


def _read_cell(cell: ET.Element, line_of: LineOf) -> Cell:
    across, down = (_count(cell.get(name, "")) for name in ("colspan", "rowspan"))
    return Cell(line_of(cell), across, down, cell.tag == "th")


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 5 else 1


def _read_notes(foot: ET.Element, line_of: LineOf) -> Iterator[str]:
    for part in foot:
        if part.tag == "fn-group":
            yield from _read_notes(part, line_of)
        elif text := line_of(part):
            yield text
