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
STEP = 0.55  # of the font size: what is further up or down is another line
CLOSE = 0.25  # of the font size: a superscript stands so near to what it belongs to
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
RAISABLE = re.compile(r"[\d+\-−–,]+")


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


class _Word(NamedTuple):
    """A word, the place of its first character, where it stands and how far it reaches."""

    text: str
    start: int
    mark: _Mark
    left: float
    right: float


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
        yield from self._words(start, end)

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

    def _words(self, start: int, end: int) -> Iterator[Piece]:
        """Measure every word of a line and cut the line at gaps and steps."""
        group: list[_Word] = []
        for found in WORD.finditer(self.text, start, end):
            mark = self._mark(found.start())
            left = self._extent(found.start(), mark.turn)[0]
            right = self._extent(found.end() - 1, mark.turn)[1]
            word = _Word(found.group(), found.start(), mark, left, right)
            if group and _are_apart(group[-1], word):
                yield self._piece(group)
                group = []
            group.append(word)
        yield self._piece(group)

    def _piece(self, group: list[_Word]) -> Piece:
        main = _main_mark(group)
        text, right = "", group[0].left
        raising = _may_raise(group, main)
        for word in group:
            shown = self._show(word, main, raising)
            close = shown[0] != word.text[0] and word.left - right < CLOSE * main.size
            text += shown if close or not text else f" {shown}"
            right = word.right
        ends = group[0].start, group[-1].start + len(group[-1].text) - 1
        bold = all(self._bold(index) for index in ends)
        sizes: Counter[float] = Counter()
        for word in group:
            sizes[word.mark.size] += len(word.text)
        size = sizes.most_common(1)[0][0]
        place = group[0].left, right, main.base, size, bold, main.turn
        return Piece(clean_characters(text), *place)

    def _show(self, word: _Word, main: _Mark, raising: bool) -> str:
        """Return the word with its raised digits as superscripts."""
        if not any(map(str.isdigit, word.text)):
            return word.text
        if raising and _is_raised(word.mark, main) and RAISABLE.fullmatch(word.text):
            return word.text.translate(SUPERSCRIPTS)
        shown = word.text[0]
        for n, char in enumerate(word.text[1:], word.start + 1):
            risen = RAISABLE.match(char) and _is_raised(self._mark(n), word.mark)
            shown += char.translate(SUPERSCRIPTS) if risen else char
        return shown

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


def _are_apart(word: _Word, following: _Word) -> bool:
    """True when a gap or a step lies between two words."""
    size = max(word.mark.size, following.mark.size)
    gap = following.left - word.right
    step = abs(following.mark.base - word.mark.base)
    turned = word.mark.turn != following.mark.turn
    return turned or gap > WIDE * size or gap < -2 * size or step > STEP * size


def _main_mark(group: list[_Word]) -> _Mark:
    """Return the mark of a piece: of its biggest letters, where most of them stand."""
    size = max(word.mark.size for word in group)
    big = [word for word in group if word.mark.size > SMALL * size]
    bases: Counter[float] = Counter()
    for word in big:
        bases[round(word.mark.base, 1)] += len(word.text)
    usual = bases.most_common(1)[0][0]
    return next(word.mark for word in big if round(word.mark.base, 1) == usual)


def _may_raise(group: list[_Word], main: _Mark) -> bool:
    """True when nothing but figures stands raised: where words do, it is a line of its own."""
    return not any(
        _is_raised(word.mark, main) and re.search(r"[^\W\d_]{2}", word.text) for word in group
    )


def _is_raised(mark: _Mark, main: _Mark) -> bool:
    rise = main.base - mark.base
    return RAISED * main.size < rise <= STEP * main.size and mark.size <= SMALL * main.size
