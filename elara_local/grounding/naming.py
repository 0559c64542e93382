"""By which class a fault is named, so that a reader knows at once what to compare.

The classes: citation, quotation, number, unit, basis, frequency, duration, route, range,
comparator, drug, population, negation, modality, condition, order, content. A reason begins
with one of them and a colon. This module only names what others have found; it refuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from elara_local.grounding.items import Item
from elara_local.grounding.populations import populations_in
from elara_local.grounding.quantities import Quantity
from elara_local.grounding.wording import plain_form, read_wording

_WORDS = {
    "frequency": "urgently immediately stat once twice regular regularly nightly hourly repeat "
    "day daily week weekly month monthly year yearly annual annually night bedtime morning every",
    "duration": "after before within during until since ago first last early late long short",
    "comparator": "more less above below over under up least most maximum minimum exceed fewer "
    "greater higher lower older younger longer shorter exactly least",
    "population": "old young elderly mother father maternal paternal birth term",
    "condition": "even because provided",
    "modality": "will certain certainly consider optional permit allow require mandatory always "
    "sometimes may recommend",
    "route": "mouth injection inject infusion infuse swallow vein muscle skin drip tablet",
}
LAST = ("order", "content")  # said after what is exact
MOST = 5  # reasons of one verdict
DIGITS = re.compile(r"\d[\d.,]*")


@lru_cache(maxsize=1)
def _classes() -> dict[str, str]:
    named = {plain_form(w): name for name, listed in _WORDS.items() for w in listed.split()}
    return named | dict.fromkeys(read_wording().qualifiers, "modality")


def class_of_word(word: object, otherwise: str = "content") -> str:
    """The class by which a word in plain form is named where it is lost or added."""
    return _classes().get(str(word), otherwise)


def class_of_item(item: Item, otherwise: str = "content") -> str:
    """The class by which a fact or word is named where it is lost, added or misplaced."""
    value = item.value
    if isinstance(value, Quantity):
        return class_of_quantity(value)
    if item.kind == "word":
        return class_of_word(value, otherwise)
    return {"schedule": "frequency", "break": "order", "cue": "condition"}.get(item.kind, item.kind)


def class_of_quantity(quantity: Quantity) -> str:
    """The class of a number that stands nowhere in the source."""
    if quantity.role == "age":
        return "population"
    if quantity.dimension == "time" and not quantity.basis:
        return "duration"
    return "number"


def class_of_difference(ours: Item, theirs: Sequence[Item]) -> str:
    """The class in which a number differs from the nearest of the source's."""
    quantity = ours.value
    if not isinstance(quantity, Quantity):
        return class_of_item(ours)
    others = [(i, i.value) for i in theirs if isinstance(i.value, Quantity)]
    equal = [q for _, q in others if _measure(q) == _measure(quantity)]
    if equal:
        return min((_differences(quantity, q) for q in equal), key=len, default=[""])[0]
    digits = DIGITS.findall(ours.text)
    if any(DIGITS.findall(i.text) == digits for i, _ in others):
        return "unit"
    ends = {q.low for _, q in others} | {q.high for _, q in others}
    ranged = quantity.low != quantity.high or any(q.low != q.high for _, q in others)
    if ranged and {quantity.low, quantity.high} & ends:
        return "range"
    return class_of_quantity(quantity) if quantity.role != "age" else "number"


def _measure(quantity: Quantity) -> tuple[object, ...]:
    return quantity.low, quantity.high, quantity.dimension


def _differences(one: Quantity, other: Quantity) -> list[str]:
    """In what two equal numbers differ, the most telling first; never empty."""
    found = []
    if one.comparator != other.comparator:
        found.append("comparator")
    if one.basis != other.basis:
        found.append("basis")
    if one.role != other.role:
        found.append("population" if "age" in (one.role, other.role) else "duration")
    if one.noun != other.noun:
        groups = populations_in(f"{one.noun} {other.noun}")
        found.append("population" if groups else "content")
    return found or ["number"]


def ordered(reasons: Iterable[str]) -> list[str]:
    """The reasons with what is exact first, one of each class before a second of any."""
    distinct = list(dict.fromkeys(reasons))
    seen: dict[str, int] = {}
    places = []
    for reason in distinct:
        name = reason.partition(":")[0]
        seen[name] = seen.get(name, 0) + 1
        places.append((seen[name], name in LAST, reason))
    return [reason for _, _, reason in sorted(places, key=lambda p: p[:2])][:MOST]
