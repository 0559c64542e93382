"""Running headers, footers and page numbers of a PDF: what repeats in the same place.

A line near the top or the bottom edge is left out when the same words, numbers aside, stand
at the same height on many pages or on a run of pages, and nothing but such lines stands
further out. It reads no line of the text itself, and keeps what it is not sure of.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from index.documents.pieces import Piece

ZONE = 0.14  # of the page's height: headers and footers stand within it
ROWS = 4  # a header or a footer has at most as many lines
SHARE = 0.4  # of the pages: even and odd pages often have different headers
RUN = 3  # pages in a row (one may lie between): the header of a chapter
NUMBER = re.compile(r"\d+|(?<![a-z])[ivxlc]{1,7}(?![a-z])", re.IGNORECASE)
ENDS = re.compile(r"^(\d{1,5})\s|(?:^|\s)(\d{1,5})$")
ALONE = re.compile(
    r"(?:p|pg|page|página|seite|ukurasa)?[-–— .]*#(?:[-–—/ ]*(?:of|de|sur|ya)? *#)?[-–— .]*"
)


class PageLines(NamedTuple):
    """The pieces of a page and its upper and lower edge (`base` grows downwards)."""

    pieces: list[Piece]
    top: float
    bottom: float


class _Row(NamedTuple):
    page: int
    zone: str
    words: str
    base: float
    pieces: tuple[Piece, ...]


def drop_running(pages: Sequence[PageLines]) -> list[list[Piece]]:
    """Return the pieces of every page without running headers, footers and page numbers."""
    edges = [(_edge(n, page, "top"), _edge(n, page, "bottom")) for n, page in enumerate(pages)]
    places: defaultdict[tuple[str, str], list[_Row]] = defaultdict(list)
    for sides in edges:
        for row in (*sides[0], *sides[1]):
            places[row.zone, _key(row.words)].append(row)
    running = {
        (row.page, row.zone, row.base)
        for rows in places.values()
        for row in _repeated(rows, len(pages))
    } | {
        (row.page, row.zone, row.base)
        for row in _numbered([row for rows in places.values() for row in rows], len(pages))
    }
    kept = []
    for page, sides in zip(pages, edges, strict=True):
        gone: set[int] = set()
        for rows in sides:
            gone |= _peel(rows, running)
        kept.append([piece for piece in page.pieces if id(piece) not in gone])
    return kept


def _peel(rows: list[_Row], running: set[tuple[int, str, float]]) -> set[int]:
    """Return the pieces of the running rows, from the edge of the page inwards."""
    gone: set[int] = set()
    for row, inner in zip(rows, [*rows[1:], None], strict=False):
        if (row.page, row.zone, row.base) not in running:
            break
        if inner is not None and _are_aligned(row, inner):
            break
        gone |= {id(piece) for piece in row.pieces}
    return gone


def _edge(number: int, page: PageLines, zone: str) -> list[_Row]:
    """Return the outermost lines of a page, the outermost first."""
    height = page.bottom - page.top
    if zone == "top":
        near = [p for p in page.pieces if p.base < page.top + ZONE * height]
    else:
        near = [p for p in page.pieces if p.base > page.bottom - ZONE * height]
    near.sort(key=lambda p: p.base, reverse=zone == "bottom")
    rows: list[list[Piece]] = []
    for piece in near:
        if rows and abs(rows[-1][0].base - piece.base) <= 2:
            rows[-1].append(piece)
        elif len(rows) == ROWS:
            break
        else:
            rows.append([piece])
    found = []
    for row in rows:
        row.sort(key=lambda p: p.left)
        words = " ".join(piece.text for piece in row).casefold()
        found.append(_Row(number, zone, words, row[0].base - page.top, tuple(row)))
    return found


def _key(words: str) -> str:
    """Return the words with numbers as "#"; left and right may change places."""
    return " ".join(sorted(NUMBER.sub("#", words).split()))


def _repeated(rows: list[_Row], pages: int) -> list[_Row]:
    """Return the rows of one text that stand where the others stand, if there are enough."""
    middle = median(row.base for row in rows)
    same = [row for row in rows if abs(row.base - middle) <= 6]
    numbers = sorted({row.page for row in same})
    if pages == 1:
        return [row for row in same if ALONE.fullmatch(_key(row.words)) and row.zone == "bottom"]
    enough = len(numbers) >= max(2, SHARE * pages) and (
        pages == 2 or len(numbers) > 2 or pages == 3
    )
    longest = run = 1
    for before, after in zip(numbers, numbers[1:], strict=False):
        run = run + 1 if after - before <= 2 else 1
        longest = max(longest, run)
    return same if enough or longest >= RUN else []


def _numbered(rows: list[_Row], pages: int) -> list[_Row]:
    """Return the rows that end or begin with the page's number, at the height of many others."""
    offsets: defaultdict[tuple[str, int, int], list[_Row]] = defaultdict(list)
    for row in rows:
        found = ENDS.search(row.words)
        if found:
            number = int(found.group(1) or found.group(2))
            offsets[row.zone, round(row.base / 3), row.page - number].append(row)
    enough = max(RUN, SHARE * pages)
    return [row for same in offsets.values() if len(same) >= enough for row in same]


def _are_aligned(row: _Row, inner: _Row) -> bool:
    """True when both have cells under one another: the heads of a table, no header."""
    lefts = [p.left for p in inner.pieces]
    return sum(any(abs(p.left - left) <= 3 for left in lefts) for p in row.pieces) >= 2
