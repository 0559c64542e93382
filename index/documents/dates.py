"""A date as an edition is written: "2023", "2023-05" or "2023-05-17".

What is read: ISO dates, "17 May 2023", "May 17, 2023", "May 2023", a year alone. Of a date
whose day and month could be exchanged (03/04/2023) only the year is taken. It invents
nothing: what it can't read is "".
"""

from __future__ import annotations

import re
from datetime import date

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
FIRST_YEAR = 1900
ISO = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?=$|[T\sZ])")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
NAMED = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?([A-Za-z]{3,9})\.?(?:\s+(\d{1,2}),)?,?\s+(\d{4})$"
)
YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")


def read_date(text: str) -> str:
    """Return the date in a text that is a date, or ""; a lone year in it will do."""
    text = " ".join(text.split())[:64]
    if found := ISO.match(text) or COMPACT.match(text):
        if dated := _write(*found.groups()):
            return dated
    if found := NAMED.match(text):
        before, month, after, year = found.groups()
        if month[:3].lower() in MONTHS:
            return _write(year, str(MONTHS.index(month[:3].lower()) + 1), before or after)
    years = set(YEAR.findall(text))
    return _write(years.pop(), None, None) if len(years) == 1 else ""


def _write(year: str, month: str | None, day: str | None) -> str:
    try:
        real = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return ""
    if not FIRST_YEAR <= real.year <= 2100:
        return ""
    whole = real.isoformat()
    return whole if month and day else whole[:7] if month else whole[:4]
