"""The reading order of a page: pieces become lines, columns are read one after the other.

What has no gutter is read in the order in which the file draws it. Pieces side by side are
cells of one row; a cell may have several lines. It knows neither fonts' meaning nor
paragraphs.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from index.documents.centring import find_centred, place_marks
from index.documents.gutters import split_columns
from index.documents.pieces import CLOSE, RAISED, SMALL, STEP, SUPERSCRIPTS, WIDE, Piece

TIGHT = 1.4  # of the font size: lines of one cell are at most as far apart
MARK = re.compile(r"[•▪◦‣●○■□–*·o-]|\(?(?:\d{1,2}|[A-Za-z]|[ivx]{1,4})[.)]")
STRETCHED = 2.5  # of the font size: gaps between words of a badly justified line
SHORT = 24  # characters of a cell: longer pieces drawn later are a column of text
BARE = frozenset("•▪◦‣●○■□–*·-.,:;")  # marks whose weight says nothing
LEADERS = re.compile(r"(?:\.\s?){4}|…{2}|_{4}")
NUMBER = re.compile(r"\d{1,2}(?:\.\d{1,2})*\.?")


class Line(NamedTuple):
    """One line of a column, or a row of cells; `cells` holds the pieces of each cell.

    `reach` is how far to the right the lines of its column go; `page` is 1-based; `marked`
    says that a list mark stands before its text, at some distance, `beside` that it is part of
    a row that is no table's.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool
    page: int
    reach: float
    cells: tuple[tuple[Piece, ...], ...]
    marked: bool = False
    beside: bool = False

    @property
    def lowest(self) -> float:
        """The base of its last line."""
        return max((cell[-1].base for cell in self.cells), default=self.base)


def read_lines(pieces: Sequence[Piece], rules: Sequence[float], page: int) -> list[Line]:
    """Return the lines of a page in reading order; `rules` are the lines drawn across it."""
    return [
        line
        for region in split_columns(_join(place_marks(pieces)), rules)
        for line in _lines(region, rules, page)
    ]


def split_cells(line: Line) -> Iterator[Line]:
    """Yield a row that belongs to no table as the lines of its cells, one cell at a time."""
    pairs = pairwise(line.cells)
    if len(line.cells) == 1 and len(line.cells[0]) == 1:
        yield line
        return
    if all(len(cell) == 1 for cell in line.cells) and all(
        b[0].left - a[0].right <= STRETCHED * line.size for a, b in pairs
    ):
        yield line
        return
    for cell, following in zip(line.cells, [*line.cells[1:], None], strict=True):
        reach = following[0].left - WIDE * line.size if following else line.reach
        for piece in cell:
            yield _line([[piece]], line.page, reach)._replace(beside=True)


def _join(pieces: Sequence[Piece]) -> list[Piece]:
    """Join pieces that follow one another on a line."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else piece
        gap = piece.left - last.right
        size = max(piece.size, last.size)
        raised = RAISED * size < last.base - piece.base and piece.size <= SMALL * last.size
        raised = raised and gap <= CLOSE * size
        near = abs(piece.base - last.base) <= (STEP if raised else 0.3) * size
        if not joined or not near or not -0.3 * size <= gap <= WIDE * size:
            joined.append(piece)
            continue
        text = piece.text
        if raised and re.fullmatch(r"[\d+\-−–,]+", text):
            text = text.translate(SUPERSCRIPTS)
        space = " " if gap > 0.12 * size else ""
        size = max(last, piece, key=lambda p: len(p.text)).size
        bold = (last.bold or last.text in BARE) and (piece.bold or piece.text in BARE)
        joined[-1] = last._replace(
            text=last.text + space + text, right=piece.right, size=size, bold=bold
        )
    return joined


def _lines(pieces: list[Piece], rules: Sequence[float], page: int) -> Iterator[Line]:
    """Yield the rows of a region from the top down."""
    bands: list[list[list[Piece]]] = []
    rows = find_centred(pieces, rules)
    for piece in pieces:
        row = rows.get(id(piece))
        if row is None:
            _place(piece, bands)
        elif row:
            bands.append(row)
    for group in _side_by_side(bands):
        group = _join_ruled(sorted(group, key=_top), rules)
        rights = sorted(p.right for band in group for cell in band for p in cell)
        reach = rights[int(0.95 * (len(rights) - 1))]
        for band in group:
            cells = sorted(band, key=lambda cell: cell[0].left)
            yield _line(_close_gaps(cells), page, reach)


def _side_by_side(bands: list[list[list[Piece]]]) -> Iterator[list[list[list[Piece]]]]:
    """Yield stacks of rows that stand beside one another, in the order they are drawn."""
    group: list[list[list[Piece]]] = []
    lowest = float("-inf")
    for band in bands:
        top = _top(band)
        later = [other for other in group if _bottom(other) > top] if top < lowest else []
        if later and all(_is_free(line, later) for cell in band for line in cell):
            yield group
            group, lowest = [], float("-inf")
        group.append(band)
        lowest = max(lowest, _bottom(band))
    yield group


def _join_ruled(bands: list[list[list[Piece]]], rules: Sequence[float]) -> list[list[list[Piece]]]:
    """Join the rows between two drawn lines where only one of them has several cells.

    The others are further lines of a cell that is higher than the rest of its row.
    """
    joined: list[list[list[Piece]]] = []
    for stripe, found in groupby(bands, key=lambda band: bisect(rules, _top(band))):
        rows = list(found)
        inside = 0 < stripe < len(rules)
        wide = [band for band in rows if len(band) > 1]
        tight = all(_top(b) - _bottom(a) <= TIGHT * a[0][0].size for a, b in pairwise(rows))
        if not inside or len(rows) == 1 or len(wide) != 1 or not tight:
            joined += rows
            continue
        cells: list[list[Piece]] = []
        for piece in sorted((p for band in rows for cell in band for p in cell), key=_base):
            cell = next((c for c in cells if not _is_free(piece, [[c]])), None)
            if cell is None:
                cells.append([piece])
            else:
                cell.append(piece)
        joined.append(cells)
    return joined


def _base(piece: Piece) -> float:
    return piece.base


def _place(piece: Piece, bands: list[list[list[Piece]]]) -> None:
    """Put a piece into the row it stands in, or begin a new row."""
    size = piece.size
    if not bands or piece.base > _bottom(bands[-1]) + 0.5 * size:
        if bands and _goes_on(piece, bands[-1]):
            bands[-1][-1].append(piece)
        else:
            bands.append([[piece]])
        return
    level = [n for n, band in enumerate(bands) if _bottom(band) >= piece.base - 0.5 * size]
    first = level[0] if level == list(range(level[0], len(bands))) else len(bands) - 1
    same = [n for n in level if abs(_top(bands[n]) - piece.base) <= 0.5 * size]
    beside = bands[first:]
    if _goes_on(piece, bands[-1]):
        bands[-1][-1].append(piece)
    elif len(beside) > 1 and _is_stack(beside) and _is_right(piece, beside):
        bands[first:] = [[[line for band in beside for line in band[0]], [piece]]]
    elif same and _is_cell(piece, bands[same[-1] :]):
        bands[same[-1]].append([piece])
    elif not same and _is_right(piece, [bands[-1]]) and piece.base >= _top(bands[-1]) - 4 * size:
        bands[-1].append([piece])
    else:
        bands.append([[piece]])


def _is_cell(piece: Piece, rows: list[list[list[Piece]]]) -> bool:
    """True when the piece is a further cell of the first of the rows, which end with the last.

    A column that is drawn after others is a table's only where its cells are short and the
    rows stand at one distance; else it is a box of its own, read by itself.
    """
    if len(rows) == 1:
        return _is_right(piece, rows)
    lines = (piece, *(line for cell in rows[0] for line in cell))
    steps = [_top(b) - _top(a) for a, b in pairwise(rows)]
    even = max(steps) - min(steps) <= 0.3 * piece.size
    return even and all(len(p.text) <= SHORT for p in lines) and _is_free(piece, rows[:1])


def _goes_on(piece: Piece, band: list[list[Piece]]) -> bool:
    """True when the piece is the next line of the cell that was drawn last."""
    last = band[-1][-1]
    within = piece.left >= min(p.left for p in band[-1]) - 2
    near = 0.5 * piece.size < piece.base - last.base <= TIGHT * piece.size
    return len(band) > 1 and within and near and _is_free(piece, [band[:-1]])


def _is_stack(bands: list[list[list[Piece]]]) -> bool:
    """True when the rows are single lines, close together: the lines of one cell."""
    if any(len(band) > 1 for band in bands):
        return False
    lines = [line for band in bands for line in band[0]]
    return all(0 < b.base - a.base <= TIGHT * a.size for a, b in pairwise(lines))


def _is_free(piece: Piece, bands: list[list[list[Piece]]]) -> bool:
    """True when nothing in the rows stands above or below the piece."""
    lines = [line for band in bands for cell in band for line in cell]
    return all(piece.left >= p.right - 1 or piece.right <= p.left + 1 for p in lines)


def _is_right(piece: Piece, bands: list[list[list[Piece]]]) -> bool:
    """True when the piece stands to the right of all that is in the rows."""
    return all(piece.left >= p.right - 1 for band in bands for cell in band for p in cell)


def _top(band: list[list[Piece]]) -> float:
    return min(line.base for cell in band for line in cell)


def _bottom(band: list[list[Piece]]) -> float:
    return max(line.base for cell in band for line in cell)


def _close_gaps(cells: list[list[Piece]]) -> list[list[Piece]]:
    """Join words that a justified line has spread evenly: they are no cells."""
    if len(cells) < 3:
        return cells
    for first in (0, 1):
        words = [cell[0] for cell in cells[first:]]
        gaps = [b.left - a.right for a, b in pairwise(words)]
        even = len(gaps) > 1 and max(gaps) - min(gaps) < 0.15 * words[0].size
        single = all(len(cell) == 1 for cell in cells) and not any(" " in w.text for w in words)
        if even and single and max(gaps) <= STRETCHED * words[0].size:
            text = " ".join(word.text for word in words)
            joined = words[0]._replace(text=text, right=words[-1].right)
            return [*cells[:first], [joined]]
    return cells


def _line(cells: list[list[Piece]], page: int, reach: float) -> Line:
    if len(cells) == len(cells[0]) == 1:
        text, left, right, base, size, bold, _ = cells[0][0]
        return Line(text, left, right, base, size, bold, page, reach, (tuple(cells[0]),))
    pieces = [piece for cell in cells for piece in cell]
    marked = False
    if len(cells) == 2 and len(cells[0]) == 1 and _is_mark(cells[0][0], cells[1][0]):
        first, rest = cells[0][0], cells[1]
        joined = rest[0]._replace(text=f"{first.text} {rest[0].text}", left=first.left)
        cells = [[joined, *rest[1:]]]
        marked = MARK.fullmatch(first.text) is not None
    text = " ".join(piece.text for cell in cells for piece in cell)
    if len(cells) > 1 and len(pieces) == len(cells) and LEADERS.search(text):
        cells = [[pieces[0]._replace(text=text, right=pieces[-1].right)]]
    return Line(
        text,
        min(p.left for p in pieces),
        max(p.right for p in pieces),
        min(p.base for p in pieces),
        max(pieces, key=lambda p: len(p.text)).size,
        all(p.bold for p in pieces),
        page,
        reach,
        tuple(tuple(cell) for cell in cells),
        marked,
    )


def _is_mark(mark: Piece, text: Piece) -> bool:
    """True when the first cell is only a list mark or the number of a heading."""
    if MARK.fullmatch(mark.text):
        return True
    return mark.bold and text.bold and NUMBER.fullmatch(mark.text) is not None
