"""An amount, a frequency and a maximum as a medicine card writes them, in exact numbers.

What is covered: one amount or a range, per kg or not, per dose, day, hour or minute; how often a
day at most; maxima from the card's fields and from the words of its note ("never more than 3 g
per day"). What is not covered: several amounts in one text, amounts in words ("half a tablet"),
per square metre: these are no Amount. It knows no weight but the one a maximum per kg is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from elara_local.cards import Dose, read_quantity
from elara_local.errors import WrongFile
from elara_local.grounding.units import UNITS

Per = Literal["dose", "day", "hour", "minute"]

_NUMBER = r"\d[\d,]*(?:\.\d+)?"
AMOUNT = re.compile(
    rf"(?P<low>{_NUMBER})(?: to (?P<high>{_NUMBER}))? ?(?P<unit>million units|[A-Za-zµ]+|%)"
    r"(?P<base> base)?(?P<kg>/kg)?(?: per (?P<per>day|hour|minute|dose))?"
)
DIVIDED = re.compile(r"in (?P<least>\d+)(?: (?:to|or) (?P<most>\d+))? divided doses")
EVERY = re.compile(r"every (?P<least>\d+)(?: to \d+)? hours?\b")
TIMES = re.compile(r"(?:\d+ to )?(?P<most>\d+) times daily")
DAILY = {"once daily": 1, "every 24 hours": 1, "twice daily": 2, "at night": 1}
AT_MOST = re.compile(
    r"\b(?:never more than|no more than|not more than|never faster than|at most|maximum"
    r"|above(?=[^;,]* only\b)) "
    rf"(?P<amount>{_NUMBER} ?(?:million units|[A-Za-zµ]+)(?:/kg)?)"
    r" (?:per (?P<per>day|hour|minute|dose)|in (?P<one>one dose))"
)


@dataclass(frozen=True)
class Amount:
    """An amount as a card writes it: 10 to 15, "mg", per kg or not, per dose, day or hour."""

    low: Fraction
    high: Fraction
    unit: str
    per_kg: bool
    per: Per
    text: str

    @property
    def factor(self) -> Fraction:
        """How many of the first unit of its dimension one of its unit is."""
        return UNITS[plain_unit(self.unit)].factor


def read_amount(text: str) -> Amount | None:
    """Return an amount in the unit that it is written in; None for one of another form."""
    found = AMOUNT.fullmatch(text)
    if found is None or plain_unit(found["unit"]) not in UNITS:
        return None
    low = Fraction(found["low"].replace(",", ""))
    high = Fraction(found["high"].replace(",", "")) if found["high"] else low
    plural = {"unit": "units", "microgram": "micrograms"}.get(found["unit"], found["unit"])
    unit, per = plural + (found["base"] or ""), found["per"] or "dose"
    amount = Amount(low, high, unit, bool(found["kg"]), per, text)  # type: ignore[arg-type]
    known = read_quantity(text)  # the grounding check reads the same, or nothing is worked out
    same = (known.low, known.high) == (low * amount.factor, high * amount.factor)
    return amount if same and low <= high else None


def times_a_day(frequency: str) -> int | None:
    """Return how often a day at most, None where the frequency doesn't say."""
    plain = frequency.removesuffix(" as needed")
    if plain in DAILY:
        return DAILY[plain]
    if found := EVERY.match(plain):
        hours = int(found["least"])
        return 24 // hours if hours and 24 % hours == 0 else None
    found = TIMES.match(plain)
    return int(found["most"]) if found else None


def maximum(dose: Dose, per: Per, amount: Amount, weight: Fraction) -> Fraction | None:
    """Return the least maximum that a card gives per dose, day or hour, in the amount's unit."""
    found = [_in_unit(text, amount, weight) for text in _maxima(dose, per)]
    return min((value for value in found if value is not None), default=None)


def _maxima(dose: Dose, per: Per) -> Iterator[str]:
    if per == "dose" and dose.max_dose:
        yield dose.max_dose
    if per == "day" and dose.max_day:
        yield dose.max_day
    for found in AT_MOST.finditer(dose.note):
        if (found["per"] or "dose") == per:
            yield found["amount"]


def _in_unit(text: str, amount: Amount, weight: Fraction) -> Fraction | None:
    """Return a maximum in the unit of an amount; None where the two measure different things."""
    try:
        limit, mine = read_quantity(text), UNITS[plain_unit(amount.unit)]
    except WrongFile:
        return None
    if limit.dimension != mine.dimension:
        return None
    value = limit.high / mine.factor
    return value * weight if "/kg" in text else value


def plain_unit(unit: str) -> str:
    """Return a unit as the table of units names it: "mg base" is mg."""
    return unit.removesuffix(" base").casefold()


def parts_a_day(frequency: str) -> tuple[int, int] | None:
    """Return into how many doses a day's amount is divided, least and most."""
    if found := DIVIDED.search(frequency):
        least = int(found["least"])
        return least, int(found["most"] or least)
    times = times_a_day(frequency)
    return (times, times) if times is not None else None
