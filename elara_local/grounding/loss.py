"""What a claim may not leave out of the clauses that it rests on.

What is covered: for whom (age, weight), the maximum and the route of a dose, the strength of
a solution, narrowing words (severe, suspected), and what a drug is given for or with ("in
dengue", "with asthma"), unless the title says it. Conditions and groups: polarity.py and
alignment.py. What is not covered: a duration or a frequency may be left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from elara_local.grounding.equality import as_strength
from elara_local.grounding.items import Item
from elara_local.grounding.quantities import DOSE, Quantity
from elara_local.grounding.sentences import Clause
from elara_local.grounding.wording import read_wording

OPENING = frozenset("with in for during on at after before".split())
CLOSING = OPENING | frozenset("to into by from of over within as than".split())


def loss_faults(claim: Clause, base: Clause, title_words: frozenset[str]) -> list[str]:
    """What the claim leaves out, in plain words; `base` is all that it rests on."""
    lists = read_wording()
    binding = lists.narrowing | lists.turning
    lost = Counter(_said(base, binding)) - Counter(_said(claim, binding))
    faults = [f"condition: the source says '{word}'" for word in sorted(lost)]
    faults += _lost_quantities(claim, base)
    if "as needed" in base.values("frequency") - claim.values("frequency"):
        faults.append("condition: the source says 'as needed'")
    if any(q.is_dose for q in claim.quantities):
        routes = base.values("route") - claim.values("route")
        faults += [f"route: the source says {route}" for route in sorted(map(str, routes))]
    kept = {item.key for item in claim.items} | {("word", word) for word in title_words}
    for phrase in _phrases(base):
        if not kept & {item.key for item in phrase}:
            words = " ".join(item.text for item in phrase)
            faults.append(f"condition: the source says it of '{words}'")
    return faults


def _said(clause: Clause, words: frozenset[str]) -> list[str]:
    return [str(i.value) for i in clause.items if i.kind == "word" and i.value in words]


def repeat_faults(claim: Clause, source: Clause, supplied: frozenset[str]) -> list[str]:
    """What the claim says more often than the source: then one of them stands for another.

    `supplied` are the words and groups that the title says once more.
    """
    theirs = Counter(_told(source))
    more = [
        key
        for key, count in Counter(_told(claim)).items()
        if 0 < theirs[key] < count - (key[1] in supplied)
    ]
    return [f"{kind}: '{value}' is said more often than in the source" for kind, value in more]


def _told(clause: Clause) -> list[tuple[str, str]]:
    """Facts by what they measure and words, without those that a title may add."""
    neutral = read_wording().neutral
    told = []
    for item in clause.items:
        value = item.value
        if isinstance(value, Quantity):
            told.append(("quantity", _measured(value)))
        elif item.kind in ("route", "frequency", "population") or (
            item.kind == "word" and value not in neutral
        ):
            told.append((item.kind, str(value)))
    return told


def _measured(quantity: Quantity) -> str:
    if strength := as_strength(quantity):
        return str(strength)
    number = f"{quantity.low} to {quantity.high} {quantity.dimension}"
    return f"{quantity.comparator} {number} {sorted(quantity.basis - {DOSE})}"


def _lost_quantities(claim: Clause, base: Clause) -> list[str]:
    faults = []
    ours = {(q.low, q.high, q.dimension) for q in claim.quantities}
    gives_dose = any(q.is_dose for q in claim.quantities)
    for item in base.items:
        quantity = item.value
        if not isinstance(quantity, Quantity):
            continue
        if (quantity.low, quantity.high, quantity.dimension) in ours:
            continue
        if quantity.is_limit:
            faults.append(f"population: the source says '{item.text}'")
        elif quantity.is_maximum and gives_dose:
            faults.append(f"number: the maximum, '{item.text}', is left out")
        elif quantity.dimension == "percent" and base.values("drug"):
            faults.append(f"number: the strength, '{item.text}', is left out")
    return faults


def _phrases(base: Clause) -> Iterator[list[Item]]:
    """The words and groups that each "with", "in" or "for" governs."""
    neutral = read_wording().neutral
    for index, item in enumerate(base.items):
        if item.kind != "word" or item.value not in OPENING:
            continue
        phrase: list[Item] = []
        for after in base.items[index + 1 :]:
            if after.kind in ("break", "cue") or after.value in CLOSING:
                break
            if after.kind == "population" or (after.kind == "word" and after.value not in neutral):
                phrase.append(after)
        if phrase:
            yield phrase
