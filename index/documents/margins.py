"""Running headers, footers and page numbers of a PDF: what repeats in the same place.

A line near the top or the bottom edge is left out when the same words, numbers aside, stand
at the same height on many pages or on a run of pages, and nothing but such lines stands
further out. It reads no line of the text itself, and keeps what it is not sure of.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import inf
from statistics import median
from typing import NamedTuple

from index.documents.pieces import Piece

ZONE = 0.14  # of the page's height: headers and footers stand within it
ROWS = 4  # a header or a footer has at most as many lines
SHARE = 0.4  # of the pages: even and odd pages often have different headers
BIGGEST = 1.12  # of the body's size: what is bigger and has a number is a heading
MEASURED = 100  # pages whose lines tell the size of the body
LEADING = 1.35  # of the font size: lines of one paragraph are at most as far apart
RUN = 3  # pages in a row (one may lie between): the header of a chapter
NUMBER = re.compile(r"\d+|(?<![a-z])[ivxlc]{1,7}(?![a-z])", re.IGNORECASE)
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
ENDS = re.compile(r"^(\d{1,5})\s|(?:^|\s)(\d{1,5})$")
ALONE = re.compile(
    r"(?:p|pg|page|página|seite|ukurasa)?[-–— .]*#(?:[-–—/ ]*(?:of|de|sur|ya)? *#)?[-–— .]*"
)
PAGE = re.compile(r"\b(?:page|página|pág|seite|ukurasa)\s*\d")


class PageLines(NamedTuple):
    """The pieces of a page and its upper and lower edge (`base` grows downwards).

    `rules` are the heights of the horizontal lines drawn on it.
    """

    pieces: list[Piece]
    top: float
    bottom: float
    rules: tuple[float, ...] = ()


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
    heights: defaultdict[tuple[str, int], list[_Row]] = defaultdict(list)
    for rows in places.values():
        for row in rows:
            heights[row.zone, round(row.base / 3)].append(row)
    body = _body_size(pages)
    repeated = [row for rows in places.values() for row in _repeated(rows, len(pages), body)]
    numbered = [row for rows in heights.values() for row in _numbered(rows, len(pages), body)]
    running = {(row.page, row.zone, row.base) for row in (*repeated, *numbered)}
    kept = []
    for page, sides in zip(pages, edges, strict=True):
        gone: set[int] = set()
        for rows in sides:
            gone |= _peel(rows, running)
        kept.append([piece for piece in page.pieces if id(piece) not in gone])
    return kept


def _peel(rows: list[_Row], running: set[tuple[int, str, float]]) -> set[int]:
    """Return the pieces of the running rows, from the edge of the page inwards.

    A line that follows the text at the distance of lines, in its size, is part of it.
    """
    count = 0
    for row, inner in zip(rows, [*rows[1:], None], strict=False):
        if (row.page, row.zone, row.base) not in running:
            break
        if inner is not None and _are_aligned(row, inner):
            break
        count += 1
    while 0 < count < len(rows) and _follows(rows[count - 1], rows[count]):
        count -= 1
    return {id(piece) for row in rows[:count] for piece in row.pieces}


def _follows(row: _Row, inner: _Row) -> bool:
    """True when the row stands as near to the one further in as lines of a paragraph do."""
    size, other = row.pieces[0].size, inner.pieces[0].size
    near = abs(row.base - inner.base) <= LEADING * max(size, other)
    return near and abs(size - other) < 0.05 * other and not ALONE.fullmatch(_key(row.words))


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


def _repeated(rows: list[_Row], pages: int, body: float) -> list[_Row]:
    """Return the rows of one text that stand where the others stand, if there are enough."""
    middle = median(row.base for row in rows)
    same = _counted([row for row in rows if abs(row.base - middle) <= 6], body)
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


def _counted(rows: list[_Row], body: float) -> list[_Row]:
    """Return the rows whose numbers are the same everywhere, or count with the pages."""
    words: Counter[str] = Counter(row.words for row in rows)
    offsets = Counter(offset for row in rows for offset in _offsets(row))
    usual = offsets.most_common(1)[0][0] if offsets else None
    return [
        row
        for row in rows
        if words[row.words] > len(rows) / 2 or (usual in _offsets(row) and _is_small(row, body))
    ]


def _is_small(row: _Row, body: float) -> bool:
    """True when a row is no bigger than the text: a numbered heading is no page number."""
    if PAGE.search(row.words):
        return True
    return max(piece.size for piece in row.pieces) <= BIGGEST * body


def _body_size(pages: Sequence[PageLines]) -> float:
    """Return the font size of the middle line of the first pages."""
    sizes = [p.size for page in pages[:MEASURED] for p in page.pieces if len(p.text) > 20]
    return median(sizes) if sizes else 12.0


def _offsets(row: _Row) -> set[int]:
    """Return the page's place in the file less each number in the row."""
    return {row.page - _value(found) for found in NUMBER.findall(row.words)}


def _value(number: str) -> int:
    """Return a figure or a Roman numeral as a number."""
    if number.isdigit():
        return int(number[:6])
    values = [ROMAN[char] for char in number.casefold()]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)


def _numbered(rows: list[_Row], pages: int, body: float) -> list[_Row]:
    """Return the rows that end or begin with the page's number, if there are enough."""
    offsets: defaultdict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        found = ENDS.search(row.words)
        if found and _is_small(row, body):
            offsets[row.page - int(found.group(1) or found.group(2))].append(row)
    enough = max(RUN, SHARE * pages)
    return [row for same in offsets.values() if len(same) >= enough for row in same]


def _are_aligned(row: _Row, inner: _Row) -> bool:
    """True when both have cells under one another: the heads of a table, no header."""
    lefts = [p.left for p in inner.pieces]
    if sum(any(abs(p.left - left) <= 3 for left in lefts) for p in row.pieces) >= 2:
        return True
    bold = all(p.bold for p in row.pieces) and not any(p.bold for p in inner.pieces)
    if not bold or not 2 <= len(row.pieces) == len(lefts):
        return False
    spans = zip(lefts, row.pieces, [*lefts[1:], inf], strict=True)
    return all(left - 3 <= p.left and p.right <= following + 3 for left, p, following in spans)
