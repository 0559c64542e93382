"""Rows of a PDF table whose cells are centred by height, and list marks drawn after their text.

A row of which one cell has two lines and another one has one is drawn at three heights, half
a line apart. It is told by that alone: lines of a text, or of rows below one another, do not
stand half a line apart. A cell of three lines beside cells of one is left to index.documents.bands.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from index.documents.pieces import Piece

HALF = 0.9  # of the font size: what follows so near stands half a line further down
WIDEST = 2.2  # of the font size: lines of one cell are at most as far apart
HIGHEST = 8.0  # of the font size: a cell rises so far above what was drawn before it
MIDDLE = 0.35  # of the font size: middles of the cells of one row differ less
BULLET = re.compile(r"[•▪◦‣●○■□✓➢➤►]|\d{1,2}\.")
REACH = 4.0  # of the font size: a mark stands so near to its text
Band = list[list[Piece]]


def find_centred(pieces: Sequence[Piece], rules: Sequence[float]) -> dict[int, Band]:
    """Return the rows: id of each of their pieces -> the row at its first piece, [] at others.

    `rules` are the heights of the lines drawn across the page: between two of them a cell's
    lines may stand further apart.
    """
    found: dict[int, Band] = {}
    order = {id(piece): n for n, piece in enumerate(pieces)}
    for near in (near for run in _runs(pieces) for near in _groups(run, rules)):
        drawn = [order[id(piece)] for piece in near]
        if len(near) < 3 or max(drawn) - min(drawn) >= len(near) or id(near[0]) in found:
            continue
        cells = _cells(near)
        if _is_row(cells):
            found.update((id(piece), []) for piece in near)
            found[id(pieces[min(drawn)])] = cells
    return found


def _runs(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Yield what is drawn in one go down the page, each by height."""
    run: list[Piece] = []
    for piece in pieces:
        if run and piece.base < run[-1].base - HIGHEST * piece.size:
            yield sorted(run, key=lambda p: p.base)
            run = []
        run.append(piece)
    yield sorted(run, key=lambda p: p.base)


def _groups(run: Sequence[Piece], rules: Sequence[float]) -> Iterator[list[Piece]]:
    """Yield what may be a row: pieces half a line apart, or between two drawn lines."""
    yield from _chains(run)
    if rules:
        yield from (list(part) for _, part in groupby(run, lambda p: bisect(rules, p.base)))


def _chains(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Yield the pieces that stand less than a line below the one before."""
    chain: list[Piece] = []
    for piece in pieces:
        if chain and piece.base - chain[-1].base > HALF * piece.size:
            yield chain
            chain = []
        chain.append(piece)
    if chain:
        yield chain


def _cells(pieces: Sequence[Piece]) -> Band:
    """Return the stacks of pieces that stand under one another, from the left."""
    cells: Band = []
    for piece in sorted(pieces, key=lambda p: (p.left, p.base)):
        if cells and piece.left < max(p.right for p in cells[-1]) - 1:
            cells[-1].append(piece)
        else:
            cells.append([piece])
    return [sorted(cell, key=lambda p: p.base) for cell in cells]


def _is_row(cells: Band) -> bool:
    """True for cells around one middle, of which one has lines between those of another."""
    size = cells[0][0].size
    middles = [(cell[0].base + cell[-1].base) / 2 for cell in cells]
    steps = [b.base - a.base for cell in cells for a, b in pairwise(cell)]
    if len(cells) < 2 or max(middles) - min(middles) > MIDDLE * size:
        return False
    highest = max(cells, key=len)
    between = any(
        all(abs(line.base - other.base) > MIDDLE * size for other in highest)
        for cell in cells
        for line in cell
    )
    return between and all(HALF * size < step <= WIDEST * size for step in steps)


def place_marks(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces with every list mark before the text that it stands beside."""
    marks = [n for n, piece in enumerate(pieces) if BULLET.fullmatch(piece.text)]
    before: dict[int, int] = {}
    for n in marks:
        mark = pieces[n]
        beside = [
            (piece.left, k)
            for k, piece in enumerate(pieces)
            if abs(piece.base - mark.base) <= MIDDLE * mark.size
            and 0 <= piece.left - mark.right <= REACH * mark.size
        ]
        nearest = min(beside)[1] if beside else n + 1
        if nearest != n + 1 and nearest not in before and nearest not in marks:
            before[nearest] = n
    if not before:
        return list(pieces)
    moved = set(before.values())
    placed: list[Piece] = []
    for k, piece in enumerate(pieces):
        if k in before:
            placed.append(pieces[before[k]])
        if k not in moved:
            placed.append(piece)
    return placed
