"""Tables: a grid of cells, merged ones repeated, becomes rows that are read alone.

A row is written "Head: cell; Head: cell" where the file marks its heads; to guess them could
call children "never". Else the cells in order, with the first row in `table`. A merged cell
counts for every row it covers; one that covers several columns is named by all their heads.
It knows no format.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from elara_local.errors import WrongFile
from index.documents.blocks import Block

MOST_COLUMNS = 200  # of one table; the widest seen has 40
MOST_CELLS = 500_000  # of one table, merged ones counted as often as they cover: some 100 MB
LONGEST_PART = 120  # characters of a row in one cell that names the rows below it
CONTEXT = " | "


@dataclass(frozen=True)
class Cell:
    """One cell as the file has it; `down` counts the rows it covers, `across` the columns."""

    text: str
    across: int = 1
    down: int = 1
    head: bool = False


@dataclass(frozen=True)
class _Placed:
    """A cell at its columns [left, right) of one row; the same object in each row it covers."""

    text: str
    left: int
    right: int
    head: bool


Row = list[_Placed]


def table_blocks(
    rows: Sequence[Sequence[Cell]], caption: str = "", heads: int | None = None
) -> Iterator[Block]:
    """Yield a block for each row.

    Args:
        rows: the cells in order, without those that a merged cell covers.
        caption: what the table is called.
        heads: how many of the first rows are its head, where the file says so.
    """
    grid = [row for row in _place(rows) if any(cell.text for cell in row)]
    if heads is None:
        heads = _count_heads(grid)
    width = max((row[-1].right for row in grid if row), default=0)
    while heads and _alone(grid[0], width):  # a head over the whole width names the table
        caption = CONTEXT.join(part for part in (caption, _alone(grid[0], width)) if part)
        grid, heads = grid[1:], heads - 1
    names = _name_columns(grid[:heads], width)
    first = "" if heads or len(grid) < 2 else CONTEXT.join(c.text for c in grid[0] if c.text)
    if heads >= len(grid):  # nothing but heads: they are all there is to read
        heads, names = 0, [""] * width
    part = ""
    for number, row in enumerate(grid[heads:]):
        if alone := _alone(row, width):
            part = alone if len(alone) <= LONGEST_PART else ""
            text, above = alone, ""
        else:
            text, above = "; ".join(_write(cell, names) for cell in row if cell.text), part
        known = first if number else ""
        yield Block(text, "row", table=CONTEXT.join(s for s in (caption, known, above) if s))


def _alone(row: Row, width: int) -> str:
    """The text of a row that is one cell over the whole width, else ""."""
    texts = [cell for cell in row if cell.text]
    wide = len(texts) == 1 and texts[0].right - texts[0].left >= width > 1
    return texts[0].text if wide else ""


def _write(cell: _Placed, names: Sequence[str]) -> str:
    heads = list(dict.fromkeys(n for n in names[cell.left : cell.right] if n))
    return f"{', '.join(heads)}: {cell.text}" if heads else cell.text


def _name_columns(heads: Sequence[Row], width: int) -> list[str]:
    names: list[list[str]] = [[] for _ in range(width)]
    for row in heads:
        for cell in row:
            for column in range(cell.left, min(cell.right, width)):
                if cell.text and cell.text not in names[column]:
                    names[column].append(cell.text)
    return [" / ".join(parts) for parts in names]


def _place(rows: Sequence[Sequence[Cell]]) -> Iterator[Row]:
    """Give every cell its columns; cells that reach down stand in each row they cover."""
    reaching: list[tuple[int, _Placed]] = []  # rows that are left, cell
    spent = 0
    for cells in rows:
        taken = {c for _, cell in reaching for c in range(cell.left, cell.right)}
        row = [cell for _, cell in reaching]
        reaching = [(left - 1, cell) for left, cell in reaching if left > 1]
        column = 0
        for cell in cells:
            while column in taken:
                column += 1
            if column >= MOST_COLUMNS or spent > MOST_CELLS:
                raise WrongFile("a table of it is too wide or too long.", "Save it as CSV.")
            right = min(column + max(cell.across, 1), MOST_COLUMNS)
            placed = _Placed(cell.text, column, right, cell.head)
            row.append(placed)
            if cell.down > 1:
                reaching.append((cell.down - 1, placed))
            column = right
        spent += len(row)
        yield sorted(row, key=lambda cell: cell.left)


def _count_heads(grid: Sequence[Row]) -> int:
    """Rows at the top in which every cell is marked as a head; none where all rows are."""
    marked = 0
    for row in grid:
        if not all(cell.head or not cell.text for cell in row):
            break
        marked += 1
    return marked if marked < len(grid) else 0
