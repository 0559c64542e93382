"""What a claim may not leave out of the clauses that it rests on.

What is covered: every word, number, drug, route, frequency and duration of these clauses
("once", "for 5 days", "slowly", and the disease, even where the title names it); a maximum in
another clause of the sentence; a step between two others; a condition that is a clause of its
own ("; if not given before"). Other conditions and groups: polarity.py and alignment.py.
What is not covered: any other whole clause after ";", "but" or ", and give" may be left out, and
so may a maximum that stands in the next sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from elara_local.grounding.equality import as_strength
from elara_local.grounding.items import Item
from elara_local.grounding.naming import class_of_difference, class_of_item, class_of_word
from elara_local.grounding.negation import Cue
from elara_local.grounding.quantities import DOSE, Quantity
from elara_local.grounding.sentences import Clause, Parsed
from elara_local.grounding.wording import plain_form, read_wording

OPENING = frozenset("with in for during on at after before".split())
COVERED = frozenset({"quantity", "frequency", "schedule", "route", "drug"})
MAY_NOT = frozenset({"each", "both"})
MAY_GO = frozenset({"age", "drug", "first-line"})
PRONOUNS = frozenset("it its they them their this these".split())
WORDS_OF_A_PRONOUN = 2  # that it may stand for, where the claim has said them
CLOSING = OPENING | frozenset("to into by from of over within as than".split())


def loss_faults(claim: Clause, base: Clause, title_words: frozenset[str]) -> list[str]:
    """What the claim leaves out, in plain words; `base` is all that it rests on."""
    lists = read_wording()
    binding = lists.narrowing | lists.turning
    lost = Counter(_said(base, binding)) - Counter(_said(claim, binding))
    faults = [f"{class_of_word(w, 'condition')}: the source says '{w}'" for w in sorted(lost)]
    faults += _lost_quantities(claim, base)
    faults += _lost_content(claim, base)
    for word in Counter(_said(claim, MAY_NOT)) - Counter(_said(base, MAY_NOT)):
        faults.append(f"content: '{word}' is not in the source sentence")
    if "as needed" in base.values("frequency") - claim.values("frequency"):
        faults.append("frequency: the source says 'as needed'")
    if any(q.is_dose for q in claim.quantities):
        routes = base.values("route") - claim.values("route")
        faults += [f"route: the source says {route}" for route in sorted(map(str, routes))]
    kept = {item.key for item in claim.items} | {("word", word) for word in title_words}
    for phrase in _phrases(base):
        if not kept & {item.key for item in phrase}:
            words = " ".join(item.text for item in phrase)
            faults.append(f"condition: the source says it of '{words}'")
    return faults


def rest_faults(claim: Clause, base: Clause, source: Parsed, kept: Sequence[bool]) -> list[str]:
    """What the clauses that the claim does not draw on still say of it.

    `kept` says of each clause of the source whether the claim draws on it.
    """
    if not base.items:
        return ["content: it says nothing that could be found in the source"]
    faults = []
    if _counts(claim, "because") > _counts(source.whole, "because"):
        faults.append("content: 'because' is not in the source sentence")
    for n, clause in enumerate(source.clauses):
        before, after = any(kept[:n]), any(kept[n + 1 :])
        if not kept[n] and before and after:
            faults.append("content: a step between two others is left out")
        if kept[n] and n and not kept[n - 1] and _goes_on(clause):
            faults.append(f"order: the source says what comes before '{clause.items[0].text}'")
        if not kept[n] and _is_bare_condition(clause):
            faults.append("condition: a condition of the source is left out")
        if not kept[n] and any(q.is_dose for q in claim.quantities):
            faults += _ceilings(clause, claim)
    return faults


def _is_bare_condition(clause: Clause) -> bool:
    """True for "; if not given before", which holds of what stands before it."""
    told = [i for i in clause.items if i.kind != "break"]
    first = told[0].value if told else None
    breaks = any(i.kind == "break" and i.value in (",", ":") for i in clause.items[1:])
    verbs = [i for i in told if not i.text.casefold().endswith(("ed", "en", "ing"))]
    orders = any(i.value in read_wording().orders for i in verbs)
    return isinstance(first, Cue) and first.family == "condition" and not breaks and not orders


def _counts(clause: Clause, joint: str) -> int:
    return sum(item.kind == "break" and item.value == joint for item in clause.items)


def _goes_on(clause: Clause) -> bool:
    """True for a clause that means something only after the one before it."""
    words = [i.value for i in clause.items if i.kind == "word" or i.value in ("then", "because")]
    first = clause.items[0].value if clause.items else ""
    return first == ":" or words[:1] in (["then"], ["because"], ["repeat"])


def _ceilings(clause: Clause, claim: Clause) -> list[str]:
    """The maxima that a clause sets for what the claim gives."""
    others = (clause.values("drug") - claim.values("drug")) | (
        clause.values("population") - claim.values("population")
    )
    found = [item for item in clause.items if _is_ceiling(item.value) and not others]
    return [f"number: the maximum, '{item.text}', is left out" for item in found]


def _is_ceiling(value: object) -> bool:
    return isinstance(value, Quantity) and value.is_dose and value.comparator == "<="


def _lost_content(claim: Clause, base: Clause) -> list[str]:
    """Any word, amount, time or frequency of the clauses drawn on that the claim leaves out."""
    may_go = (read_wording().neutral | {plain_form(w) for w in MAY_GO}) - MAY_NOT
    left = Counter(_exact(item) for item in claim.items)
    said = frozenset(left)
    stands_for = WORDS_OF_A_PRONOUN * sum(i.text.casefold() in PRONOUNS for i in claim.items)
    one_drug = len(base.values("drug")) == 1
    lost = []
    before = None
    for item in (i for i in base.items if i.kind != "break"):
        key = _exact(item)
        told_twice = key == before and item.kind in ("drug", "quantity")  # "1 g/L (0.1 g/dL)"
        before = key
        if left[key] > 0 or told_twice:
            left[key] -= 1
        elif key in said and item.kind == "drug" and one_drug:
            continue  # named again in the source, and it can be no other
        elif key in said and item.kind == "word" and stands_for:
            stands_for -= 1
        elif item.kind in COVERED or (item.kind == "word" and item.value not in may_go):
            lost.append(f"{class_of_item(item)}: the source says '{item.text}'")
    return [f"{fault}, the sentence leaves it out" for fault in lost]


def _exact(item: Item) -> tuple[str, object]:
    value = item.value
    if isinstance(value, Quantity):
        strength = as_strength(value)
        return "quantity", strength or (value.low, value.high, value.dimension)
    return item.key


def _said(clause: Clause, words: frozenset[str]) -> list[str]:
    return [str(i.value) for i in clause.items if i.kind == "word" and i.value in words]


def repeat_faults(claim: Clause, source: Clause, supplied: frozenset[str]) -> list[str]:
    """What the claim says more often than the source: then one of them stands for another.

    `supplied` are the words and groups that the title says once more.
    """
    ours, theirs = _told(claim), _told(source)
    more = [
        items[0]
        for key, items in ours.items()
        if 0 < len(theirs.get(key, ())) < len(items) - (key[1] in supplied)
    ]
    more += _drugs_in_place(claim, source)
    left = [items[0] for key, items in theirs.items() if key not in ours]
    return [
        f"{_class_of_repeat(item, left)}: '{item.text}' is said more often than in the source"
        for item in more
    ]


def _drugs_in_place(claim: Clause, source: Clause) -> list[Item]:
    """Medicines said more often than in the source, where another is said less often."""
    ours, theirs = (Counter(i.value for i in c.items if i.kind == "drug") for c in (claim, source))
    more = set(ours - theirs) if theirs - ours else set()
    return [item for item in claim.items if item.kind == "drug" and item.value in more][:1]


def _class_of_repeat(item: Item, left: Sequence[Item]) -> str:
    """The class in which what is said twice differs from what it was said in place of."""
    measured = [i for i in left if _exact(i) == _exact(item)] if item.kind == "quantity" else []
    return class_of_difference(item, measured) if measured else class_of_item(item)


def _told(clause: Clause) -> dict[tuple[str, str], list[Item]]:
    """Facts by what they measure and words, without those that a title may add."""
    neutral = read_wording().neutral
    told: dict[tuple[str, str], list[Item]] = {}
    for item in clause.items:
        value = item.value
        if isinstance(value, Quantity):
            told.setdefault(("quantity", _measured(value)), []).append(item)
        elif item.kind in ("route", "frequency", "population") or (
            item.kind == "word" and value not in neutral
        ):
            told.setdefault((item.kind, str(value)), []).append(item)
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
