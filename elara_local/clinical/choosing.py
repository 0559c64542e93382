"""Which doses of a medicine card are for one person and one question; never one of several.

What is covered: bands of age and weight exactly at their limits (from inclusive, below
exclusive), groups in words, creatinine clearance, route, what the dose is for. Where the doses
that are left differ, the one fact that would part them is named and none is chosen.
What is not covered: a condition in whom the dose is for that no question states ("in intensive
care", "with ECG"), weeks of gestation. It knows cards and a body, no index; how near a question
is to what a dose is for is given to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from elara_local.cards import Card, Dose
from elara_local.clinical.amounts import read_amount
from elara_local.clinical.dosing import Body, Fact, Worked, work_out
from elara_local.clinical.renal_dosing import NORMAL, band_of
from elara_local.clinical.weight_limits import MONTH, fits_some_age
from elara_local.grounding.units import UNITS
from elara_local.medicines import routes_in
from elara_local.patient import GROWN, TINY, YOUNG, Patient, fits

DAYS = {"day": Fraction(1), "week": Fraction(7), "month": MONTH, "year": 12 * MONTH}
ADULT, NEWBORN = 18 * DAYS["year"], Fraction(28)  # days; WHO: a newborn is under 28 days
INFANT = 2 * DAYS["year"]
KILOGRAM = Fraction(1000)  # grams, the first unit of mass

PREGNANT = re.compile(
    r"(?<!not )(?<!non-)(?<!not be )\b(?:pregnant|breastfeeding) (?:or|woman|girl|adolescent)"
)

Step = Literal["", "loading", "maintenance"]
FIRST = re.compile(r"\b(?:loading|first|test)\b")
STEPS = re.compile(r"\b(?:loading|maintenance|starting)\b")

Near = Callable[[Dose], tuple[int, int]]  # words asked that it is for, words it is for besides


@dataclass(frozen=True)
class Choice:
    """The doses that are meant; none where `lacks` names what would part those that fit.

    `rivals` are the doses that differ and `among` what they differ in, in words; `fitting` says
    whether any dose of the card is for such a person at all.
    """

    doses: tuple[Dose, ...] = ()
    lacks: Fact = ""
    among: tuple[str, ...] = ()
    rivals: tuple[Dose, ...] = ()
    fitting: bool = True


def choose(
    card: Card,
    patient: Patient,
    body: Body,
    asked: frozenset[str],
    near: Near,
    step: Step = "",
) -> Choice:
    """Return the doses of a card for this person, by these routes, for what is asked about.

    Where the card has what was asked for others alone, what is only like it isn't taken for it:
    rheumatic fever is no fever.
    """
    by_route = [d for d in card.doses if not asked or routes_in(_routes(d)) & asked]
    fitting = _of_step([d for d in by_route if is_for(d, patient, body)], step)
    if not fitting:
        return Choice(fitting=False)
    meant = _prefer_banded(_nearest(fitting, near), body)
    if all(near(d)[1] for d in meant) and any(near(d)[0] and not near(d)[1] for d in by_route):
        among = tuple(dict.fromkeys(d.indication for d in meant))
        return Choice(lacks="indication", among=among, rivals=tuple(meant))
    told: dict[str, set[object]] = {}
    for dose in meant:
        told.setdefault(dose.indication, set()).add((_place(dose), _outcome(dose, body)))
    if any(regimens != told[meant[0].indication] for regimens in told.values()):
        return Choice(lacks="indication", among=tuple(told), rivals=tuple(meant))
    for rivals in _alternatives(meant, body):
        among = tuple(dict.fromkeys(d.who for d in rivals))
        return Choice(lacks=_what_parts(rivals, body), among=among, rivals=tuple(rivals))
    return Choice(tuple(meant))


def is_for(dose: Dose, patient: Patient, body: Body) -> bool:
    """True when nothing that is known of the person excludes the dose."""
    told = replace(  # a band of the card itself is met below, exactly
        patient,
        age_months=None if any(dose.age) else patient.age_months,
        weight_kg=None if any(dose.weight) else patient.weight_kg,
    )
    if not fits(told, dose.who) or not _is_grown_alike(dose, patient):
        return False
    low, high = (limit_of(text) for text in dose.weight)
    if body.weight is not None and not _holds(body.weight, low, high):
        return False
    youngest, oldest = (days_in(text) for text in dose.age)
    band = band_of(dose)
    if band is not None and not (
        band.holds(body.clearance) if body.clearance is not None else band.high is None
    ):
        return False
    return _suits_age(body, patient, youngest, oldest)


def days_in(text: str) -> Fraction | None:
    """Return an age of a card in days: "3 months"; None for an open end."""
    if not text:
        return None
    number, unit = text.split()
    return Fraction(number) * DAYS[unit.removesuffix("s")]


def limit_of(text: str) -> Fraction | None:
    """Return a weight of a card in kg; None for an open end."""
    amount = read_amount(text) if text else None
    return amount.low * UNITS[amount.unit].factor / KILOGRAM if amount else None


def age_in_days(months: float | None) -> Fraction | None:
    """Return the age that a question states, in whole days, weeks or months where it was."""
    if months is None:
        return None
    for unit, in_month in (("day", 30.4), ("week", 52.2 / 12)):
        count = months * in_month
        if months < 12 and months != int(months) and abs(count - round(count)) < 1e-6:
            return round(count) * DAYS[unit]
    return Fraction(str(round(months, 6))) * MONTH


def _holds(value: Fraction, low: Fraction | None, high: Fraction | None) -> bool:
    return (low is None or value >= low) and (high is None or value < high)


def _is_grown_alike(dose: Dose, patient: Patient) -> bool:
    """False for an adult's dose where a child is told, and for pregnancy where none is told."""
    pregnant = PREGNANT.search(dose.who)
    if pregnant and not patient.groups & {"pregnancy", "breastfeeding"}:
        return False
    young, grown = patient.groups & YOUNG, patient.groups & (GROWN | {"man", "woman"})
    if grown and not young and patient.age_months is None:
        return not dose.who.startswith(("child", "infant", "newborn", "young infant", "preterm"))
    return not (young and not grown and dose.who.startswith(("adult", "pregnant", "woman")))


def _suits_age(body: Body, patient: Patient, low: Fraction | None, high: Fraction | None) -> bool:
    """True when an age that the person may have lies in a band."""
    if body.age is not None:
        return _holds(body.age, low, high)
    least, most = _possible_ages(patient)
    if (high is not None and high <= least) or (
        most is not None and low is not None and low >= most
    ):
        return False
    return body.weight is None or fits_some_age(body.weight, low, high)


def _possible_ages(patient: Patient) -> tuple[Fraction, Fraction | None]:
    groups = patient.groups
    if groups & GROWN and not groups & YOUNG:
        return ADULT if "adult" in groups else Fraction(0), None
    if groups & TINY and not groups & {"child", "infant"}:
        return Fraction(0), NEWBORN if "young infant" not in groups else 2 * MONTH
    if "infant" in groups:
        return Fraction(0), INFANT
    return Fraction(0), ADULT if "child" in groups else None


def _routes(dose: Dose) -> str:
    from elara_local.cards import join_routes

    return join_routes(dose.routes)


def step_in(question: str) -> Step:
    """Return the one step of a treatment that a question asks for, "" for none or both."""
    said = set(re.findall(r"\b(loading|maintenance)\b(?! fluid)", question.casefold()))
    return said.pop() if len(said) == 1 else ""


def _of_step(doses: Sequence[Dose], step: Step) -> list[Dose]:
    """Keep the doses of a step; for maintenance, where none says so, what isn't the first."""
    named = [d for d in doses if step in d.step]
    if named or step != "maintenance":
        return named or list(doses)
    return [d for d in doses if not FIRST.search(d.step)] or list(doses)


def _nearest(doses: Sequence[Dose], near: Near) -> list[Dose]:
    """Keep what is for most of what was asked; of these what is for nothing else, if any is."""
    scores = {id(d): near(d) for d in doses}
    most = max(held for held, _ in scores.values())
    if not most:
        return list(doses)
    best = [d for d in doses if scores[id(d)][0] == most]
    exact = [d for d in best if not scores[id(d)][1]]
    return exact or best


def _prefer_banded(doses: Sequence[Dose], body: Body) -> list[Dose]:
    """Where the clearance is low, a dose for it stands in place of those that name none."""
    if body.clearance is None or body.clearance >= NORMAL:
        return list(doses)
    banded = {d.indication for d in doses if band_of(d) is not None}
    return [d for d in doses if d.indication not in banded or band_of(d) is not None]


def _outcome(dose: Dose, body: Body) -> tuple[object, ...]:
    """Return what the person would get: two bands that come to the same are no two doses."""
    worked = work_out(dose, body)
    if isinstance(worked, Worked):
        return worked.low, worked.high, worked.unit, worked.per, worked.day, dose.frequency
    return dose.amount, dose.apply, dose.frequency, dose.max_dose, dose.max_day


def _place(dose: Dose) -> tuple[object, ...]:
    """Return what two doses share that would stand in one another's place."""
    named = STEPS.search(dose.step)  # "maintenance dose from 6 hours later," is one too
    return named[0] if named else dose.step, frozenset(dose.routes), dose.form


def _alternatives(doses: Sequence[Dose], body: Body) -> list[list[Dose]]:
    """Return the doses that would stand in one another's place, where they differ."""
    places: dict[tuple[object, ...], list[Dose]] = {}
    for dose in doses:
        places.setdefault(_place(dose), []).append(dose)
    return [found for found in places.values() if len({_outcome(d, body) for d in found}) > 1]


def _what_parts(rivals: Sequence[Dose], body: Body) -> Fact:
    """Return the fact by which these doses differ: an unknown age or weight, else for whom."""
    parted: Mapping[Fact, tuple[bool, set[object]]] = {
        "weight": (body.weight is None, {d.weight for d in rivals}),
        "age": (body.age is None, {d.age for d in rivals}),
        "kidney": (body.clearance is None, {band_of(d) for d in rivals}),
    }
    for fact, (unknown, bands) in parted.items():
        if unknown and len(bands) > 1:
            return fact
    return "group"
