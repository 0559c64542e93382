"""The first stage: hidden characters, markup left-overs, entities and white space go.

What is covered: HTML tags and comments, named and numbered entities (also written twice),
raised and lowered digits in tags ("10<sup>3</sup>" becomes 10³, never 103), the signs of the
Symbol typeface that some PDFs leave in the private area (≤ ≥ ± µ), hidden characters between
two digits. A number, unit, sign or negation stays what it was.
What is not covered: words divided at a line's end, wrong encodings, other private characters:
those become U+FFFD, so that the loss can be seen (quality drops texts that hold many).
This module knows one record at a time.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from unicodedata import is_normalized

from elara_local.text import clean_text
from index.records import Record

NO_LIMIT = 1 << 40
SELECTORS = (b"\xef\xb8", b"\xf3\xa0")  # how variation selectors begin in UTF-8
BLOCKS = "p br div li ul ol td tr th table title sec section abstracttext h1 h2 h3 h4 h5 h6 hr"
INLINE = "i b u em strong sub sup sc span a font small tt italic bold underline jats mml"
_ATTRIBUTES = r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[\w#%-]+))*\s*/?"
TAG = re.compile(r"<[A-Za-z/!]")
COMMENT = re.compile(r"<!--.*?-->", re.S)
SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>", re.S | re.I)
BLOCK = re.compile(rf"</?(?:jats:)?(?:{'|'.join(BLOCKS.split())}){_ATTRIBUTES}>", re.I)
# An inline tag is one only where its other half stands too: "a<b and c>d" is no tag.
PAIR = re.compile(
    rf"<((?:jats:)?(?:{'|'.join(INLINE.split())})){_ATTRIBUTES}>([^<]*)</\1\s*>", re.I
)
ENTITY = re.compile(r"&(?:[A-Za-z]\w{1,30}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
DEEPEST = 20  # tags inside tags
RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
LOWERED = str.maketrans("0123456789+-−–", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋")
SCRIPTED = frozenset("0123456789+-−–")
# Private characters of the Symbol typeface (U+F000 and its code) that stand for a sign.
SYMBOLS = {
    0xF0A3: "≤", 0xF0B3: "≥", 0xF0B1: "±", 0xF06D: "µ", 0xF0B4: "×", 0xF0B0: "°", 0xF02D: "−",
    0xF03C: "<", 0xF03E: ">", 0xF03D: "=", 0xF02B: "+", 0xF025: "%", 0xF0BB: "≈", 0xF0B9: "≠",
    0xF0B7: "•", 0xF061: "α", 0xF062: "β", 0xF067: "γ", 0xF064: "δ", 0xF06C: "λ", 0xF0A5: "∞",
    0xF02F: "/", 0xF02E: ".", 0xF02C: ",", 0xF0B8: "÷",
} | {0xF030 + digit: str(digit) for digit in range(10)}  # fmt: skip
PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
SOFT_RANGE = re.compile(r"(?<=\d)\xad+(?=\d)")
CONTROL_GAP = re.compile(r"(?<=\d)[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]+(?=\d)")


def clean_records(records: Iterable[Record]) -> Iterator[Record]:
    """Yield each record with clean id, title and text; none is dropped here."""
    return map(clean_record, records)


def clean_record(record: Record) -> Record:
    """The record with clean id, title and text; the same object where nothing changes."""
    text = clean_markup(record.text)
    title = clean_markup(record.title).replace("\n", " ")
    identifier = record.id if _is_clean(record.id) else clean_text(record.id, NO_LIMIT)
    if (text, title, identifier) == (record.text, record.title, record.id):
        return record
    return replace(record, text=text, title=title, id=identifier)


def clean_markup(text: str) -> str:
    """The text without tags, entities, hidden characters and uneven white space."""
    if _is_clean(text):
        return text
    for _ in range(2):  # entities that were written as entities
        if "<" in text and TAG.search(text):
            text = _without_tags(text)
        if "&" not in text:
            break
        text = ENTITY.sub(_read_entity, text)
    if not text.replace("\n", "").isprintable():
        text = SOFT_RANGE.sub("-", text)  # a range, never one long number
        text = CONTROL_GAP.sub(" ", text)
        text = PRIVATE.sub(lambda found: SYMBOLS.get(ord(found.group()), "�"), text)
    return clean_text(text, NO_LIMIT)


def _is_clean(text: str) -> bool:
    """True for most titles and texts: one line in which nothing can be amiss."""
    if "  " in text or not text.isprintable():
        return False
    if ("<" in text and TAG.search(text)) or ("&" in text and ENTITY.search(text)):
        return False
    if not text.isascii():
        data = text.encode()
        if any(first in data for first in SELECTORS) or not is_normalized("NFC", text):
            return False
    return text == text.strip()


def _without_tags(text: str) -> str:
    text = SCRIPT.sub(" ", COMMENT.sub(" ", text))
    for _ in range(DEEPEST):
        changed = PAIR.sub(_open_pair, text)
        if changed == text:
            break
        text = changed
    return BLOCK.sub("\n", text)


def _open_pair(found: re.Match[str]) -> str:
    """What stands between an inline tag and its end, raised or lowered where the tag says so."""
    tag, inner = found.group(1).casefold().removeprefix("jats:"), found.group(2)
    before = found.string[found.start() - 1 : found.start()]
    if tag == "sup" and inner:
        return inner.translate(RAISED) if SCRIPTED.issuperset(inner) else f"^{inner}"
    if tag == "sub" and inner and before.isdigit():
        return inner.translate(LOWERED) if SCRIPTED.issuperset(inner) else f"_{inner}"
    return inner


def _read_entity(found: re.Match[str]) -> str:
    """The character that an entity stands for; one that no list knows stays as it is."""
    return html.unescape(found.group()) or " "
