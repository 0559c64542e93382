"""Words whose two sides may not change places: before, after, than, causes, from ... to, if.

What is covered: the facts and words on each side of such a word, with "caused by" read the
other way round. What is not covered: verbs that are not in VERBS, for which only the words
themselves are compared.
"""

from __future__ import annotations

import re
from collections import Counter

from elara_local.grounding.sentences import Parsed
from elara_local.grounding.wording import read_wording

VERBS = (
    "caus follow inhibit increas reduc decreas prevent replac preced worsen improv trigger"
    " precipitat potentiat antagonis block mask mimic predict exceed rais lower enhanc displac"
    " suggest outweigh complicat exacerbat revers weaken strengthen prolong shorten delay accelerat"
    " induc stimulat suppress boost neutralis counteract damag destroy"
).split()
RELATIONS = re.compile(
    rf"\b(?:(?P<verb>{'|'.join(VERBS)})(?:es|s|e|ing|(?P<passive>ed by))?"
    r"|(?P<word>before|after|than|rather than|instead of|leads? to|preferred (?:over|to)"
    r"|superior to|inferior to|then|from|if|when(?:ever)?|unless|until))\b"
)

CONDITIONS = frozenset("if unless until".split())
PAIRED = frozenset({"than", "rather than", "instead of", "from", "then"})  # both sides bind

Side = frozenset[object]


def order_faults(claim: Parsed, source: Parsed) -> list[str]:
    """Relations whose sides stand the other way round in the claim."""
    faults = []
    theirs = _sides(source)
    nearest, nearest_there = _nearest(claim), _nearest(source)
    for name, (left, right) in _sides(claim).items():
        if name not in theirs:
            continue
        first, second = theirs[name]
        changed = (left & second) - first, (right & first) - second
        moved = bool(changed[0]), bool(changed[1])
        same = nearest[name] == nearest_there[name] and name not in PAIRED
        fronted = same and not any(_is_number(key) for key in changed[0] | changed[1])
        if all(moved) or (any(moved) and name not in CONDITIONS and not fronted):
            faults.append(f"order: the two sides of '{name}' have changed places")
    return faults


def _is_number(key: object) -> bool:
    return isinstance(key, tuple) and key[0] in ("quantity", "frequency", "schedule")


def _nearest(sentence: Parsed) -> dict[str, object]:
    """The first fact or word after each relation: "after birth" keeps it wherever it stands."""
    neutral = read_wording().neutral
    text = sentence.text.lower()
    found: dict[str, object] = {}
    for match in RELATIONS.finditer(text):
        following = (
            item.key
            for item in sentence.items
            if item.start >= match.end() and item.kind != "break" and item.value not in neutral
        )
        found[_name(match)] = next(following, None)
    return found


def _sides(sentence: Parsed) -> dict[str, tuple[Side, Side]]:
    """What stands before and after each relation word; a word that stands first turns them."""
    found: dict[str, tuple[Side, Side]] = {}
    text = sentence.text.lower()
    twice = Counter(_name(match) for match in RELATIONS.finditer(text))
    for match in RELATIONS.finditer(text):
        if any(i.start <= match.start() < i.end for i in sentence.items if i.kind == "quantity"):
            continue  # "more than 2 weeks"
        name = _name(match)
        left, right = _keys(sentence, 0, match.start()), _keys(sentence, match.end(), len(text))
        comma = text.find(",", match.end())
        if name in CONDITIONS:
            if twice[name] > 1 or (not left and comma < 0):
                continue  # "if the child vomits repeat the dose": nothing says where it ends
            right = _keys(sentence, match.end(), comma if comma >= 0 else len(text))
        if not left and comma >= 0:
            left = _keys(sentence, comma, len(text))
            right = _keys(sentence, match.end(), comma)
        if name == "from":
            left, right = _from_to(sentence, match.end())
        if name == "then":  # who is treated may stand on either side
            left, right = (_no_groups(side) for side in (left, right))
        found[name] = (right, left) if match.group("passive") else (left, right)
    return found


def _name(match: re.Match[str]) -> str:
    name = match.group("verb") or match.group("word")
    return "if" if name.startswith("when") else name


def _from_to(sentence: Parsed, start: int) -> tuple[Side, Side]:
    text = sentence.text.lower()
    into = re.search(r"\bto\b", text[start:])
    middle = start + into.start() if into else len(text)
    return _keys(sentence, start, middle), _keys(sentence, middle, len(text))


def _no_groups(side: Side) -> Side:
    return frozenset(key for key in side if not (isinstance(key, tuple) and key[0] == "population"))


def _keys(sentence: Parsed, start: int, end: int) -> Side:
    lists = read_wording()
    return frozenset(
        item.key
        for item in sentence.items
        if start <= item.start
        and item.end <= end
        and item.kind not in ("break", "cue")
        and item.value not in lists.neutral
        and item.value not in lists.qualifiers
    )
