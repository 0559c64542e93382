"""The marks of list items: 1., b., iv., and the terms of a definition list.

It knows the attributes of HTML lists and the numbering of a figure as letters or Roman
numerals, which other formats use as well; no tree and no file.
"""

from __future__ import annotations

from collections.abc import Mapping

from index.documents.lines import whole_number

ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        "m cm d cd c xc l xl x ix v iv i".split(),
        strict=True,
    )
)
LARGEST = 100_000  # an item with a larger number keeps it in figures
STYLES = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


LISTS = frozenset("ol ul dl menu dir".split())


class Lists:
    """The lists that are open at one place of a page.

    `marker` is what stands before the next block ("3. ", "Term: "), `items` counts the
    items that are open.
    """

    def __init__(self) -> None:
        self.marker = ""
        self.items = 0
        self._open: list[_Listing] = []

    def enter(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """Begin a list, an item, a term or an explanation."""
        if tag in LISTS:
            self._open.append(_Listing(tag, attributes))
        elif tag in ("li", "dd"):
            self.items += 1
            self.marker = ""
            if self._open:
                inner = self._open[-1]
                self.marker = inner.mark(attributes) if tag == "li" else inner.explain()
        elif tag == "dt" and self._open:
            self._open[-1].begin_term()

    def keep_term(self, text: str) -> bool:
        """Keep a term for its explanation; False outside a list."""
        if self._open:
            self._open[-1].terms.append(text)
        return bool(self._open)

    def leave(self, tag: str) -> str:
        """End a list or an item; return a term that nothing explained, or ""."""
        left = ""
        if tag in ("li", "dd"):
            left = self.marker.removesuffix(": ") if tag == "dd" else ""
            self.items -= 1
            self.marker = ""
        elif tag in LISTS and self._open:
            left = self._open.pop().left_over()
        return left


class _Listing:
    """One list while it is read."""

    def __init__(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        self._numbered = tag == "ol"
        self._style = STYLES.get(attributes.get("type") or "", "decimal")
        self._step = -1 if "reversed" in attributes else 1
        start = whole_number(attributes.get("start"))
        # A reversed list without a start is numbered from its length, which is not known yet.
        self._unsure = self._step < 0 and start is None
        self._next = 1 if start is None else start
        self.terms: list[str] = []
        self._explained = False

    def mark(self, attributes: Mapping[str, str | None]) -> str:
        """Return what stands before the next item: "3. " or ""."""
        if not self._numbered:
            return ""
        value = whole_number(attributes.get("value"))
        if value is not None:
            self._next, self._unsure = value, False
        number = self._next
        self._next += self._step
        return "" if self._unsure else f"{write_number(number, self._style)}. "

    def begin_term(self) -> None:
        """A new term: after an explanation it starts anew, else it is one more for the next."""
        if self._explained:
            self.terms = []
        self._explained = False

    def explain(self) -> str:
        """Return what stands before an explanation: "Term: "."""
        self._explained = True
        terms = ", ".join(term for term in self.terms if term)
        return f"{terms}: " if terms else ""

    def left_over(self) -> str:
        """Return the terms that nothing explained."""
        return "" if self._explained else ", ".join(term for term in self.terms if term)


def write_number(number: int, style: str) -> str:
    """Write a number as office programs and HTML name the styles; figures where unknown."""
    if not 0 < number <= LARGEST or style not in STYLES.values():
        return str(number)
    if style.endswith("Letter"):
        letters = chr(97 + (number - 1) % 26) * ((number - 1) // 26 + 1)
        written = letters[:8]
    else:
        written = ""
        for value, sign in ROMAN:
            written += sign * (number // value)
            number %= value
    return written.upper() if style.startswith("upper") else written
