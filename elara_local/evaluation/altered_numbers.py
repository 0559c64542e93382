"""A sentence with one number altered, or what gives a number its meaning.

What is covered: the digits (changed, shifted, dropped, glued, two numbers exchanged), numbers in
words, the ends of a range, comparators, the basis of a dose, durations. Digits inside a name
(SpO2, COVID-19) are left alone. Nothing here gives an equal number. It knows no medicine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from elara_local.evaluation.swaps import WHOLE, read_pairs, replace_words

NUMBER = re.compile(r"(?<![\w.,/^-])\d+(?:,\d{3})*(?:\.\d+)?(?![\d.]*\d)(?!\w*-[A-Za-z])")
IN_WORDS = "two three four five six seven eight nine ten twelve".split()
WORD_NUMBER = re.compile(rf"\b(?:{'|'.join(IN_WORDS)})\b", re.IGNORECASE)
BETWEEN = re.compile(r"\s*(?:-|–|to|and|or|,|/|±|:|x|×|%|\[|\()*\s*(?:and|to|or)?\s*")
RANGE = re.compile(
    r"(?<![\w.,/-])(\d+(?:\.\d+)?)(\s?[-–]\s?|\s(?:to|and)\s)(\d+(?:\.\d+)?)(?![\d.,]*\d)(?![-–])"
)
UNITS = r"\s?(?:mg|g|mL|ml|micrograms|units|IU|mmol|hours?|days?|weeks?|months?|years?|minutes?|%)"
TIMES = (
    r"(?:(?:the\s)?\d+(?:[-–]\d+|\sto\s\d+)?[\s-](?:minutes?|hours?|days?|weeks?|months?|years?)\b)"
)
TIME_UNIT = re.compile(r"\d[\s-](minute|hour|day|week|month|year)(s?)\b")
OTHER_TIME = {"minute": "hour", "hour": "minute", "day": "week", "week": "day"} | {
    "month": "year",
    "year": "month",
}
AMOUNT = re.compile(r"(?<=\d)\s?(mg|micrograms|g|mL|units|mmol)(?=[\s,.;)])(?!\s(?:per|/))")
FOLLOWS = (
    r"(?=\s?(?:the\s|a\s|of\s|an?\sage\sof\s|about\s)?(?:\d|half|one|two|three|four|five|six|ten))"
)
LONE = re.compile(rf"(?<![\d.,/–-])(\d+)(?<!\d\d\d\d)(?={UNITS})")
JOINED = re.compile(r"(?:to|and|or|-|–|±|\.|,|/)\s?$")
PLAIN = re.compile(rf"(?<=[a-z]\s)(\d+(?:\.\d+)?)(?={UNITS}\b)")
OPEN_ENDED = re.compile(
    r"\s?\S+(?:\s(?:of age|old))?,?\s(?:or|and)\s"
    r"(?:more|over|above|older|less|under|below|younger|higher|lower|longer|later)\b"
)
AMOUNT_AFTER = re.compile(r"\b(?:for|of|is|give|receive|mg|was|dose)\s$", re.IGNORECASE)
AFTER_NUMBER = r"(?:(?<=\d\s)|(?<=%\s)|(?<=\d[,)]\s)|(?<=[a-zA-Z]\s)|(?<=old\s))"


def change_numbers(text: str) -> Iterator[str]:
    """One number changed, shifted, cut, glued, or exchanged with another."""
    places = list(NUMBER.finditer(text))
    for found in places:
        for other in _other_digits(found.group()):
            yield _put(text, found, other)
    for first, second in zip(places, places[1:], strict=False):
        between = text[first.end() : second.start()]
        if first.group() != second.group() and not BETWEEN.fullmatch(between):
            end = text[second.end() :]
            yield f"{text[: first.start()]}{second.group()}{between}{first.group()}{end}"
    for found in WORD_NUMBER.finditer(text):
        other = IN_WORDS[(IN_WORDS.index(found.group().lower()) + 3) % len(IN_WORDS)]
        yield _put(text, found, other)


def _other_digits(digits: str) -> Iterator[str]:
    value = _value(digits)
    made = [f"{value + 1:.10g}", f"{value * 10:.10g}", f"{value / 10:.10g}", f"{digits}0"]
    made += [
        f"{digits[:-1]}{(int(digits[-1]) + 4) % 10}",
        digits[:-1],
        digits[1:],
        f"{digits[0]}{digits}",
    ]
    made += [digits.replace(".", "")]
    for other in dict.fromkeys(made):
        if re.fullmatch(r"\d+(?:,\d{3})*(?:\.\d+)?", other) and _value(other) != value:
            yield other


def _value(digits: str) -> float:
    return float(digits.replace(",", ""))


def _put(text: str, found: re.Match[str], other: str) -> str:
    return f"{text[: found.start()]}{other}{text[found.end() :]}"


def change_ranges(text: str) -> Iterator[str]:
    """An end of a range changed or lost, a number made a range, "or more" turned or lost."""
    for found in RANGE.finditer(text):
        if "and" not in found.group(2) or text[: found.start()].endswith("between "):
            yield from (_put(text, found, other) for other in _other_ranges(*found.groups()))
    for found in LONE.finditer(text):
        if not JOINED.search(text[: found.start()]):
            yield _put(text, found, f"{found.group()}-{int(found.group()) * 2 + 1}")
    for old, new in read_pairs("range"):
        yield from replace_words(text, old, new, WHOLE + AFTER_NUMBER)


def _other_ranges(low: str, joint: str, high: str) -> Iterator[str]:
    for other in (f"{float(low) + 1:g}", f"{float(low) / 10:g}"):
        yield f"{other}{joint}{high}"
    for other in (f"{float(high) + 1:g}", f"{float(high) * 10:g}"):
        yield f"{low}{joint}{other}"
    if "and" not in joint:
        yield low
        yield high


def change_comparators(text: str) -> Iterator[str]:
    """A comparator before a number turned, lost or added."""
    for old, new in read_pairs("comparator"):
        yield from replace_words(text, old, new, WHOLE, FOLLOWS)
    for found in PLAIN.finditer(text):
        limited = OPEN_ENDED.match(text, found.end())  # "at least 30 or more" says the same
        if not limited and AMOUNT_AFTER.search(text[: found.start()]):
            yield _put(text, found, f"at least {found.group()}")
            yield _put(text, found, f"less than {found.group()}")


def change_basis(text: str) -> Iterator[str]:
    """What an amount is counted by changed, lost or added."""
    for old, new in read_pairs("basis"):
        yield from replace_words(text, old, new, "" if old[0] == "/" else WHOLE)
    for found in AMOUNT.finditer(text):
        yield f"{text[: found.end()]}/kg{text[found.end() :]}"
        yield f"{text[: found.end()]}/day{text[found.end() :]}"


def change_durations(text: str) -> Iterator[str]:
    """A time told with a number: its unit, or what it is for (for, after, within)."""
    for old, new in read_pairs("duration"):
        yield from replace_words(text, old, new, WHOLE, rf"(?=\s{TIMES})")
    for found in TIME_UNIT.finditer(text):
        start, end = found.span(1)
        yield f"{text[:start]}{OTHER_TIME[found.group(1)]}{text[end:]}"
