"""Do the words of a claim stand in the runs in which the source has them?

"Eclampsia or severe pre-eclampsia" holds the same words as "severe eclampsia or pre-eclampsia".
The claim is cut into the longest runs that the source has too; whole phrases may change
places ("for children, zinc 20 mg daily"), single words may not.
What is covered: two words that change places, a word moved to another noun, "or" for "and".
What is not covered: a phrase moved as a whole, which attachment.py and order.py look at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from fractions import Fraction
from itertools import pairwise

from elara_local.grounding.items import FACTS, Item
from elara_local.grounding.quantities import Quantity
from elara_local.grounding.sentences import Clause
from elara_local.grounding.wording import read_wording

LEADING = frozenset("by from in for with after before under on at without".split())
MOST_LOOSE = 1  # of one kind that may stand alone: the subject of a sentence turned round


def arrangement_faults(claim: Clause, source: Clause) -> list[str]:
    """Words that stand with other words than in the source, in plain words."""
    narrowing = read_wording().narrowing
    opening = {_key(item) for clause in (claim, source) for item in _told(clause)[:1]}
    runs = _runs(claim, source)
    alone = [run[0] for run in runs if len(run) == 1]
    drugs = source.values("drug") & claim.values("drug")
    inside = [run[0] for run in runs[1:-1] if len(run) == 1 and run[0].kind == "drug"]
    subject = len(inside) == 1 and _key(inside[0]) == _key(_told(source)[0])  # "X for gout: 5 mg"
    inside = inside if len(drugs) > 1 and not subject else []
    turned = [i for i in alone if _key(i) in opening and _is_order(i)][:MOST_LOOSE]
    moved = _moved_phrases(claim, source)
    loose = [i for i in alone if i not in turned and _key(i) not in moved]
    many = Counter(i.kind for i in loose)
    verbs = [i for i in alone if i.value in read_wording().orders][MOST_LOOSE:]
    for item in [*loose, *verbs]:
        bound = item.value in narrowing or item in verbs or item in inside
        if bound or many[item.kind] > MOST_LOOSE:
            return [f"order: '{item.text}' stands with other words in the source"]
    return _joint_faults(claim, source) or _step_faults(claim, source)


def _moved_phrases(claim: Clause, source: Clause) -> set[Hashable]:
    """What may move: "by weight" as a whole, "slowly", "bone loss" for "loss of bone"."""
    ours, theirs = _led(claim), _led(source)
    uses = Counter(opening for opening, _ in theirs)
    phrases = {key for opening, key in ours & theirs if opening in LEADING and uses[opening] == 1}
    adverbs = {_key(i) for i in _told(claim) if i.text.casefold().endswith("ly")}
    narrowing = read_wording().narrowing | read_wording().qualifiers
    moved = phrases | adverbs | _compounds(claim, source)
    named = {_key(i) for i in claim.items if i.kind == "drug"}
    return moved - named - {("word", w) for w in narrowing}


def _led(clause: Clause) -> set[tuple[Hashable, Hashable]]:
    """Every fact and word with the preposition right before it."""
    return {(a.value, _key(b)) for a, b in pairwise(clause.items) if a.kind == "word"}


def _compounds(claim: Clause, source: Clause) -> set[Hashable]:
    """The words of "bone loss" for "loss of bone", "starting treatment" for "treatment start"."""
    found: set[Hashable] = set()
    for one, two in ((claim, source), (source, claim)):
        close = {(_key(a), _key(b)) for a, b in pairwise(one.items)}
        for a, link, b in zip(two.items, two.items[1:], two.items[2:], strict=False):
            if link.value == "of" and (_key(b), _key(a)) in close:
                found |= {_key(a), _key(b)}
    theirs = {(_key(a), _key(b)) for a, b in pairwise(source.items)}
    for a, b in pairwise(claim.items):
        words = a.kind == b.kind == "word"
        if words and a.text.casefold().endswith("ing") and (_key(b), _key(a)) in theirs:
            found |= {_key(a), _key(b)}
    return found


def _is_order(item: Item) -> bool:
    """True for a verb that may open a sentence or end it: "cover X" is "X is covered"."""
    return item.value in read_wording().orders or item.text.casefold().endswith(("ed", "en"))


def _joint_faults(claim: Clause, source: Clause) -> list[str]:
    """An "or" lost or added; `source` is all that the claim rests on.

    A comma may become "or" in a list of amounts ("200 mg, 400 mg") or of what not to do, of
    which each part is forbidden; there "and" may stand for "or" too, elsewhere never.
    """
    ours, theirs = (_joints(c) for c in (claim, source))
    if bool(ours["or"]) == bool(theirs["or"]) and not _crossed(ours, theirs):
        return []
    strengths = all(pair in theirs[","] and _are_amounts(pair) for pair in ours["or"])
    if not theirs["or"] and not theirs["and"] and strengths:
        return []
    forbidden = all(any(cue.family == "prohibition" for cue in c.cues) for c in (claim, source))
    if forbidden and not (bool(ours["or"]) and bool(theirs["and"])):
        return []
    return ["order: 'or' is not where the source says it"]


def _are_amounts(pair: tuple[Hashable, Hashable]) -> bool:
    return all(isinstance(key, tuple) and isinstance(key[0], Fraction) for key in pair)


def _joints(clause: Clause) -> dict[str, set[tuple[Hashable, Hashable]]]:
    """For "or", "and" and "," the pairs of facts or words that each stands between."""
    neutral = read_wording().neutral
    found: dict[str, set[tuple[Hashable, Hashable]]] = {"or": set(), "and": set(), ",": set()}
    before: Item | None = None
    joint = ""
    for item in clause.items:
        if item.kind == "break":
            joint = str(item.value) if item.value in ("or", "and") else joint or str(item.value)
        elif item.kind in FACTS or (item.kind == "word" and item.value not in neutral):
            if before is not None and joint in found:
                found[joint].add((_key(before), _key(item)))
            before, joint = item, ""
    return found


def _crossed(
    ours: dict[str, set[tuple[Hashable, Hashable]]],
    theirs: dict[str, set[tuple[Hashable, Hashable]]],
) -> bool:
    """True where one says "or" between two things and the other "and"."""
    pairs = ((ours["or"], theirs["and"]), (ours["and"], theirs["or"]))
    return any(one & (two | {(b, a) for a, b in two}) for one, two in pairs)


def _step_faults(claim: Clause, source: Clause) -> list[str]:
    """Amounts of a course ("then", "first") in another order than the source gives them."""
    words = {item.value for item in source.items}
    if not words & {"then", "first"}:
        return []
    steps = [_key(item) for item in source.items if item.kind == "quantity"]
    place = 0
    for item in claim.items:
        if item.kind == "quantity" and _key(item) in steps:
            if _key(item) not in steps[place:]:
                return [f"order: '{item.text}' is not at its place among the steps"]
            place += steps[place:].index(_key(item)) + 1
    return []


def _runs(claim: Clause, source: Clause) -> list[list[Item]]:
    """The claim in the longest stretches that the source holds in the same order."""
    ours, theirs = _told(claim), _told(source)
    shared = {_key(i) for i in ours} & {_key(i) for i in theirs}
    ours = [i for i in ours if _key(i) in shared]
    keys = [key for i in theirs if (key := _key(i)) in shared]
    runs: list[list[Item]] = []
    place = 0
    while place < len(ours):
        rest = [_key(i) for i in ours[place:]]
        length = max(_common(rest, keys[n:]) for n in range(len(keys)))
        runs.append(ours[place : place + length])
        place += length
    return runs


def _common(ours: list[Hashable], theirs: list[Hashable]) -> int:
    """How many of the first entries are equal."""
    pairs = enumerate(zip(ours, theirs, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(ours), len(theirs)))


def _told(clause: Clause) -> list[Item]:
    neutral = read_wording().neutral
    return [
        i for i in clause.items if i.kind in FACTS or (i.kind == "word" and i.value not in neutral)
    ]


def _key(item: Item) -> Hashable:
    value = item.value
    if isinstance(value, Quantity):
        return value.low, value.high, value.dimension
    return item.key
