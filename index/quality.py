"""The second stage: which records are no use to a reader, and why.

What is covered: a record without id or licence, taken back by its source, a text that is too
short, boiler-plate ("abstract not available"), few letters, unreadable characters, the same
line over and over, another language. A retracted article is kept: it must be found, and found
as retracted. What is not covered: whether a text is true, well written or about health.
All rules are cheap, a few microseconds each; this module knows one record at a time.

The language rule counts function words (content/language.toml: en, fr, es, pt, sw) among the
first words; it is no detector. What a record says of its own language decides only for texts
too short to count, because PubMed gives the language of the article, not of the abstract.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from functools import cache

from elara_local.screening.function_words import read_function_words
from index.records import Dropped, Fate, Record, is_deleted

STAGE = "quality"
SHORTEST = 40  # characters; "The cause of most childhood brain tumors is unknown." is an answer
LOWEST_LETTERS = 0.60  # share of letters among the characters that are not spaces
MOST_UNREADABLE = 0.01  # share of U+FFFD
# Share of repeated lines or sentences. Rae et al. 2021 (Gopher, arXiv 2112.11446, table A1) take
# 0.30 for lines of web pages; honest lists of risk factors in MedQuAD repeat up to 0.45.
MOST_REPEATED = 0.50
FEWEST_PARTS = 4  # lines or sentences from which repetition is counted
FEWEST_WORDS = 20  # from which the words tell the language
LOWEST_LISTED = 0.10  # share of function words; English abstracts have 0.25 to 0.45
BYTES_READ = 600
SHORT = 120  # characters below which a line of boiler-plate is all there is
BOILER = re.compile(
    r"(?:abstract|full text|summary|content|article|page)\W+(?:is\W+)?(?:not|un|currently\W+un)\W*"
    r"(?:available|found)|no abstract\b|has no abstract|page (?:was )?not found|access denied"
    r"|enable javascript|subscribe to (?:read|view)|all rights reserved\W*$"
    r"|this (?:record|article) (?:was|has been) (?:withdrawn|removed)",
    re.I,
)
LETTERS = string.ascii_letters.encode() + bytes(range(0x80, 0x100))  # of any script, in UTF-8
SPACES = b" \n\t"
CODES = {"eng": "en", "fre": "fr", "fra": "fr", "spa": "es", "por": "pt", "swa": "sw"}


def judge_records(
    records: Iterable[Record], languages: tuple[str, ...] = ("en",)
) -> Iterator[Fate]:
    """Yield each record, or a Dropped that says what is wrong with it."""
    for record in records:
        fault = find_fault(record, languages)
        yield Dropped(record.id, STAGE, fault) if fault else record


def find_fault(record: Record, languages: tuple[str, ...] = ("en",)) -> str:
    """What makes a clean record useless, in a few words; "" where nothing does.

    `languages` are the codes a reader expects; codes other than en, fr, es, pt and sw can't be
    told, so with one of them no text is dropped for its language.
    """
    if not record.id:
        return "no identifier"
    if is_deleted(record.notice):
        return "deleted by its source"
    if not record.licence:
        return "no licence"
    text = record.text
    if len(text) < SHORT and BOILER.search(text):
        return "boiler-plate, no abstract"
    if len(text) < SHORTEST:
        return "too short"
    data = text.encode("utf-8", "replace")
    return _fault_of_characters(text, data) or _fault_of_language(record, data, languages)


def _fault_of_characters(text: str, data: bytes) -> str:
    others = data.translate(None, LETTERS)
    letters, marks = len(data) - len(others), len(others.translate(None, SPACES))
    if letters < LOWEST_LETTERS * (letters + marks):
        return "few letters"
    if text.count("�") > MOST_UNREADABLE * len(text):
        return "unreadable characters"
    parts = text.replace("\n", ". ").split(". ")
    if len(parts) >= FEWEST_PARTS and len(set(parts)) < (1 - MOST_REPEATED) * len(parts):
        return "repeated lines"
    return ""


def _fault_of_language(record: Record, data: bytes, languages: tuple[str, ...]) -> str:
    listed = _listed(languages)
    if not listed:
        return ""
    words = data[:BYTES_READ].lower().split()
    if len(words) < FEWEST_WORDS:
        told = CODES.get(record.language, record.language)
        return f"not the expected language: {told}" if told and told not in languages else ""
    if any(sum(map(known.__contains__, words)) >= LOWEST_LISTED * len(words) for known in listed):
        return ""
    return "not the expected language, or no sentences"


@cache
def _listed(languages: tuple[str, ...]) -> tuple[frozenset[bytes], ...]:
    """The function words of each language in UTF-8; none where one of them has no list."""
    lists = read_function_words()
    if not set(languages) <= set(lists):
        return ()
    return tuple(frozenset(word.encode() for word in lists[code]) for code in languages)
