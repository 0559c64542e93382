"""How often: every 8 hours, three times daily, tds, q8h, weekly, as needed.

A frequency is the interval in hours as (shortest, longest), so that bd, "twice daily" and
"every 12 hours" are equal; "as needed", "at night" and the like are words of their own.
What is not covered: "in the morning and evening", Latin abbreviations other than those below,
"daily" inside "maximum daily dose" (the quantity takes it as its basis).
"""

from __future__ import annotations

import re
from fractions import Fraction

from elara_local.grounding.items import Page
from elara_local.grounding.numbers import NUMBER_TEXT, number_value

HOURS = {
    "minute": Fraction(1, 60),
    "hour": Fraction(1),
    "day": Fraction(24),
    "night": Fraction(24),
    "week": Fraction(168),
    "month": Fraction(730),
    "year": Fraction(8760),
}
_UNIT = r"(h|hrs?|hours?|hourly|minutes?|mins?|days?|weeks?|months?|years?)\b"
_PERIOD = r"(day|daily|24 hours|24 h|week|weekly|month|monthly|hour|year|yearly|night)\b"
_NUMBER = rf"({NUMBER_TEXT})"
EVERY = re.compile(
    rf"(?:\b(?:every|each)\s+|\bq\s?\.?\s?){_NUMBER}(?:\s*(?:-|to|or)\s*{_NUMBER})?[\s-]*{_UNIT}"
)
HOURLY = re.compile(rf"{_NUMBER}(?:\s*(?:-|to)\s*{_NUMBER})?[\s-]*(hourly)\b")
TIMES = re.compile(
    rf"\b(?:(once|twice|thrice)|{_NUMBER}(?:\s*(?:-|to|or)\s*{_NUMBER})?\s*(?:times|x|doses))"
    rf"\s+(?:an?\s+|per\s+|each\s+|every\s+|in\s+|over\s+)?{_PERIOD}|\b(once|twice|thrice)/(day|week)\b"
)
SINGLE = re.compile(
    r"\b(?:every|each|per)\s+(other|second|third|alternate)?\s*(day|hour|week|month|year|minute)\b"
    r"(?!\s+(?:after|before))"
)
PLAIN = re.compile(
    r"\b(daily|hourly|weekly|monthly|yearly|annually|fortnightly|nightly)\b"
    r"(?! (?:dose|doses|maximum|limit|total|life|living|activit\w+|intake|requirement\w*))"
)
AFTER_TOTAL = re.compile(r"\b(?:maximum|max\.?|total)(?: recommended)? $")
ABBREVIATION = re.compile(
    r"(?<![a-z.])(b\.?[di]\.?d|b\.d|bd|t\.?[di]\.?[ds]|q\.?i\.?d|q\.?d\.?s|o\.?d)\.?(?![a-z])"
)
WHEN = {
    "as needed": r"(?:as|when|if|where) (?:needed|required|necessary)|p\.?r\.?n\b\.?|on demand",
    "alternate days": r"(?:on )?alternate days|every other day",
    "at night": r"at (?:night|bedtime)|nocte|before bed",
    "in the morning": r"in the mornings?|each morning|every morning",
    "fortnight": r"every fortnight|every two weeks",
}
WHEN_WORDS = [(value, re.compile(rf"\b(?:{words})")) for value, words in WHEN.items()]
ASIDE = Fraction(1, 1000)  # keeps "4 times a night" apart from "4 times a day"
COUNT = {"once": Fraction(1), "twice": Fraction(2), "thrice": Fraction(3)}
ORDINAL = {"other": 2, "second": 2, "alternate": 2, "third": 3, None: 1}

Interval = tuple[Fraction, Fraction]


def take_frequencies(page: Page) -> None:
    """Take every frequency out of the page, as items of kind "frequency"."""
    for name, words in WHEN_WORDS:
        for found in words.finditer(page.text):
            page.take("frequency", FIXED.get(name, name), *found.span())
    for reader, interval in READERS:
        for found in reader.finditer(page.text):
            value = interval(found)
            total = AFTER_TOTAL.search(page.text[max(0, found.start() - 24) : found.start()])
            if value is not None and not total:
                page.take("frequency", value, *found.span())


def _hours(word: str) -> Fraction:
    stem = word.removesuffix("s")
    if stem in ("daily", "24 hour", "24 h"):
        return HOURS["day"]
    if stem in ("h", "hr", "hourly"):
        return HOURS["hour"]
    return HOURS[{"min": "minute"}.get(stem.removesuffix("ly"), stem.removesuffix("ly"))]


def _every(found: re.Match[str]) -> Interval:
    unit = _hours(found.group(3))
    low = number_value(found.group(1)) * unit
    return low, number_value(found.group(2)) * unit if found.group(2) else low


def _times(found: re.Match[str]) -> Interval | None:
    word = found.group(1) or found.group(5)
    period = _hours(found.group(4) or found.group(6))
    if found.group(4) == "night" and not word:
        period += ASIDE
    few = COUNT[word] if word else number_value(found.group(2))
    many = number_value(found.group(3)) if found.group(3) else few
    return (period / many, period / few) if few > 0 and many > 0 else None


def _single(found: re.Match[str]) -> Interval | None:
    if found.group().startswith("per"):
        return None  # "per day" after an amount is its basis
    hours = HOURS[found.group(2)] * ORDINAL[found.group(1)]
    return hours, hours


def _plain(found: re.Match[str]) -> Interval:
    word = found.group(1)
    if word == "fortnightly":
        return Fraction(336), Fraction(336)
    hours = HOURS["year"] if word == "annually" else _hours(word)
    return hours, hours


def _abbreviation(found: re.Match[str]) -> Interval:
    letters = found.group(1).replace(".", "")
    hours = Fraction({"b": 12, "t": 8, "q": 6, "o": 24}[letters[0]])
    return hours, hours


FIXED = {
    "alternate days": (Fraction(48), Fraction(48)),
    "fortnight": (Fraction(336), Fraction(336)),
}
READERS = (
    (EVERY, _every),
    (HOURLY, _every),
    (TIMES, _times),
    (SINGLE, _single),
    (PLAIN, _plain),
    (ABBREVIATION, _abbreviation),
)
