"""The reading order of a page: pieces become lines, columns are read one after the other.

A gutter is looked for first: a left edge that many lines share, with nothing across it and
full lines on both sides. What has no gutter is read in the order in which the file draws it.
Pieces side by side are cells of one row; a cell may have several lines. It knows neither
fonts' meaning nor paragraphs, and can't read columns that overlap or run around a picture.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median
from typing import NamedTuple

from index.documents.pieces import SUPERSCRIPTS, WIDE, Piece

TIGHT = 1.4  # of the font size: lines of one cell are at most as far apart
LEAST_LINES = 4  # lines in a column: two shorter stacks side by side may be anything
LEAST_CHARACTERS = 20  # mean line of a column; cells of a table are shorter
FULL = 0.3  # of the lines of a column end near its right edge
MARK = re.compile(r"[•▪◦‣●○■□–*·o-]|\(?(?:\d{1,2}|[A-Za-z]|[ivx]{1,4})[.)]")
STRETCHED = 2.5  # of the font size: gaps between words of a badly justified line
PADDED = 1.5  # of the font size: lines that stand further apart are rows of a table
INDENT = 5.0  # of the font size: lines of a column begin at most as far inside it
SHORT = 24  # characters of a cell: longer pieces drawn later are a column of text
BARE = frozenset("•▪◦‣●○■□–*·-.,:;")  # marks whose weight says nothing
LEADERS = re.compile(r"(?:\.\s?){4}|…{2}|_{4}")
NUMBER = re.compile(r"\d{1,2}(?:\.\d{1,2})*\.?")


class Line(NamedTuple):
    """One line of a column, or a row of cells; `cells` holds the pieces of each cell.

    `reach` is how far to the right the lines of its column go; `page` is 1-based.
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

    @property
    def lowest(self) -> float:
        """The base of its last line."""
        return max((cell[-1].base for cell in self.cells), default=self.base)


def read_lines(pieces: Sequence[Piece], rules: Sequence[float], page: int) -> list[Line]:
    """Return the lines of a page in reading order; `rules` are the lines drawn across it."""
    return [line for region in _regions(_join(pieces)) for line in _lines(region, rules, page)]


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
    for cell in line.cells:
        reach = max(piece.right for piece in cell)
        yield from (_line([[piece]], line.page, reach) for piece in cell)


def _join(pieces: Sequence[Piece]) -> list[Piece]:
    """Join pieces that follow one another on a line."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else piece
        gap = piece.left - last.right
        size = max(piece.size, last.size)
        raised = last.base - piece.base > 0.14 * size and piece.size <= 0.9 * last.size
        near = abs(piece.base - last.base) <= (0.6 if raised else 0.3) * size
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


def _regions(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """Yield the columns of a page, and what runs across them, from the top down."""
    edge = _gutter(pieces)
    if edge is None:
        if pieces:
            yield pieces
        return
    across = [p for p in pieces if p.left < edge - 2 and p.right > edge - 2]
    beside = [p for p in pieces if not (p.left < edge - 2 and p.right > edge - 2)]
    for low, high, crossing in _layers(across):
        if crossing:
            yield crossing
        band = [p for p in beside if low <= p.base < high]
        for side in (
            [p for p in band if p.left < edge - 2],
            [p for p in band if p.left >= edge - 2],
        ):
            yield from _regions(side)


def _layers(across: list[Piece]) -> Iterator[tuple[float, float, list[Piece]]]:
    """Yield (from, to, what runs across above it): the stretches between full-width lines."""
    ordered = sorted(across, key=lambda p: p.base)
    yield float("-inf"), ordered[0].base if ordered else float("inf"), []
    group: list[Piece] = []
    for piece, following in zip(ordered, [*ordered[1:], None], strict=False):
        group.append(piece)
        if following is None or following.base - piece.base > 2 * TIGHT * piece.size:
            yield group[0].base, following.base if following else float("inf"), group
            group = []


def _gutter(pieces: list[Piece]) -> float | None:
    """Return the left edge of the second column, None where there is one column."""
    if len(pieces) < 2 * LEAST_LINES:
        return None
    start, end = min(p.left for p in pieces), max(p.right for p in pieces)
    edges = Counter(round(p.left) for p in pieces if p.left > start + 0.15 * (end - start))
    common = sorted(edge for edge, count in edges.most_common(6) if count >= LEAST_LINES)
    return next((edge - 1.0 for edge in common if _is_gutter(pieces, edge - 1.0)), None)


def _is_gutter(pieces: list[Piece], edge: float) -> bool:
    """True when columns of text stand on both sides of the edge, facing one another."""
    column = [p for p in pieces if edge - 2 <= p.left < edge + INDENT * p.size]
    if len(column) < LEAST_LINES:
        return False
    top, bottom = min(p.base for p in column) - 2, max(p.base for p in column) + 2
    left = [p for p in pieces if p.right < edge - 4 and top <= p.base <= bottom]
    if len(left) < LEAST_LINES or not (_is_column(left) and _is_column(column)):
        return False
    across = sum(p.left < edge - 4 and p.right > edge + 4 for p in pieces if top < p.base < bottom)
    return across <= len(left) and not _are_rows(left, column)


def _is_column(pieces: list[Piece]) -> bool:
    """True when the pieces look like running text: long lines that mostly fill the width."""
    if sum(len(p.text) for p in pieces) < LEAST_CHARACTERS * len(pieces):
        return False
    rights = sorted(p.right for p in pieces)
    edge, start = rights[int(0.9 * (len(rights) - 1))], min(p.left for p in pieces)
    return sum(r > edge - 0.15 * (edge - start) for r in rights) >= FULL * len(pieces)


def _are_rows(left: list[Piece], right: list[Piece]) -> bool:
    """True when blocks on the two sides begin at the same heights: a table of long cells."""
    bases = [p.base for p in left]
    level = sum(any(abs(p.base - base) < 1 for base in bases) for p in right)
    ordered = sorted(p.base for p in right)
    distance = median(b - a for a, b in pairwise(ordered))
    if level >= 0.8 * len(right) and distance > PADDED * right[0].size:
        return True
    starts = [_starts(side) for side in (left, right)]
    if min(map(len, starts)) < 3:
        return False
    shared = sum(any(abs(a - b) < 2 for b in starts[1]) for a in starts[0])
    return shared >= 0.7 * min(map(len, starts))


def _starts(pieces: list[Piece]) -> list[float]:
    ordered = sorted(pieces, key=lambda p: p.base)
    gaps = [b.base - a.base for a, b in pairwise(ordered) if b.base - a.base > 1]
    usual = median(gaps) if gaps else 0.0
    later = [b.base for a, b in pairwise(ordered) if b.base - a.base > 1.15 * usual]
    return [ordered[0].base, *later]


def _lines(pieces: list[Piece], rules: Sequence[float], page: int) -> Iterator[Line]:
    """Yield the rows of a region from the top down."""
    bands: list[list[list[Piece]]] = []
    for piece in pieces:
        _place(piece, bands)
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
        if not inside or len(rows) == 1 or len(wide) != 1:
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
    elif len(beside) > 1 and _is_stack(beside) and _is_free(piece, beside):
        bands[first:] = [[[line for band in beside for line in band[0]], [piece]]]
    elif same and _is_cell(piece, bands[same[-1]], same[-1] == len(bands) - 1):
        bands[same[-1]].append([piece])
    elif _is_free(piece, [bands[-1]]) and piece.base >= _top(bands[-1]) - 4 * size:
        bands[-1].append([piece])
    else:
        bands.append([[piece]])


def _is_cell(piece: Piece, band: list[list[Piece]], is_last: bool) -> bool:
    """True when the piece is a further cell of a row; far back only short ones are."""
    short = all(len(p.text) <= SHORT for p in (piece, *(line for cell in band for line in cell)))
    return (is_last or short) and _is_free(piece, [band])


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
    if len(cells) == 2 and len(cells[0]) == 1 and _is_mark(cells[0][0], cells[1][0]):
        first, rest = cells[0][0], cells[1]
        joined = rest[0]._replace(text=f"{first.text} {rest[0].text}", left=first.left)
        cells = [[joined, *rest[1:]]]
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
    )


def _is_mark(mark: Piece, text: Piece) -> bool:
    """True when the first cell is only a list mark or the number of a heading."""
    if MARK.fullmatch(mark.text):
        return True
    return mark.bold and text.bold and NUMBER.fullmatch(mark.text) is not None
