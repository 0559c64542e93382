"""Numbers with all that gives them meaning: unit, basis, range, comparator and role.

What is covered: ranges ("5-10 mg", "between 5 and 10 mg", "2 months to 5 years"), lists
("0, 12 and 24 hours", "days 0, 3 and 7"), pairs (120/80, 15:2), basis (per kg, per dose,
per day, mg/kg/day, /5 mL, /24 h), comparators and roles (comparators.py), conversion
(units.py): 1 g equals 1000 mg, exactly, with no rounding.
What is not covered: units of one substance against another (mmol/L and mg/dL), arithmetic
("15 kg at 3 mg/kg" is never read as 45 mg).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from elara_local.grounding.comparators import (
    AGE_AFTER,
    comparator_after,
    comparator_before,
    role_of_time,
)
from elara_local.grounding.items import Page
from elara_local.grounding.numbers import NUMBER, number_value
from elara_local.grounding.units import DOSES, UNITS, Unit, pattern, unit_named

INSIDE_WORD = re.compile(r"[a-z]-?$")  # covid-19, spo2: the number belongs to the word
UNIT = re.compile(rf"[\s-]{{0,2}}({pattern(list(UNITS))})")
POWER = re.compile(r"\s*[x×]\s*10\s*\^?\s*(\d{1,2}|[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})(?=\s*/|\s)")
RANGE = re.compile(r"\s*-\s*(?=[\d.½¼¾])|\s+(?:up )?to\s+")
AND = re.compile(r"\s+and\s+")
BETWEEN = re.compile(r"\bbetween\s+$")
MORE = re.compile(r"\s*,?\s*\b(and|or)\s+(?:at\s+)?(?=\d)|\s*(,)\s*(?=\d)")
PAIR = re.compile(r"\s?([/:])\s?(?=\d)|\s+(in)\s+(?=\d)")
BASIS = re.compile(
    r"(?:\s+(?:of\s+)?\x00+|\s+base)?\s*(?:/|\bper\b|\bin(?: any)?\b(?=\s+24 ?h)"
    r"|\b(?:an?|each)\b(?=\s+(?:day|week|hour|minute|month|year)\b))\s*"
    rf"(\d+(?:\.\d+)?\s*)?({pattern(list(UNITS))})(?:\s+of)?(?:\s*body\s?weight|\s*bw\b)?"
)
LOOSE_BASIS = re.compile(r"\bper\s+([a-z]+)\b")
LABEL = re.compile(
    r"\b(day|week|hour|month|stage|grade|type|step|phase|class|group|plan|score|gcs|apgar|ph"
    r"|category|level|line|table|figure)s?(?: of| is| was)?\s*$"
)
NOUN = re.compile(
    r"(?:[\s-]+(?:further|additional|extra|more|other|full|whole|separate))?[\s-]+([a-z]+)"
)
NOT_NOUNS = frozenset("of or and to in at on by for with is are was the a an if then".split())
DAY, DOSE = "time 24", "dose 1"


@dataclass(frozen=True)
class Quantity:
    """One measured fact. `low` and `high` are in the first unit of `dimension` (units.py)."""

    low: Fraction
    high: Fraction
    dimension: str = ""  # "" for a bare number
    basis: frozenset[str] = frozenset()  # "mass 1000" = per kg, "time 24" = per day, "dose 1"
    comparator: str = "="  # = < <= > >= ~
    role: str = ""  # duration, over, within, after, age ...; only for times
    noun: str = ""  # the word that a bare number counts

    @property
    def is_limit(self) -> bool:
        """True for a body weight or an age, which say for whom."""
        weight = self.dimension == "mass" and self.high >= 1000 and not self.basis
        return weight or self.role == "age"

    @property
    def is_dose(self) -> bool:
        """True for an amount that can be given, so not for a body weight or an age."""
        return self.dimension in DOSES and not self.is_limit

    @property
    def is_maximum(self) -> bool:
        """True for a dose that must not be passed."""
        return self.is_dose and self.comparator in ("<=", "<")


def take_quantities(page: Page) -> None:
    """Take every number out of the page, as items of kind "quantity" or "schedule"."""
    position = 0
    while found := NUMBER.search(page.text, position):
        position = found.end()
        inside = INSIDE_WORD.search(page.text[max(0, found.start() - 2) : found.start()])
        in_compound = found.group()[0].isalpha() and page.text[position : position + 1] == "-"
        if not inside and not (in_compound and not UNIT.match(page.text, position)):
            position = _take_from(page, found.start(), found.end(), number_value(found.group()))
    for found in LOOSE_BASIS.finditer(page.text):  # "5 glasses per day"
        page.take("frequency", found.group(1), *found.span())


def _take_from(page: Page, start: int, end: int, low: Fraction) -> int:
    """Read the quantity whose first number is at start..end; return where to go on."""
    text = page.text
    if pair := PAIR.match(text, end):
        return _take_pair(page, start, low, pair.end())
    if power := POWER.match(text, end):
        exponent = int(power.group(1).translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")))
        low, end = low * 10**exponent, power.end()
    unit, end = _read_unit(text, end)
    if listed := _read_list(text, start, end, low, unit):
        return _take_list(page, start, *listed)
    high = low * unit.factor
    low = high
    if (more := _read_upper(text, start, end)) is not None:
        upper, end, upper_unit = more
        low = low if unit.dimension else low * upper_unit.factor
        unit = upper_unit if upper_unit.dimension else unit
        high = upper * unit.factor
    quantity = Quantity(low, high, unit.dimension)
    return _take_whole(page, quantity, start, end, int(unit.factor))


def _take_whole(page: Page, quantity: Quantity, start: int, end: int, hours: int) -> int:
    """Add basis, comparator, role and noun to a quantity, and take it."""
    text = page.text
    basis, end = _read_basis(text, end)
    before = comparator_before(text, start)
    is_time = quantity.dimension == "time" and not basis
    if is_time and hours <= 24 and before.words.startswith("over"):
        before = before._replace(sign="=", start=start, words="")
    after, end = comparator_after(text, end)
    if "daily" in before.words or "per day" in before.words:
        basis |= {DAY}
    if "single" in before.words:
        basis |= {DOSE}
    role = role_of_time(text, before.start, end, hours) if is_time else ""
    noun = "" if quantity.dimension else _noun_of(text, before.start, end)
    if role == "age" and (old := AGE_AFTER.match(text, end)):
        end = old.end()
    sign = after if before.sign == "=" and after else before.sign
    whole = replace(quantity, basis=basis, comparator=sign, role=role, noun=noun)
    page.take("quantity", whole, before.start, end)
    return end


def _read_unit(text: str, end: int) -> tuple[Unit, int]:
    found = UNIT.match(text, end)
    if not found:
        return Unit("", Fraction(1)), end
    return unit_named(found.group(1)), found.end()


def _read_upper(text: str, start: int, end: int) -> tuple[Fraction, int, Unit] | None:
    """The upper end of a range that goes on at `end`, where it ends, and its unit."""
    joined = RANGE.match(text, end)
    if joined is None and BETWEEN.search(text[max(0, start - 12) : start]):
        joined = AND.match(text, end)
    upper = NUMBER.match(text, joined.end()) if joined else None
    if upper is None:
        return None
    unit, unit_end = _read_unit(text, upper.end())
    return number_value(upper.group()), unit_end, unit


def _read_basis(text: str, end: int) -> tuple[frozenset[str], int]:
    basis = set()
    while found := BASIS.match(text, end):
        unit = unit_named(found.group(2))
        amount = Fraction(found.group(1).strip()) if found.group(1) else Fraction(1)
        name = f"{unit.dimension} {amount * unit.factor}"
        basis.add(f"again {name}" if name in basis else name)
        end = found.end()
    return frozenset(basis), end


def _read_list(
    text: str, start: int, end: int, first: Fraction, unit: Unit
) -> tuple[list[Fraction], Unit, int] | None:
    """Numbers that share a unit: "0, 12 and 24 hours", "days 0, 3 and 7", "10 or 20 mg"."""
    if unit.dimension not in ("", "time") or BETWEEN.search(text[max(0, start - 12) : start]):
        return None
    values, joined = [first], ""
    while more := MORE.match(text, end):
        found = NUMBER.match(text, more.end())
        if found is None:
            break
        following, after = _read_unit(text, found.end())
        if unit.dimension and following != unit:
            break
        values.append(number_value(found.group()))
        joined, end = more.group(1) or joined, after
        if not unit.dimension and following.dimension:
            return (values, following, end) if joined else None
    if len(values) < 2 or not (joined or LABEL.search(text[max(0, start - 12) : start])):
        return None
    return values, unit, end


def _take_list(page: Page, start: int, values: list[Fraction], unit: Unit, end: int) -> int:
    label = LABEL.search(page.text[max(0, start - 12) : start])
    if unit.dimension in ("", "time"):
        name = unit.dimension or (label.group(1) if label else "")
        page.take("schedule", (name, tuple(v * unit.factor for v in values)), start, end)
        return end
    basis, end = _read_basis(page.text, end)
    for value in values:
        amount = value * unit.factor
        page.take("quantity", Quantity(amount, amount, unit.dimension, basis), start, end)
    return end


def _take_pair(page: Page, start: int, first: Fraction, position: int) -> int:
    """120/80 mmHg, 15:2, 1 in 1000: two numbers that mean something only together."""
    second = NUMBER.match(page.text, position)
    if second is None:  # PAIR looks ahead for a digit, so this can't be reached by a digit
        return position
    unit, end = _read_unit(page.text, second.end())
    before = comparator_before(page.text, start)
    after, end = comparator_after(page.text, end)
    value = number_value(second.group()) * unit.factor
    name, sign = f"pair {unit.dimension}", after or before.sign
    quantity = Quantity(first * unit.factor, value, name, comparator=sign)
    page.take("quantity", quantity, before.start, end)
    return end


def _noun_of(text: str, start: int, end: int) -> str:
    label = LABEL.search(text[max(0, start - 12) : start])
    if label:
        return label.group(1)
    found = NOUN.match(text, end)
    if not found or found.group(1) in NOT_NOUNS:
        return ""
    return found.group(1).removesuffix("s")
