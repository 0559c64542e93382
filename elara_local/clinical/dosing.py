"""One dose of a medicine card worked out for one person, exactly.

What is covered: amounts per kg of body weight, per dose, per day in divided doses, per hour and
per minute, ranges, the maximum of a dose, a day or an hour from the card's fields and from the
words of its note ("never more than 3 g per day"), a volume over stated hours.
What is not covered: body surface area, ideal or adjusted body weight, gestational age, dialysis.
A dose that needs a fact that is not there is not worked out and names the one fact. Every sum is
in fractions: nothing is rounded here. It knows one dose and one body; which dose of a card is
meant, choosing.py says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from elara_local.cards import Dose
from elara_local.clinical.amounts import (
    DIVIDED,
    Amount,
    Per,
    maximum,
    parts_a_day,
    plain_unit,
    read_amount,
    times_a_day,
)
from elara_local.clinical.rounding import say_number, say_range
from elara_local.grounding.units import UNITS

Fact = Literal["", "weight", "age", "kidney", "indication", "group"]

OVER = re.compile(r"\bover (?:the first )?(?P<time>\d+(?:\.\d+)?) (?P<unit>hours?|minutes)$")
MINUTES, DAY = Fraction(60), Fraction(24)
EACH = re.compile(r"each \d")  # "each 1% of body surface burnt"
HEAVY = Fraction(120)  # kg; this program's own, a body mass index above 35 at 1.85 m
WHICH = "by the actual weight, which in obesity may be too much: ask which weight counts"
FIXED = "the card gives a fixed dose"


@dataclass(frozen=True)
class Body:
    """What is known of the person; None for what is not. Weight in kg, age in days."""

    weight: Fraction | None = None
    age: Fraction | None = None
    groups: frozenset[str] = frozenset()
    clearance: Fraction | None = None


@dataclass(frozen=True)
class Worked:
    """A dose worked out: `low` to `high` of `unit` per `per`; `line` is the sum in words.

    `day` is the amount of a whole day where the card tells how often, `most` the maximum of one
    dose that was applied or kept, `room` the most that a measure of one dose may hold so that a
    day's doses keep to the day's maximum, `remarks` what else a reader must know of the sum.
    """

    dose: Dose
    low: Fraction
    high: Fraction
    unit: str
    per: Per
    line: str
    day: tuple[Fraction, Fraction] | None = None
    most: Fraction | None = None
    remarks: tuple[str, ...] = ()
    room: Fraction | None = None


@dataclass(frozen=True)
class Unworked:
    """Why a dose was not worked out, and the one fact that it lacks, "" where none would do."""

    reason: str
    lacks: Fact = ""


def work_out(dose: Dose, body: Body) -> Worked | Unworked:
    """Work out a dose by the weight, with every maximum that the card gives."""
    if not dose.amount:
        return Unworked("the card says in words what is given")
    if EACH.match(dose.indication):
        return Unworked("the amount counts for each part of a whole, which a calculator adds up")
    if "/kg" not in dose.amount:
        area = "square metre" in dose.amount
        return Unworked("by body surface, which needs a height" if area else FIXED)
    amount = read_amount(dose.amount)
    if amount is None:
        return Unworked(f"'{dose.amount}' is no amount by weight that is worked out here")
    if body.weight is None or body.weight <= 0:
        return Unworked("the dose is by weight", "weight")
    return _work_out(dose, amount, body.weight)


def _work_out(dose: Dose, amount: Amount, weight: Fraction) -> Worked | Unworked:
    worked = _by_time(dose, amount, weight)
    if isinstance(worked, Unworked) or weight <= HEAVY or worked.most is not None:
        return worked
    return replace(worked, remarks=(*worked.remarks, WHICH))


def _by_time(dose: Dose, amount: Amount, weight: Fraction) -> Worked | Unworked:
    if amount.per in ("hour", "minute"):
        return _work_out_rate(dose, amount, weight)
    if amount.per == "day":
        return _work_out_day(dose, amount, weight)
    if DIVIDED.search(dose.frequency):
        return Unworked("the card does not say whether the amount is of a dose or of a day")
    return _work_out_dose(dose, amount, weight)


def _work_out_dose(dose: Dose, amount: Amount, weight: Fraction) -> Worked:
    low, high, unit = amount.low * weight, amount.high * weight, amount.unit
    most_day, most = (maximum(dose, per, amount, weight) for per in ("day", "dose"))
    whole = most is None or (most_day is not None and most_day < most)
    most, per = (most_day, "per day") if whole else (most, "per dose")
    sum_ = f"{say_number(weight)} kg × {amount.text} = {say_range(low, high)} {unit}"
    said, low, high = _cap(sum_, low, high, unit, most, per)
    remarks = list(_say_maximum(dose, low, high, unit, most, sum_ == said, per))
    times, day = times_a_day(dose.frequency), None
    if times is not None and times > 1:
        day, text = _add_up(times, (low, high), most_day, unit)
        remarks = [text, *remarks[whole:]] if most_day is not None else remarks
    remarks += _say_rate(dose, low, high, unit)
    room = max(high, most_day / times) if times and most_day is not None else most
    line = f"{said} per dose"
    return Worked(dose, low, high, unit, "dose", line, day, most, tuple(remarks), room)


def _add_up(
    times: int, one: tuple[Fraction, Fraction], most: Fraction | None, unit: str
) -> tuple[tuple[Fraction, Fraction], str]:
    """Return the amount of a day, never above its maximum, and what to say of the two."""
    low, high = one[0] * times, one[1] * times
    if most is None or high <= most:
        where = "at" if high == most else "below"
        limit = f", {where} the maximum of {say_number(most)} {unit} per day" if most else ""
        return (low, high), f"{times} doses are {say_range(low, high)} {unit}{limit}"
    text = (
        f"{times} doses would be {say_range(low, high)} {unit}, above the maximum of "
        f"{say_number(most)} {unit} per day: never more than that in 24 hours"
    )
    return (min(low, most), most), text


def _work_out_day(dose: Dose, amount: Amount, weight: Fraction) -> Worked | Unworked:
    unit = amount.unit
    low, high = amount.low * weight, amount.high * weight
    most = maximum(dose, "day", amount, weight)
    sum_ = f"{say_number(weight)} kg × {amount.text} = {say_range(low, high)} {unit}"
    capped, low, high = _cap(sum_, low, high, unit, most, "per day")
    line, whole = f"{capped} per day", (low, high)
    remarks = list(_say_maximum(dose, low, high, unit, most, sum_ == capped, "per day"))
    parts = parts_a_day(dose.frequency)
    if parts is None:
        if dose.frequency == "continuously":
            remarks.append(f"{say_range(low / DAY, high / DAY)} {unit} per hour")
        return Worked(dose, low, high, unit, "day", line, whole, most, tuple(remarks))
    once = maximum(dose, "dose", amount, weight)
    shares = []
    for count in sorted(set(parts)):
        one = tuple(min(v / count, once) if once is not None else v / count for v in whole)
        number = "once daily" if count == 1 else f"in {count} doses"
        shares.append((f"{number}: {say_range(*one)} {unit} per dose", one))
        if once is not None and whole[1] / count > once:
            remarks.append(f"maximum {say_number(once)} {unit} per dose applied")
    line += ", " + "; ".join(text for text, _ in shares)
    low, high = min(one[0] for _, one in shares), max(one[1] for _, one in shares)
    room = max(high, most / min(parts)) if most is not None else once
    said = tuple(dict.fromkeys(remarks))
    return Worked(dose, low, high, unit, "dose", line, whole, once, said, room)


def _work_out_rate(dose: Dose, amount: Amount, weight: Fraction) -> Worked:
    low, high, unit, per = amount.low * weight, amount.high * weight, amount.unit, amount.per
    most = maximum(dose, per, amount, weight)
    sum_ = f"{say_number(weight)} kg × {amount.text} = {say_range(low, high)} {unit}"
    said, low, high = _cap(sum_, low, high, unit, most, f"per {per}")
    remarks = list(_say_maximum(dose, low, high, unit, most, sum_ == said, f"per {per}"))
    if per == "minute":
        remarks.append(f"{say_range(low * MINUTES, high * MINUTES)} {unit} per hour")
    most_day = maximum(dose, "day", amount, weight)
    if most_day is not None:
        remarks.append(f"never more than {say_number(most_day)} {unit} in 24 hours")
    return Worked(dose, low, high, unit, per, f"{said} per {per}", None, most, tuple(remarks))


def _cap(
    sum_: str, low: Fraction, high: Fraction, unit: str, most: Fraction | None, per: str
) -> tuple[str, Fraction, Fraction]:
    """Keep a range to its maximum and say so; the words end before "per dose"."""
    if most is None or high <= most:
        return sum_, low, high
    low, high = min(low, most), most
    above = "above the maximum" if low == high else "the upper end above the maximum"
    said = f"{sum_}, {above} of {say_number(most)} {unit} {per}: {say_range(low, high)} {unit}"
    return said, low, high


def _say_maximum(
    dose: Dose,
    low: Fraction,
    high: Fraction,
    unit: str,
    most: Fraction | None,
    kept: bool,
    per: str,
) -> Iterator[str]:
    """Say the maximum where the sum itself does not, or that there is none and why."""
    if most is not None and kept:
        where = "at" if high == most else "below"
        yield f"{where} the maximum of {say_number(most)} {unit} {per}"
    elif most is None and dose.no_max:
        yield f"no maximum: {dose.no_max}"
    elif most is None:
        yield "the card gives no maximum"


def _say_rate(dose: Dose, low: Fraction, high: Fraction, unit: str) -> Iterator[str]:
    """Say a volume that is given over a stated time as a rate."""
    found = OVER.search(dose.duration)
    if found and UNITS[plain_unit(unit)].dimension == "volume":
        hours = Fraction(found["time"]) / (MINUTES if found["unit"] == "minutes" else 1)
        yield f"{say_range(low / hours, high / hours)} {unit} per hour"
