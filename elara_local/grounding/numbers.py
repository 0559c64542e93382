"""Reads numbers: decimals, thousands, fractions and small numbers in words, as exact fractions.

What is covered: 2.4, 2·4, 2,4, .5, 1,000, 1/2, 1 1/2, ½, "two", "half a", "-3".
What is not covered: Roman numerals, thousands set off by a plain space ("1 000" is two
numbers), numbers in words above twenty. This module knows no unit.
"""

from __future__ import annotations

import re
from fractions import Fraction

_NAMES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
)
WORDS = {name: Fraction(n) for n, name in enumerate(_NAMES.split())} | {
    "half": Fraction(1, 2),
    "quarter": Fraction(1, 4),
}
GLYPHS = {
    "½": Fraction(1, 2),
    "¼": Fraction(1, 4),
    "¾": Fraction(3, 4),
    "⅓": Fraction(1, 3),
    "⅔": Fraction(2, 3),
}
DIGITS = (
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+,\d{1,2}(?![\d,])|\d+\s?[½¼¾⅓⅔]"
    r"|\d+ [1-9]/[2-9](?![\d/])|[1-3]/[2-58](?![\d/.])|\d+(?:\.\d+)?|\.\d+|[½¼¾⅓⅔]"
)
NUMBER_TEXT = rf"(?:{DIGITS}|\b(?:{'|'.join(WORDS)})\b(?: an?\b)?)"
NUMBER = re.compile(rf"(?:(?<![\w.,)/\x00])-)?{NUMBER_TEXT}")


def number_value(text: str) -> Fraction:
    """The exact value of what NUMBER matched: "1,000", "2,4", "1 1/2", "½", "two", "-3"."""
    text = text.removesuffix(" an").removesuffix(" a")
    if text.startswith("-"):
        return -number_value(text[1:])
    if text in WORDS:
        return WORDS[text]
    if text[-1] in GLYPHS:
        return Fraction(text[:-1].strip() or 0) + GLYPHS[text[-1]]
    if " " in text:
        whole, part = text.split()
        return Fraction(whole) + Fraction(part)
    if re.fullmatch(r"\d+,\d{1,2}", text):
        return Fraction(text.replace(",", "."))
    return Fraction(text.replace(",", ""))
