"""Seeing through disguised writing: a text with plain letters, character for character.

What is covered: full-width, mathematical and raised characters, accents, letters of the Greek and
Cyrillic scripts that look Latin (in words that also hold Latin letters, or spell whole words of
look-alikes), digits standing for letters inside a word ("pa1n"), marks heaped on letters. What is
not covered: words spelt letter by letter with spaces, pictures, emoji. Every answer has the
length of the text it was made from, so that a place in one is the same place in the other. This
module knows no rule.
"""

from __future__ import annotations

import re
import unicodedata

# Cyrillic and Greek letters by the Latin letter that they are taken for.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝкмтнвгпАЕОРСУХІЈЅНКМТВԚԜαεορυχιντκηΑΒΕΖΗΙΚΜΝΟΡΤΥΧℓ℃",
    "aeopcyxijshdqwkmthbrnAEOPCYXIJSHKMTBQWaeopyxivtknABEZHIKMNOPTYXlC",
)
_STRANGE = re.compile("[\u0370-\u03ff\u0400-\u052f\u2100-\u2153]")
_MIXED = re.compile(r"[^\W\d_]+")
_HEAPED = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]")
_DIGIT_WORD = re.compile(r"(?<![^\W_])[a-z]+(?:[013457@$][a-z]+)+(?![^\W_])", re.IGNORECASE)
_LETTERS = str.maketrans("013457@$", "oieastas")
_SMALL_BRACKETS = re.compile(r"\((s|es|are|is|and|or|e|a|as|o|os|n)\)", re.IGNORECASE)


def drop_heaped(text: str) -> str:
    """Return the text without marks that stand on no letter of their own (after composing)."""
    return text if text.isascii() else _HEAPED.sub("", text)


def unmask(text: str) -> str:
    """Return the text in plain letters, of the same length; accents are gone."""
    if not text.isascii():
        text = "".join(map(_plain, text))
        if _STRANGE.search(text):
            text = _MIXED.sub(lambda hit: _latin(hit.group()), text)
    text = _SMALL_BRACKETS.sub(r" \1 ", text)  # "What is (are) ..." is one clause
    return _DIGIT_WORD.sub(lambda hit: _spell(hit.group()), text)


def _plain(char: str) -> str:
    """One character for one: the compatibility form without its accents, where that is one."""
    if char.isascii():
        return char
    if char in "ºª":
        return "°"
    flat = [c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c)]
    return flat[0] if len(flat) == 1 else char


def _latin(word: str) -> str:
    """A word of look-alikes alone, or mixed with Latin letters, in Latin letters."""
    turned = word.translate(_LOOKALIKES)
    return turned if turned.isascii() else word


def _spell(word: str) -> str:
    """Letters for the digits inside a word of four characters or more ("ch3st"), else as it is."""
    return word.translate(_LETTERS) if len(word) >= 4 else word
