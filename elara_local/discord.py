"""Two passages that give different doses of one medicine for the same patient.

A reader is then shown both, dated. What is covered: the same medicine, strength, route, group,
age and weight where they are told, the same condition, and amounts that can be compared: mg/kg
with mg/kg, the total of a day where both tell how often, else a dose with a dose; amounts that
overlap are no discord. A ceiling is compared where the dose per kg below it is the same, whatever
the condition.
What is not covered: one document against itself; a topic of the handbook against its medicine
cards (a test holds every dose of a topic to be on its card, which says what each is for); doses
in other units of measure (tablets), rates, courses, later doses, contraindications. Silence does
not mean that sources agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Literal

from elara_local.cards import LEAFLET
from elara_local.grounding.wording import plain_form, read_wording
from elara_local.records import Passage
from elara_local.regimens import Range, Regimen, dosed_sentences, read_regimens

# Words that part two conditions where only one has them, in plain form; so do those that narrow.
PARTING = frozenset(
    plain_form(word)
    for word in "prophylaxis prophylactic prevention prevent contact epidemic exposure after "
    "before during without failure alternative allergic relapse vomit".split()
)


@dataclass(frozen=True)
class Discord:
    """Two sentences of two documents that give different doses of a medicine."""

    drug: str
    about: Literal["dose", "maximum"]
    one: Regimen
    other: Regimen


def find_discord(passages: Sequence[Passage]) -> list[Discord]:
    """The discords between passages of different documents, in the order of the passages."""
    wanted = _shared(passages)
    if not wanted:
        return []
    regimens = [regimen for passage in passages for regimen in read_regimens(passage, wanted)]
    return [found for one, other in combinations(regimens, 2) for found in compare(one, other)]


def compare(one: Regimen, other: Regimen) -> Iterator[Discord]:
    """At most one discord between two regimens: of the dose, or else of its ceiling."""
    if one.passage.document == other.passage.document or _are_one_handbook(one, other):
        return
    if not _same_patient(one, other):
        return
    if _same_condition(one, other) and _differ(one, other):
        yield Discord(one.drug, "dose", one, other)
    elif _same_dose(one, other) and _ceilings_differ(one, other):
        yield Discord(one.drug, "maximum", one, other)


def _shared(passages: Sequence[Passage]) -> frozenset[str]:
    """The medicines with an amount in more than one document."""
    documents: dict[str, set[str]] = {}
    for passage in passages:
        for _, _, drugs in dosed_sentences(passage.text):
            for drug in drugs:
                documents.setdefault(drug, set()).add(passage.document)
    return frozenset(drug for drug, found in documents.items() if len(found) > 1)


def _are_one_handbook(one: Regimen, other: Regimen) -> bool:
    """True for a topic and a card, or two cards, of the handbook."""
    passages = (one.passage, other.passage)
    shelves = {p.shelf for p in passages} <= {"", "handbook"}
    return shelves and any(p.document.startswith(LEAFLET) for p in passages)


def _same_patient(one: Regimen, other: Regimen) -> bool:
    """True when medicine, strength, route, group, age and weight do not part them."""
    if (one.drug, one.strength) != (other.drug, other.strength):
        return False
    if one.routes and other.routes and not one.routes & other.routes:
        return False
    if one.groups != other.groups and not one.groups & other.groups:
        return False
    for dimension in ("time", "mass"):
        mine = [reach for name, reach in one.limits if name == dimension]
        theirs = [reach for name, reach in other.limits if name == dimension]
        if len(mine) > 1 or len(theirs) > 1:
            return False  # a table of ages or weights: which goes with which dose is in doubt
        if mine and theirs and mine != theirs and not _cross(mine[0], theirs[0]):
            return False
    return True


def _same_condition(one: Regimen, other: Regimen) -> bool:
    """True when both are for the same, by their own words or by their titles."""
    mine, theirs = one.condition | one.subject, other.condition | other.subject
    narrowing = read_wording().narrowing | PARTING
    if (mine & narrowing) != (theirs & narrowing):
        return False
    shared = (mine & theirs) - narrowing
    return bool(shared) and (one.condition <= theirs or other.condition <= mine)


def _same_dose(one: Regimen, other: Regimen) -> bool:
    """True when both give the same amount per kg as often."""
    mine = {(name, reach) for name, reach, _ in one.doses if name.endswith("per kg")}
    theirs = {(name, reach) for name, reach, _ in other.doses if name.endswith("per kg")}
    return bool(mine) and mine == theirs and one.interval == other.interval


def _differ(one: Regimen, other: Regimen) -> bool:
    """True when some amounts can be compared, and none of these overlap."""
    verdicts = [
        verdict
        for name, reach, daily in one.doses
        for theirs, their_reach, their_daily in other.doses
        if name == theirs
        and (verdict := _apart(one, reach, daily, other, their_reach, their_daily)) is not None
    ]
    return bool(verdicts) and all(verdicts)


def _apart(
    one: Regimen, mine: Range, daily: bool, other: Regimen, theirs: Range, their_daily: bool
) -> bool | None:
    """True when two amounts of a day, or of a dose where neither says how often, differ.

    None where they can't be compared.
    """
    if not daily and not their_daily:
        if (one.interval is None) != (other.interval is None):
            return None
        if one.interval is None:
            return not _overlap(mine, theirs)
    a, b = _per_day(one, mine, daily), _per_day(other, theirs, their_daily)
    return None if a is None or b is None else not _overlap(a, b)


def _per_day(regimen: Regimen, reach: Range, daily: bool) -> Range | None:
    """The amount of a day; of a dose that is given once the dose itself."""
    if daily:
        return reach
    if regimen.interval is None:
        return None
    shortest, longest = regimen.interval
    if not longest:
        return reach
    return reach[0] * Fraction(24) / longest, reach[1] * Fraction(24) / shortest


def _ceilings_differ(one: Regimen, other: Regimen) -> bool:
    verdicts = [
        not _overlap(mine, theirs)
        for name, mine, per in one.ceilings
        for their_name, theirs, their_per in other.ceilings
        if name == their_name and per and their_per and per == their_per
    ]
    return bool(verdicts) and all(verdicts)


def _cross(one: Range, other: Range) -> bool:
    """True when two ages or weights have more in common than where one ends: "under", "from"."""
    return one[0] < other[1] and other[0] < one[1]


def _overlap(one: Range, other: Range) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
