"""What stands around a number and changes it: comparators, and the role of a time.

What is covered: < ≤ ≥ > ~ in signs and words, before ("at least 5") and after ("5 or more");
the role of a time: a duration (for), an infusion (over), a deadline (within), an age.
What is not covered: comparators that stand elsewhere in the sentence ("5 mg is the least").
Texts are folded (items.fold): lower case, one dash, plain spaces.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NOT = r"(?:no|not)"
_LIMIT = (
    r"(?: (?:dose|weight|of|is|single|daily|total|adult|rate|volume|duration|per day|in total))*:?"
)
_BEFORE = {
    "<=": rf"<=|≤|=<|\b(?:at most|up to(?: and including| a (?:maximum|total) of| the age of)?"
    rf"|{_NOT} (?:more|greater|longer|older|heavier) than|(?:do not|not to|must not|should not"
    r"|does not|never|without|not) exceed(?:ing)?|limited to|(?:to )?an? max(?:imum)?"
    rf"{_LIMIT}|max(?:imum)?\.?{_LIMIT})",
    ">=": rf">=|≥|=>|\b(?:at least|{_NOT} (?:less|fewer|younger) than|(?:an? )?min(?:imum)?\.?"
    rf"{_LIMIT})",
    "<": r"<|\b(?:(?:less|fewer|younger|lighter|lower|shorter|smaller) than|under"
    r"(?: the age of)?|below)",
    ">": r">|\b(?:(?:more|greater|older|heavier|higher|longer|larger) than|above|over"
    r"(?: the age of)?|exceed(?:s|ing)?|beyond)",
    "~": r"~|≈|\b(?:about|approx(?:imately|\.)?|around|roughly|nearly|almost)",
}
BEFORE = [(sign, re.compile(rf"(?:{text})\s*\(?$")) for sign, text in _BEFORE.items()]
_AFTER = {
    ">=": r"\s*\)?\s*,?\s*(?:or|and) (?:more|over|above|older|greater|heavier|longer|higher)\b"
    r"(?! than|\s*\d)|\s*\+(?=[\s,.;)]|$)",
    "<=": r"\s*\)?\s*,?\s*(?:or|and) (?:less|under|below|younger|fewer|lighter|shorter|lower)\b"
    r"(?! than|\s*\d)|\s*\(?\s*(?:max(?:imum)?|at most)\b\)?(?=\s*[,.;)]|\s*$)",
}
AFTER = [(sign, re.compile(text)) for sign, text in _AFTER.items()]

AGE_AFTER = re.compile(r"[\s-]*(?:old\b|of age\b)")
COURSE = re.compile(r"[\s-]*(?:course|of (?:treatment|therapy|antibiotics))\b")
AGE_BEFORE = re.compile(
    r"\b(?:aged?|ages|child(?:ren)?|infants?|babies|baby|girls?|boys?|adults?|people|adolescents?"
    r"|newborns?|neonates?)\s*(?:\(|aged?|of|who are|are|:|,|from)?\s*(?:between\s*)?$"
)
ROLE = re.compile(
    r"\b(for|of|lasts|lasting|over|within|in|after|before|at|first|last|past|previous|next|until|by"
    r"|during|on)"
    r"(?: (?:a total of|the(?: (?:first|next|last|past))?|another|a further|further|an?))?\s*$"
    r"|(?<![a-z])(x)\s*$"
)
ROLES = dict.fromkeys(("x", "for", "of", "lasts", "lasting"), "duration") | {
    "in": "within",
    "past": "last",
    "previous": "last",
}


class Before(NamedTuple):
    """A comparator that stands before a number: its sign, where it begins, its words."""

    sign: str
    start: int
    words: str


def comparator_before(text: str, start: int) -> Before:
    """The comparator whose words end where the number begins; sign "=" if there is none."""
    tail = text[max(0, start - 48) : start]
    for sign, words in BEFORE:
        if found := words.search(tail):
            return Before(sign, start - len(tail) + found.start(), found.group())
    return Before("=", start, "")


def comparator_after(text: str, end: int) -> tuple[str, int]:
    """The comparator that follows a quantity and where it ends; ("", end) if there is none."""
    for sign, words in AFTER:
        if found := words.match(text, end):
            return sign, found.end()
    return "", end


def role_of_time(text: str, start: int, end: int, hours: int) -> str:
    """What a time is for; `hours` is its unit in hours (24 = day)."""
    tail = text[max(0, start - 40) : start]
    if AGE_AFTER.match(text, end):
        return "age"
    if COURSE.match(text, end):
        return "duration"
    if found := ROLE.search(tail):
        word = found.group(1) or found.group(2)
        return ROLES.get(word, word)
    if AGE_BEFORE.search(tail) or hours >= 730:
        return "age"
    return ""
