"""One line of text, put together from pieces: raised and lowered signs keep their meaning.

10<sup>3</sup> is written 10^3, never 103; H<sub>2</sub>O is H2O, and a lowered figure never
runs into a following number. It knows no format.
"""

from __future__ import annotations

import re

# Signs that nobody sees: soft hyphen, zero width, direction marks, byte order mark.
UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
# Controls and halves of characters: nobody can say what stood there.
BROKEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\ue000-\uf8ff]")
OBJECT = "\ufffc"  # stands for what is no text: a formula drawn by another program
BULLETS = "\uf0b7\uf0a7"  # office programs' own signs for a list item
ORDINALS = frozenset("st nd rd th e er re ère ème".split())  # after a figure: 1st
NAMES = frozenset("tm ™ ®".split())
NOTE = re.compile(r"[\[(*†‡§¶#]")


def tidy(text: str) -> str:
    """Return the text on one line, without unseen signs; broken ones become U+FFFD."""
    if not text.isascii():
        text = UNSEEN.sub("", text).lstrip(BULLETS)
    return " ".join(BROKEN.sub("\ufffd", text).split())


def whole_number(text: str | None) -> int | None:
    """Return the number that a text is, or None; no text of a file is too odd or too long."""
    text = (text or "").strip()
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None


class Line:
    """A line that grows; `text` gives it tidied."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._last = ""  # the last sign that was written
        self._figure = False  # a raised or lowered figure ends here

    def __bool__(self) -> bool:
        """True when something other than white space was written."""
        return any(not part.isspace() for part in self._parts)

    def add(self, text: str) -> None:
        """Write text as it stands."""
        if not text:
            return
        if self._figure and text[0].isdigit():
            self._parts.append(" ")
        self._parts.append(text)
        self._last = text[-1]
        self._figure = False

    def add_raised(self, text: str) -> None:
        """Write a superscript: ^3, ^-1, ^(a b); ordinals and note marks as they are."""
        text = tidy(text)
        if not text:
            return
        ordinal = self._last.isdigit() and text.casefold() in ORDINALS
        if ordinal or NOTE.match(text) or text.casefold() in NAMES:
            self.add(text)
        else:
            self.add(f"^({text})" if " " in text else f"^{text}")
        self._figure = text[-1].isdigit()

    def add_lowered(self, text: str) -> None:
        """Write a subscript: H2O; 10_2 after a figure."""
        text = tidy(text)
        if not text:
            return
        if self._last.isdigit() and text[0].isalnum():
            text = f"_{text}"
        elif " " in text:
            text = f"_({text})"
        self.add(text)
        self._figure = text[-1].isdigit()

    @property
    def text(self) -> str:
        """The line so far, tidied."""
        return tidy("".join(self._parts))
