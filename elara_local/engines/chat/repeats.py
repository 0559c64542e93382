"""Whether two sentences say the same: nearly the same words, or the same dose in other words.

What is covered: sentences with equal numbers and mostly the same words; two that give the same
medicines in the same amounts, as often, to the same people, where one holds all that the other
does: "200 mg once daily" is not part of "200 mg on day 1, then 100 mg once daily". What is not
covered: doses told per day in one and per dose in the other, a sentence with a prohibition in
it. Two ceilings that differ are never one. Whether both are for the same indication is for the
caller. It knows sentences and no question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from elara_local.grounding.items import Item, fold
from elara_local.grounding.quantities import Quantity
from elara_local.grounding.sentences import parse
from elara_local.regimens import AMOUNT, ONCE
from elara_local.text import words

SAME = 0.6  # share of common words from which two sentences with equal numbers are one
HARD = "prohibition"
ORGANS = re.compile(r"\b(?:egfr|creatinine|kidney|liver)\b")
SPECIAL = frozenset({"newborn", "young infant", "preterm", "pregnancy", "breastfeeding"})
NEVER = Fraction(10**9)


Dosed = tuple[object, object]  # an amount of a medicine, and how often it is given or None


@dataclass(frozen=True)
class Facts:
    """The facts of a dose sentence, as sets; `reach` maps "mass" and "time" to whom it is for."""

    drugs: frozenset[object]
    doses: frozenset[Dosed]
    ceilings: frozenset[object]
    routes: frozenset[object]
    durations: frozenset[object]
    groups: frozenset[object]
    reach: tuple[tuple[str, Fraction, Fraction], ...]
    narrow: frozenset[str]  # for whom alone it is: weak kidneys, pregnancy, newborns
    hard: bool


def is_repeat(text: str, other: str) -> bool:
    """True when two sentences hold the same numbers and mostly the same words."""
    left, right = words(text), words(other)
    if [w for w in sorted(left) if w[0].isdigit()] != [w for w in sorted(right) if w[0].isdigit()]:
        return False
    ours, theirs = set(left), set(right)
    return len(ours & theirs) >= SAME * len(ours | theirs)


def is_same_dose(text: str, other: str) -> bool:
    """True when two sentences give one dose, or one of them a part of the other's."""
    one, two = read_facts(text), read_facts(other)
    if one.hard or two.hard or not (one.doses and two.doses and one.drugs and two.drugs):
        return False
    if not (_is_within(one, two) or _is_within(two, one)) or one.narrow != two.narrow:
        return False
    if one.routes and two.routes and not one.routes & two.routes:
        return False
    if one.groups and two.groups and not one.groups & two.groups:
        return False
    if not (one.durations <= two.durations or two.durations <= one.durations):
        return False
    return all(_cross(mine, theirs) for mine in one.reach for theirs in two.reach)


def holds_all(text: str, other: str) -> bool:
    """True when the first of two sentences with one dose holds every fact of the second."""
    one, two = read_facts(text), read_facts(other)
    kinds = ("drugs", "ceilings", "routes", "durations")
    return _is_given(two.doses, one.doses) and all(
        getattr(two, kind) <= getattr(one, kind) for kind in kinds
    )


def adds_dose(text: str, others: Sequence[str]) -> bool:
    """True when a sentence gives an amount, or a maximum, that none of these sentences gives."""
    known, facts = [read_facts(other) for other in others], read_facts(text)
    given = frozenset(dose for other in known for dose in other.doses)
    most = frozenset(ceiling for other in known for ceiling in other.ceilings)
    return not (_is_given(facts.doses, given) and facts.ceilings <= most)


def _is_within(one: Facts, two: Facts) -> bool:
    """True when what one gives, how often and at most, stands in the other as well."""
    return (
        one.drugs <= two.drugs
        and _is_given(one.doses, two.doses)
        and (one.ceilings <= two.ceilings or not two.ceilings)
    )


def _is_given(doses: frozenset[Dosed], others: frozenset[Dosed]) -> bool:
    """True when each amount is among the others, as often or where nothing is said of that."""
    amounts = {amount for amount, _ in others}
    return all(d in others or (d[1] is None and d[0] in amounts) for d in doses)


def _cross(mine: tuple[str, Fraction, Fraction], theirs: tuple[str, Fraction, Fraction]) -> bool:
    """True when two ages or two weights have more in common than where one ends."""
    return mine[0] != theirs[0] or (mine[1] < theirs[2] and theirs[1] < mine[2])


@lru_cache(maxsize=2048)
def read_facts(text: str) -> Facts:
    """Read the facts of one sentence."""
    whole = parse(text).whole
    once = "once" if ONCE.search(fold(text)) and not whole.values("frequency") else None
    told = [q for q in whole.quantities if q.is_dose]
    timed = [q for q in whole.quantities if q.role and not q.is_limit]
    return Facts(
        whole.values("drug"),
        _doses(parse(text).items, once),
        frozenset((q.dimension, q.high) for q in told if q.is_maximum),
        whole.values("route"),
        frozenset((q.role, q.low, q.high) for q in timed),
        whole.values("population"),
        _reach([q for q in whole.quantities if q.is_limit]),
        _narrow(text, whole.values("population")),
        any(cue.family == HARD for cue in whole.cues),
    )


def _doses(items: Sequence[Item], otherwise: object) -> frozenset[Dosed]:
    """Return each amount with its medicine, the last one named, and with how often it is given.

    How often is what is said behind an amount and before the next one, else `otherwise`.
    """
    drug = next((str(item.value) for item in items if item.kind == "drug"), "")
    found: list[tuple[object, object]] = []
    for item in items:
        if item.kind == "drug":
            drug = str(item.value)
        elif item.kind == "frequency" and found and found[-1][1] is None:
            found[-1] = (found[-1][0], item.value)
        elif isinstance(item.value, Quantity) and item.value.is_dose and not item.value.is_maximum:
            q = item.value
            found.append(((drug, q.dimension, q.low, q.high, q.basis), None))
    return frozenset((amount, often or otherwise) for amount, often in found)


def _narrow(text: str, groups: frozenset[object]) -> frozenset[str]:
    """Return for whom alone a dose is said to be, by what stands before its first amount."""
    told = fold(text)
    amount = AMOUNT.search(told)
    organs = ORGANS.findall(told[: amount.start()] if amount else told)
    return frozenset(organs) | {str(group) for group in groups if group in SPECIAL}


def _reach(limits: list[Quantity]) -> tuple[tuple[str, Fraction, Fraction], ...]:
    """From where to where ages and weights go; two of a kind are from and below."""
    found = []
    for dimension in sorted({q.dimension for q in limits}):
        same = [q for q in limits if q.dimension == dimension]
        low = min(Fraction(0) if q.comparator in ("<", "<=") else q.low for q in same)
        if len(same) > 1:
            low = min(q.low for q in same)
        open_above = len(same) == 1 and same[0].comparator not in ("<", "<=")
        high = NEVER if open_above and same[0].low == same[0].high else max(q.high for q in same)
        found.append((dimension, low, high))
    return tuple(found)
