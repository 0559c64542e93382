"""How a thing is done, where words that mostly mean the same do not: infuse and give, by and to.

What is covered: "infuse" made "give" or "inject", "apply" made "take"; "by 5 mg" made "to 5 mg";
"only" moved to another word. What is not covered: other verbs of giving.
"""

from __future__ import annotations

import re

from elara_local.grounding.negation import Cue
from elara_local.grounding.sentences import Clause
from elara_local.grounding.wording import read_wording

MANNERS = (
    ("inject", re.compile(r"inject"), False),
    ("infuse", re.compile(r"infus|drip"), True),
    ("apply", re.compile(r"appl(?:y|ie)"), True),
)
LAID_ON = frozenset("topical ophthalmic cream ointment lotion gel paste".split())
DIRECTIONS = frozenset({"by", "to", "from"})


def manner_faults(claim: Clause, base: Clause) -> list[str]:
    """What the claim says of the manner that `base`, all it rests on, does not; in plain words."""
    faults = []
    slow = any(q.role == "over" or "volume" in q.dimension for q in base.quantities)
    for name, words, may_not_go in MANNERS:
        ours, theirs = (_says(words, clause) for clause in (claim, base))
        said = name == "infuse" and slow and not _says_any(base)
        if ours and not theirs and not said and not (name == "apply" and _is_laid_on(base)):
            faults.append(f"route: the source does not say '{name}'")
        if theirs and not ours and may_not_go and not (name == "infuse" and slow):
            faults.append(f"route: the source says '{name}'")
    theirs_to = _directions(base)
    for key, word in _directions(claim).items():
        if theirs_to.get(key, word) != word:
            faults.append(f"number: '{word}' is '{theirs_to[key]}' in the source")
    if any(head not in _only_heads(base) for head in _only_heads(claim)):
        faults.append("condition: 'only' has moved to another word")
    return faults


def _is_laid_on(clause: Clause) -> bool:
    """True for a cream and the like, which can only be applied."""
    return bool(clause.values("route") & LAID_ON) or any(
        i.text.casefold() in LAID_ON for i in clause.items if i.kind == "word"
    )


def _says(words: re.Pattern[str], clause: Clause) -> bool:
    return any(words.match(i.text.casefold()) for i in clause.items if i.kind == "word")


def _says_any(clause: Clause) -> bool:
    return any(_says(words, clause) for _, words, _ in MANNERS)


def _directions(clause: Clause) -> dict[object, str]:
    """What follows each "by", "to" and "from"."""
    pairs = zip(clause.items, clause.items[1:], strict=False)
    return {after.key: str(item.value) for item, after in pairs if item.value in DIRECTIONS}


def _only_heads(clause: Clause) -> set[object]:
    """The word that each "only" falls on; "only give ... if" falls on what follows "if"."""
    heads: set[object] = set()
    told = [i for i in clause.items if i.kind != "break"]
    orders = read_wording().orders | read_wording().neutral
    for index, item in enumerate(told[:-1]):
        if isinstance(item.value, Cue) and item.value.label == "only":
            following = told[index + 1]
            if following.kind == "word" and following.value in read_wording().orders:
                continue
            rest = [i for i in told[index + 1 :] if i.value not in orders and i.kind != "cue"]
            heads |= {rest[0].key} if rest else set()
    return heads
