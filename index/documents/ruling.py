"""Horizontal lines drawn on a PDF page: what parts the rows of a table.

They are looked for only where pieces of text stand side by side. Lines inside form objects
and pictures are not seen; a table without drawn lines is told by the places of its words.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from index.documents.pieces import Piece

MOST_OBJECTS = 20_000  # of a page: a drawing with more is no table
SHORTEST = 20.0  # points: shorter lines underline words
THIN = 2.0  # points: thicker shapes are the ground of a cell, whose two edges count


def read_rules(page: Any, pieces: Sequence[Piece]) -> tuple[float, ...]:
    """Return the heights of the horizontal lines of a raw pdfium page, from the top down."""
    import pypdfium2.raw as pdfium

    if not _has_cells(pieces):
        return ()
    turn = pieces[0].turn
    numbers = tuple(ctypes.c_float() for _ in range(4))
    rules: set[float] = set()
    for n in range(min(pdfium.FPDFPage_CountObjects(page), MOST_OBJECTS)):
        found = pdfium.FPDFPage_GetObject(page, n)
        if pdfium.FPDFPageObj_GetType(found) != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        if pdfium.FPDFPageObj_GetBounds(found, *numbers):
            left, bottom, right, top = (number.value for number in numbers)
            rules.update(_heights(turn, left, bottom, right, top))
    return tuple(sorted(rules))


def _has_cells(pieces: Sequence[Piece]) -> bool:
    """True when pieces stand side by side at two heights or more."""
    bases = [round(piece.base) for piece in pieces]
    return len(bases) - len(set(bases)) >= 2


def _heights(turn: int, left: float, bottom: float, right: float, top: float) -> tuple[float, ...]:
    """Return where a shape begins and ends down the page, () where it is no line or cell."""
    if turn in (1, 3):
        long, thick = top - bottom, right - left
        edges = (left, right) if turn == 1 else (-right, -left)
    else:
        long, thick = right - left, top - bottom
        edges = (-top, -bottom) if turn == 0 else (bottom, top)
    if long < SHORTEST:
        return ()
    return (sum(edges) / 2,) if thick <= THIN else edges
