"""Columns of a page: the text beside a gutter is read one column after the other.

A gutter is a left edge that many lines share, with little across it and lines of running
text on both sides. It can't read columns that overlap or run around a picture, and takes a
table of long cells for columns only where its rows begin at different heights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from index.documents.pieces import Piece

FAR = 2.8  # of the font size: full-width lines further apart leave room for columns between
LEAST_LINES = 4  # lines in a column: two shorter stacks side by side may be anything
LEAST_CHARACTERS = 20  # mean line of a column; cells of a table are shorter
FULL = 0.3  # of the lines of a column end near its right edge
PADDED = 1.5  # of the font size: lines that stand further apart are rows of a table
INDENT = 5.0  # of the font size: lines of a column begin at most as far inside it


def split_columns(pieces: list[Piece]) -> Iterator[list[Piece]]:
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
            yield from split_columns(side)


def _layers(across: list[Piece]) -> Iterator[tuple[float, float, list[Piece]]]:
    """Yield (from, to, what runs across above it): the stretches between full-width lines."""
    ordered = sorted(across, key=lambda p: p.base)
    yield float("-inf"), ordered[0].base if ordered else float("inf"), []
    group: list[Piece] = []
    for piece, following in zip(ordered, [*ordered[1:], None], strict=False):
        group.append(piece)
        if following is None or following.base - piece.base > FAR * piece.size:
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
