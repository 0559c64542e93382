"""Tables of a PDF: runs of rows whose cells stand under one another.

A row keeps its words as they stand on the page, cell after cell; what it needs to be
understood (caption, column heads, the group it stands under) goes with it. Tables are told
by position alone, never by drawn rules: a table of one column, or one whose cells align
nowhere, is read as text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from index.documents.bands import Line
from index.documents.hyphens import Vocabulary, join_lines, show_hyphens
from index.documents.pieces import Piece

NEAR = 4.0  # points: edges or middles of cells of one column differ less
CAPTION = re.compile(r"(?:table|tableau|tabla|tabela|jedwali|box|chart)\b", re.IGNORECASE)
HEAD_NUMBER = re.compile(r"\d")
FAR = 4.0  # of the font size: rows further apart belong to different tables


class Row(NamedTuple):
    """One row of a table: its cells' text, whether it is bold, and the lines it came from."""

    line: Line
    cells: tuple[str, ...]


class Table(NamedTuple):
    """Rows that belong together; `heads` is the text of the column heads, "" if there are none.

    `caption` is what it is called, `group` the line its last rows stand under; reflow knows them.
    """

    rows: tuple[Row, ...]
    heads: str
    columns: Line
    caption: str = ""
    group: str = ""


def find_tables(lines: Sequence[Line], vocabulary: Vocabulary) -> dict[int, tuple[int, Table]]:
    """Return the tables of a page: the first line of each -> (the line after it, the table)."""
    found: dict[int, tuple[int, Table]] = {}
    start = 0
    while start < len(lines):
        end = _extend(lines, start)
        if end is None:
            start += 1
            continue
        found[start] = (end, _table(lines[start:end], vocabulary))
        start = end
    return found


def are_alike(one: Line, other: Line) -> bool:
    """True when two rows have cells in the same columns."""
    shared = sum(any(_is_under(a, b) for b in other.cells) for a in one.cells)
    return shared >= 2 and shared >= min(len(one.cells), len(other.cells)) - 1


def is_group(row: Row, table: Table) -> bool:
    """True for a row of one cell that names the rows below it, no rest of a later column."""
    return row.line.bold or row.line.left <= table.columns.left + NEAR


def _is_head(line: Line, row: Line) -> bool:
    """True for a bold row whose cells stand over those of the row, centred or not."""
    if len(line.cells) != len(row.cells) or not line.bold or row.bold:
        return False
    heads, cells = ([_ends(cell) for cell in one.cells] for one in (line, row))
    nexts = [left for left, _ in cells[1:]] + [float("inf")]
    return all(
        head[0] < cell[1] + NEAR
        and cell[0] < head[1]
        and head[1] <= after + NEAR
        or (cell[0] - NEAR <= head[0] and head[1] <= after + NEAR)
        for head, cell, after in zip(heads, cells, nexts, strict=True)
    )


def _ends(cell: Sequence[Piece]) -> tuple[float, float]:
    return min(p.left for p in cell), max(p.right for p in cell)


def _cell_text(cell: Sequence[Piece], vocabulary: Vocabulary) -> str:
    """Return the lines of a cell as one text, divided words made whole."""
    text = cell[0].text
    for piece in cell[1:]:
        text, _ = join_lines(text, piece.text, vocabulary)
    return show_hyphens(text)


def _is_under(a: Sequence[Piece], b: Sequence[Piece]) -> bool:
    one, two = _ends(a), _ends(b)
    return any(
        abs(x - y) <= NEAR for x, y in (*zip(one, two, strict=True), (sum(one) / 2, sum(two) / 2))
    )


def _extend(lines: Sequence[Line], start: int) -> int | None:
    """Return where the table that begins here ends, None where none begins."""
    if len(lines[start].cells) < 2:
        return None
    last, rows, end = start, 1, start + 1
    while end < len(lines):
        step = _step(lines, last, end)
        if step is None:
            break
        last, end, rows = step, step + 1, rows + 1
    end = last + 1
    while end < len(lines) and _is_rest(lines[end - 1], lines[end], lines[last]):
        end += 1
    return end if rows >= 2 else None


def _step(lines: Sequence[Line], last: int, end: int) -> int | None:
    """Return the next row like the last one, over at most three lines of single cells."""
    for n in range(end, min(end + 4, len(lines))):
        line, before = lines[n], lines[n - 1]
        if line.base - before.lowest > FAR * line.size or line.base < before.base:
            return None
        if len(line.cells) > 1:
            alike = are_alike(lines[last], line) or _is_head(lines[last], line)
            return n if alike else None
        if line.right > lines[last].right + 10 * NEAR:
            return None
    return None


def _is_rest(before: Line, line: Line, row: Line) -> bool:
    """True when a line of one cell goes on in a later column of the row above it."""
    if len(line.cells) != 1 or line.base - before.lowest > 1.4 * line.size:
        return False
    if row.bold and not line.bold:
        return False  # a row that goes on from the page before, below the heads
    return line.left > row.left + NEAR and any(_is_under(line.cells[0], c) for c in row.cells[1:])


def _table(lines: Sequence[Line], vocabulary: Vocabulary) -> Table:
    rows: list[list[list[Piece]]] = []
    kept: list[Line] = []
    for n, line in enumerate(lines):
        if n and _is_rest(lines[n - 1], line, kept[-1]):
            column = next(
                (k for k, c in enumerate(kept[-1].cells) if k and _is_under(line.cells[0], c)), -1
            )
            rows[-1][column].append(line.cells[0][0])
            continue
        rows.append([list(cell) for cell in line.cells])
        kept.append(line)
    made = tuple(
        Row(line, tuple(_cell_text(cell, vocabulary) for cell in cells))
        for line, cells in zip(kept, rows, strict=True)
    )
    return Table(made, _heads(made), max(reversed(kept), key=lambda line: len(line.cells)))


def _heads(rows: tuple[Row, ...]) -> str:
    """Return the column heads when the first row looks like heads."""
    first, later = rows[0], rows[1:]
    bold = first.line.bold and not all(row.line.bold for row in later)
    figures = sum(any(HEAD_NUMBER.search(c) for c in row.cells[1:]) for row in later)
    plain = not any(HEAD_NUMBER.search(cell) for cell in first.cells)
    if len(first.cells) < 2 or not (bold or (plain and figures >= 0.7 * len(later))):
        return ""
    return " | ".join(first.cells)
