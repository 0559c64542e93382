"""One PDF page as pdfium sees it: pieces of text on a line, each with its place and its font.

A piece is a run of words without a wide gap. Places are in points from the upper left of the
page as its text is read: `base` grows downwards, whichever way the page is turned. pdfium is
asked for as little as a line needs: where a line is one text object without gaps, its two
ends are enough. Small raised digits become superscripts ("10" and a raised "2" are 10²,
never 102). It knows no paragraph, no column and no table.
"""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from elara_local.pages import read_characters

WIDE = 1.0  # of the font size: a gap as wide parts two cells; justified text stays below it
HYPHEN = "\ufffe"  # pdfium's mark for a hyphen at the end of a line
RAISED = 0.14  # of the font size: a rise that makes a superscript; accents do not move the base
SMALL = 0.9  # of the font size: a superscript is at most as big
SUPERSCRIPTS = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
LIGATURES = {
    0xFB00 + n: text for n, text in enumerate(("ff", "fi", "fl", "ffi", "ffl", "st", "st"))
}
BULLETS = {0xF0B7: "•", 0xF0A7: "▪", 0xF06F: "◦", 0xF0D8: "‣", 0xF0FC: "•", 0xF0E0: "→"}
ODD = LIGATURES | BULLETS | {0xAD: "", 0xFEFF: "", 0x200B: "", 0x2060: "", 0x00: ""}
LINE = re.compile(r"[^\r\n\ufffe]+\ufffe?|\ufffe")
WORD = re.compile(r"\S+")
BOLD = re.compile(r"bold|black|heavy|demi|cmbx|sfbx|[-,]bd", re.IGNORECASE)
RAISABLE = re.compile(r"[\d+\-−–]+")


class Piece(NamedTuple):
    """A run of words on one line; `turn` counts quarter turns to the left, -1 is slanting."""

    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool
    turn: int


class _Mark(NamedTuple):
    """Where one character stands: along the line, down the page, its size and direction."""

    along: float
    base: float
    size: float
    turn: int


class PageText:
    """The text of one page, open. `close` it before the page."""

    def __init__(self, page: Any, most: int) -> None:
        """Open the text of a raw pdfium page; `most` bounds its characters.

        Raises:
            ValueError: there are more characters than that.
        """
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._text_page = pdfium.FPDFText_LoadPage(page)
        self._matrix, self._box = pdfium.FS_MATRIX(), pdfium.FS_RECTF()
        self._numbers = tuple(ctypes.c_double() for _ in range(4))
        self._name, self._flags = ctypes.create_string_buffer(128), ctypes.c_int()
        self.text = ""
        count = pdfium.FPDFText_CountChars(self._text_page)
        if count > most:
            self.close()
            raise ValueError(count)
        if count > 0:
            self.text = read_characters(self._text_page, count)

    def close(self) -> None:
        """Let pdfium forget the page's text."""
        self._pdfium.FPDFText_ClosePage(self._text_page)

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces in the order in which the file draws them."""
        for found in LINE.finditer(self.text):
            line = found.group()
            start = found.start() + len(line) - len(line.lstrip())
            end = found.start() + len(line.rstrip())
            if start < end:
                yield from self._line(start, end)

    def _line(self, start: int, end: int) -> Iterator[Piece]:
        rects = self._pdfium.FPDFText_CountRects(self._text_page, start, end - start)
        mark = self._mark(start)
        if rects == 1 and not self._has_gap(start, end, mark):
            left, right = self._rect(mark.turn)
            text = clean_characters(self.text[start:end])
            if text:
                bold = self._bold(start) and self._bold(end - 1)
                yield Piece(text, left, right, mark.base, mark.size, bold, mark.turn)
            return
        last = self._mark(end - 1)
        yield from self._words(start, end, max(mark, last, key=lambda m: round(m.size, 1)))

    def _has_gap(self, start: int, end: int, mark: _Mark) -> bool:
        """True when pdfium put in a space for a wide jump inside one text object."""
        generated, page = self._pdfium.FPDFText_IsGenerated, self._text_page
        place = self.text.find(" ", start, end)
        while place >= 0:
            if generated(page, place) == 1:
                ends = self._extent(place - 1, mark.turn)[1]
                if self._extent(place + 1, mark.turn)[0] - ends > WIDE * mark.size:
                    return True
            place = self.text.find(" ", place + 1, end)
        return False

    def _words(self, start: int, end: int, line: _Mark) -> Iterator[Piece]:
        """Measure every word of a line and cut the line at gaps and steps."""
        text, left, right, first = "", 0.0, 0.0, start
        base, size = line.base, line.size
        for found in WORD.finditer(self.text, start, end):
            mark = self._mark(found.start())
            begin = self._extent(found.start(), line.turn)[0]
            word, raised = self._word(found, mark, line)
            gap = begin - right
            step = not raised and abs(mark.base - base) > 0.5 * max(size, mark.size)
            if text and (gap > WIDE * line.size or gap < -2 * line.size or step):
                yield self._piece(
                    text, (left, right), (base, size), (first, found.start() - 1), line
                )
                text = ""
            if not text:
                left, first = begin, found.start()
                near = abs(mark.size - line.size) < 0.25 * line.size
                base, size = (
                    line.base if raised else mark.base,
                    line.size if raised or near else mark.size,
                )
            close = raised and gap < 0.25 * line.size
            text += word if close or not text else f" {word}"
            right = self._extent(found.end() - 1, line.turn)[1]
        if text:
            yield self._piece(text, (left, right), (base, size), (first, end - 1), line)

    def _piece(
        self,
        text: str,
        ends: tuple[float, float],
        place: tuple[float, float],
        characters: tuple[int, int],
        line: _Mark,
    ) -> Piece:
        bold = all(self._bold(n) for n in characters if not self.text[n].isspace())
        return Piece(clean_characters(text), *ends, *place, bold, line.turn)

    def _word(self, found: re.Match[str], mark: _Mark, line: _Mark) -> tuple[str, bool]:
        """Return the word with its raised digits as superscripts, and whether all are raised."""
        word = found.group()
        if not any(map(str.isdigit, word)):
            return word, False
        if _is_raised(mark, line) and RAISABLE.fullmatch(word):
            return word.translate(SUPERSCRIPTS), True
        shown = []
        for n, char in enumerate(word, found.start()):
            risen = n > found.start() and RAISABLE.match(char) and _is_raised(self._mark(n), line)
            shown.append(char.translate(SUPERSCRIPTS) if risen else char)
        return "".join(shown), False

    def _mark(self, index: int) -> _Mark:
        pdfium, page, matrix = self._pdfium, self._text_page, self._matrix
        across, up = self._numbers[0], self._numbers[1]
        pdfium.FPDFText_GetCharOrigin(page, index, across, up)
        pdfium.FPDFText_GetMatrix(page, index, matrix)
        x, y = across.value, up.value
        size = pdfium.FPDFText_GetFontSize(page, index) * math.hypot(matrix.c, matrix.d)
        size = size if 0 < size < 10_000 else 1.0
        if abs(matrix.b) <= 0.1 * matrix.a:
            return _Mark(x, -y, size, 0)
        quarters = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
        turn = round(quarters) % 4 if abs(quarters - round(quarters)) < 0.1 else -1
        along, base = ((x, -y), (y, x), (-x, y), (-y, -x))[max(turn, 0)]
        return _Mark(along, base, size, turn)

    def _extent(self, index: int, turn: int) -> tuple[float, float]:
        """Where a character begins and ends along its line."""
        box = self._box
        self._pdfium.FPDFText_GetLooseCharBox(self._text_page, index, box)
        return _along(turn, box.left, box.bottom, box.right, box.top)

    def _rect(self, turn: int) -> tuple[float, float]:
        left, top, right, bottom = self._numbers
        self._pdfium.FPDFText_GetRect(self._text_page, 0, left, top, right, bottom)
        return _along(turn, left.value, bottom.value, right.value, top.value)

    def _bold(self, index: int) -> bool:
        size = self._pdfium.FPDFText_GetFontInfo(
            self._text_page, index, self._name, len(self._name), self._flags
        )
        return size > 0 and BOLD.search(self._name.value.decode("latin-1")) is not None


def clean_characters(text: str) -> str:
    """Return the text with ligatures spelt out and odd spaces made plain, numbers untouched.

    Only what can't change a number or a unit is folded: ½, ², µ stay as they are.
    """
    if text.isascii():
        return text if text.isprintable() else " ".join(text.split())
    text = unicodedata.normalize("NFC", text.translate(ODD))
    return " ".join(text.split())


def read_main(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Return the pieces that run the way most of the page's text does, and the others."""
    turns: Counter[int] = Counter()
    for piece in pieces:
        turns[piece.turn] += len(piece.text)
    if len(turns) <= 1:
        return pieces, []
    most = max((turn for turn in turns if turn >= 0), key=lambda t: turns[t], default=-1)
    return [p for p in pieces if p.turn == most], [p for p in pieces if p.turn != most]


def _along(turn: int, left: float, bottom: float, right: float, top: float) -> tuple[float, float]:
    ends = ((left, right), (bottom, top), (-right, -left), (-top, -bottom))
    return ends[max(turn, 0)]


def _is_raised(mark: _Mark, line: _Mark) -> bool:
    return line.base - mark.base > RAISED * line.size and mark.size <= SMALL * line.size
