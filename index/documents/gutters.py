"""Columns of a page: the text beside a gutter is read one column after the other.

A gutter is a left edge that many lines share, with little across it and lines of running
text on both sides. It can't read columns that overlap or run around a picture, and takes a
table of long cells for columns only where its rows begin at different heights.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from index.documents.pieces import Piece

LEAST_LINES = 4  # lines in a column: two shorter stacks side by side may be anything
LEAST_CHARACTERS = 20  # mean line of a column; cells of a table are shorter
FULL = 0.3  # of the lines of a column end near its right edge
PADDED = 1.5  # of the font size: lines that stand further apart are rows of a table
RULED, LEAST_ROWS = 0.8, 3  # share of a column's lines, and rows, that make it a table's
INDENT = 5.0  # of the font size: lines of a column begin at most as far inside it


def split_columns(pieces: list[Piece], rules: Sequence[float]) -> Iterator[list[Piece]]:
    """Yield the columns of a page, and what stands above and below them, from the top down.

    `pieces` are in the order in which the file draws them, `rules` the heights of drawn lines.
    """
    edge = _gutter(pieces, rules)
    plain: list[Piece] = []
    found = False
    for crossing, beside in _layers(pieces, edge) if edge is not None else ():
        plain += crossing
        left, right = _sides(beside, edge or 0.0)
        if not _face(left, right, edge or 0.0):
            plain += beside
            continue
        found = True
        yield from split_columns(_in_order(plain, pieces), rules)
        below = _below(left, right, pieces)
        yield from split_columns([p for p in left if p not in below], rules)
        yield from split_columns(right, rules)
        plain = below
    if found:
        yield from split_columns(_in_order(plain, pieces), rules)
    elif pieces:
        yield pieces


def _in_order(some: list[Piece], pieces: list[Piece]) -> list[Piece]:
    wanted = {id(piece) for piece in some}
    return [piece for piece in pieces if id(piece) in wanted]


def _layers(pieces: list[Piece], edge: float) -> Iterator[tuple[list[Piece], list[Piece]]]:
    """Yield what runs across the gutter, and what follows beside it, from the top down."""
    across = sorted(
        (p for p in pieces if p.left < edge - 2 and p.right > edge - 2), key=lambda p: p.base
    )
    beside = [p for p in pieces if not (p.left < edge - 2 and p.right > edge - 2)]
    starts = [float("-inf"), *(piece.base for piece in across)]
    ends = [*starts[1:], float("inf")]
    for crossing, low, high in zip([None, *across], starts, ends, strict=True):
        band = [piece for piece in beside if low <= piece.base < high]
        yield ([crossing] if crossing else []), band


def _sides(pieces: list[Piece], edge: float) -> tuple[list[Piece], list[Piece]]:
    return [p for p in pieces if p.left < edge - 2], [p for p in pieces if p.left >= edge - 2]


def _face(left: list[Piece], right: list[Piece], edge: float) -> bool:
    """True when a line of the right column stands at the height of lines of the left one."""
    column = [p.base for p in right if p.left < edge + INDENT * p.size]
    if not left or not column:
        return False
    top, bottom = min(p.base for p in left), max(p.base for p in left)
    return any(top - 2 <= base <= bottom + 2 for base in column)


def _below(left: list[Piece], right: list[Piece], pieces: list[Piece]) -> list[Piece]:
    """Return what stands on the left under the right column, and was drawn after it.

    A file that draws line by line across both columns does not tell.
    """
    order = {id(piece): n for n, piece in enumerate(pieces)}
    drawn = [order[id(piece)] for piece in right]
    bottom = max(piece.base for piece in right)
    under = [p for p in left if p.base > bottom and order[id(p)] > max(drawn)]
    rest = [order[id(p)] for p in left if p not in under]
    return under if rest and max(rest) < min(drawn) else []


def _gutter(pieces: list[Piece], rules: Sequence[float]) -> float | None:
    """Return the left edge of the second column, None where there is one column."""
    if len(pieces) < 2 * LEAST_LINES:
        return None
    start, end = min(p.left for p in pieces), max(p.right for p in pieces)
    edges = Counter(round(p.left) for p in pieces if p.left > start + 0.15 * (end - start))
    common = sorted(edge for edge, count in edges.most_common(6) if count >= LEAST_LINES)
    return next((edge - 1.0 for edge in common if _is_gutter(pieces, edge - 1.0, rules)), None)


def _is_gutter(pieces: list[Piece], edge: float, rules: Sequence[float]) -> bool:
    """True when columns of text stand on both sides of the edge, facing one another."""
    column = [p for p in pieces if edge - 2 <= p.left < edge + INDENT * p.size]
    if len(column) < LEAST_LINES:
        return False
    top, bottom = min(p.base for p in column) - 2, max(p.base for p in column) + 2
    left = [p for p in pieces if p.right < edge - 4 and top <= p.base <= bottom]
    if len(left) < LEAST_LINES or not (_is_column(left) and _is_column(column)):
        return False
    across = sum(p.left < edge - 4 and p.right > edge + 4 for p in pieces if top < p.base < bottom)
    return across <= len(left) and not (_are_rows(left, column) or _are_ruled(left, column, rules))


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


def _are_ruled(left: list[Piece], right: list[Piece], rules: Sequence[float]) -> bool:
    """True when drawn lines part the two sides into rows that begin at the same heights."""
    tops: list[dict[int, float]] = []
    for side in (left, right):
        inside = [p.base for p in side if 0 < bisect(rules, p.base) < len(rules)]
        tops.append({bisect(rules, base): base for base in sorted(inside, reverse=True)})
    within = sum(bisect(rules, p.base) in tops[1] for p in right)
    shared = tops[0].keys() & tops[1].keys()
    level = sum(abs(tops[0][row] - tops[1][row]) < 1 for row in shared)
    return within >= RULED * len(right) and level >= max(LEAST_ROWS, RULED * len(shared))


def _starts(pieces: list[Piece]) -> list[float]:
    ordered = sorted(pieces, key=lambda p: p.base)
    gaps = [b.base - a.base for a, b in pairwise(ordered) if b.base - a.base > 1]
    usual = median(gaps) if gaps else 0.0
    later = [b.base for a, b in pairwise(ordered) if b.base - a.base > 1.15 * usual]
    return [ordered[0].base, *later]
