"""Joining two lines: a word divided at the line's end is made whole, a real hyphen stays.

A hyphen at a line's end is dropped only where the joined word is known: to the document
itself, else to the word lists of wordfreq. Between numbers, beside capitals and digits, and
wherever it is not sure, it stays: "low-dose", "ACE-inhibitor", "5-10 mg". The words are judged
by frequency alone; a compound that is also written as one word may lose its hyphen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

from index.documents.pieces import HYPHEN

LANGUAGES = ("en", "fr", "es", "pt")
COMMON = 3.0  # Zipf frequency (log10 per billion words): everyone knows the word
# A negation must be seen and a unit must stand alone, whatever the word lists know.
STAYS = frozenset("non mg g kg mcg µg μg ml l dl iu ui mmol".split())
LONGEST_WORD = 60  # characters
KNOWN = 1.5  # ... and here it is at least a word and not a slip
FOLLOWS_SUSPENDED = re.compile(r"(?:and|or|to|et|ou|à|y|o|u|e|na|au|und|bis)\b")
LAST = re.compile(r"[^\W\d_]+$")
FIRST = re.compile(r"[^\W\d_]+")
WORDS = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")
GLUED = re.compile(r"\S[-‐–/]$")


class Vocabulary:
    """The words of a document that are not at a line's end, with their number."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts: Iterable[str] = texts
        self._counts: Counter[str] | None = None

    def count(self, word: str) -> int:
        """How often the document has this word, hyphens included."""
        if self._counts is None:
            self._counts = Counter(
                w for text in self._texts for w in WORDS.findall(text.casefold())
            )
        return self._counts[word.casefold()]

    def is_divided(self, left: str, right: str) -> bool:
        """True when the two are halves of one word that has no hyphen of its own."""
        joined, hyphened = self.count(left + right), self.count(f"{left}-{right}")
        if joined or hyphened:
            return joined > hyphened
        if left.casefold() in STAYS:
            return False
        whole = _frequency(left + right)
        if whole >= COMMON:
            return True
        rarer = min(_frequency(left), _frequency(right))
        shorter = min(len(left), len(right))
        if whole >= KNOWN:
            return rarer < COMMON and (whole >= rarer - 1 or shorter < 4)
        return shorter < 4 and rarer < KNOWN


def join_lines(before: str, after: str, vocabulary: Vocabulary) -> tuple[str, int]:
    """Return both texts as one, and the offset at which the second begins in it."""
    if ends_divided(before):
        return _join_divided(before[:-1], after, vocabulary)
    glued = GLUED.search(before[-2:]) is not None and not FOLLOWS_SUSPENDED.match(after)
    between = "" if glued and _is_tight(before, after) else " "
    return before + between + after, len(before) + len(between)


def ends_divided(text: str) -> bool:
    """True when a line may end within a word."""
    return text.endswith(HYPHEN) or (text.endswith(("-", "‐")) and text[-2:-1].isalpha())


def show_hyphens(text: str) -> str:
    """Return a text with the line-end hyphens that are left in it written out."""
    return text.replace(HYPHEN, "-")


def _join_divided(before: str, after: str, vocabulary: Vocabulary) -> tuple[str, int]:
    left, right = LAST.search(before[-LONGEST_WORD:]), FIRST.match(after)
    if left is None or right is None:
        return f"{before}-{after}", len(before) + 1
    if FOLLOWS_SUSPENDED.match(after) and not vocabulary.count(left.group() + right.group()):
        return f"{before}- {after}", len(before) + 2
    words = left.group(), right.group()
    capitals = words[1][0].isupper() or (words[0][-1].isupper() and len(words[0]) > 1)
    plain = not after[right.end() : right.end() + 1].isdigit()
    if plain and not capitals and vocabulary.is_divided(*words):
        return before + after, len(before)
    return f"{before}-{after}", len(before) + 1


def _is_tight(before: str, after: str) -> bool:
    """True when nothing stood between a hyphen, dash or stroke and what follows it."""
    if before[-1] == "–":
        return before[-2].isdigit() and after[:1].isdigit()
    return not after[:1].isspace()


@cache
def _frequency(word: str) -> float:
    from wordfreq import zipf_frequency

    best = 0.0
    for language in LANGUAGES:
        best = max(best, zipf_frequency(word, language))
        if best >= COMMON:  # the lists of further languages need not be opened
            break
    return best
