"""Do a claim and its source say yes, no, must, may and only if in the same places?

What is covered: a negation or prohibition lost, added or moved; "may" made "must" and the
other way round; unless, except, only, until and hedging words (rarely, usually, most) lost;
a condition lost. What is not covered: a condition told in quite other words counts as lost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from elara_local.grounding.negation import EITHER, MAY, MUST, SHOULD, Cue
from elara_local.grounding.sentences import Clause
from elara_local.grounding.wording import read_wording

EXACT_CONDITIONS = ("unless", "except", "only", "until")
STATED = re.compile(
    r"(?<!if )(?<!when )(?<!where )(?<!unless )(?<!until )"
    r"\b(?:there (?:is|are)"
    r"|the (?:patient|person|child|woman|adult|newborn|infant|baby) (?:has|is)) (?!no\b|not\b)",
    re.IGNORECASE,
)
ABLE = frozenset({"can", "could"})
COVERED_ENOUGH = 0.6  # share of the words of a condition that a claim must keep


def polarity_faults(claim: Clause, drawn: Sequence[Clause]) -> list[str]:
    """What differs in negation and modality between a clause and those it rests on."""
    return [*_negation_faults(claim, drawn), *_modality_faults(claim, drawn)]


def _negation_faults(claim: Clause, drawn: Sequence[Clause]) -> list[str]:
    prohibited = {bool(_prohibitions(clause)) for clause in drawn}
    if len(prohibited) > 1:
        return ["negation: the source forbids one part of this and not the other"]
    ours, theirs = _prohibitions(claim), [s for c in drawn for s in _prohibitions(c)]
    fewer = len(ours) < len(theirs)
    if bool(ours) != bool(theirs) or len(ours) > len(theirs) or fewer:
        return ["negation: one says not to do it, the other does not"]
    if ours and EITHER not in (*ours, *theirs) and max(ours) != max(theirs):
        return ["modality: 'avoid' is not the same as 'never'"]
    if Counter(_negated(claim)) != Counter(n for clause in drawn for n in _negated(clause)):
        return ["negation: 'not' or 'without' is lost, added or moved to another word"]
    return []


def _prohibitions(clause: Clause) -> list[int]:
    return [cue.strength for cue in clause.cues if cue.family == "prohibition"]


def _negated(clause: Clause) -> list[tuple[str, object]]:
    kinds = {"cannot": "cannot", "may not": "may not"}
    return [
        (kinds.get(cue.label, "not"), head)
        for cue, head in clause.cues_with_heads
        if cue.family == "negation"
    ]


def _modality_faults(claim: Clause, drawn: Sequence[Clause]) -> list[str]:
    ours, each = _modality(claim), [_modality(clause) for clause in drawn]
    theirs = sum(each, Counter[int]())
    if len({bool(levels[MAY]) for levels in each}) > 1:
        return ["modality: the source says 'may' of one part and not of the other"]
    if ours[MAY] != theirs[MAY]:
        return ["modality: 'may' is not the same as 'should' or 'must'"]
    if ours[MUST] > theirs[MUST] or (ours[SHOULD] and theirs[MUST] and not theirs[SHOULD]):
        return ["modality: 'must' is not the same as 'should'"]
    if ours[MAY] and (theirs[SHOULD] > ours[SHOULD] or theirs[MUST] > ours[MUST]):
        return ["modality: 'may' is not the same as 'should' or 'must'"]
    said, told = _levels(claim), sum((_levels(clause) for clause in drawn), Counter[int]())
    if max(said[SHOULD] - told[SHOULD], said[MUST] - told[MUST]) > 0 and said[MAY] < told[MAY]:
        return ["modality: 'may' is not the same as 'should' or 'must'"]
    if _conditional(claim) != sum((_conditional(clause) for clause in drawn), Counter[int]()):
        return ["modality: a condition says 'may', 'should' or 'must' otherwise"]
    advised = theirs[SHOULD] > ours[SHOULD] and not ours[MUST]
    if advised and not {item.value for item in claim.items} & read_wording().orders:
        return ["modality: the source says 'should', the sentence tells it as what is"]
    return []


def _levels(clause: Clause) -> Counter[int]:
    return Counter(cue.strength for cue in clause.cues if cue.family == "modality")


def _modality(clause: Clause) -> Counter[int]:
    """How often it says MUST, SHOULD and MAY outside of its conditions."""
    return Counter(cue.strength for cue, _, inside in _modal_cues(clause) if not inside)


def _conditional(clause: Clause) -> Counter[int]:
    """The same inside of its conditions; "until the child can swallow" permits nothing."""
    found = _modal_cues(clause)
    return Counter(c.strength for c, text, inside in found if inside and text not in ABLE)


def _modal_cues(clause: Clause) -> list[tuple[Cue, str, bool]]:
    """Each cue of modality, its words, and whether it stands in a condition."""
    found: list[tuple[Cue, str, bool]] = []
    inside = False
    for item in clause.items:
        if item.kind == "break" and item.value in (",", ":"):
            inside = False
        if isinstance(item.value, Cue):
            inside = inside or _opens(item.value)
            if item.value.family == "modality":
                found.append((item.value, item.text.casefold(), inside))
    return found


def _opens(cue: Cue) -> bool:
    """True when a subordinate clause begins with the cue, so not for "only"."""
    return cue.family == "condition" and cue.label not in ("only", "except")


def condition_faults(claim: Clause, source: Clause) -> list[str]:
    """Conditions and hedging words lost or added; `source` is all that the claim rests on."""
    faults = []
    ours = Counter(cue.label for cue in claim.cues if cue.family == "condition")
    theirs = Counter(cue.label for cue in source.cues if cue.family == "condition")
    for label in EXACT_CONDITIONS:
        if ours[label] < theirs[label]:
            faults.append(f"condition: the source says '{label}', the sentence leaves it out")
        elif ours[label] > theirs[label]:
            faults.append(f"condition: '{label}' is not in the source")
    if ours["if"] and not theirs["if"] and not source.values("population"):
        faults.append("condition: 'if' or 'when' is not in the source")
    if ours["if"] < theirs["if"]:
        faults.append("condition: the source says 'if' or 'when', the sentence leaves it out")
    if any(_share(words, claim) < COVERED_ENOUGH for words in _conditions(source)):
        faults.append("condition: a condition of the source is left out")
    if lost := _hedges(source) - _hedges(claim):
        faults.append(f"modality: the source says '{min(lost)}', the sentence leaves it out")
    return faults


def statement_faults(claim: str, source: str) -> list[str]:
    """What is told as found ("there is shock") where the source only says "if"."""
    if STATED.search(claim) and not STATED.search(source):
        return ["condition: the sentence tells as found what the source makes a condition"]
    return []


def _hedges(clause: Clause) -> Counter[str]:
    """How often it says each hedging word."""
    hedges = read_wording().qualifiers
    return Counter(str(i.value) for i in clause.items if i.kind == "word" and i.value in hedges)


def _conditions(source: Clause) -> list[frozenset[object]]:
    """The facts and words of each condition: from its cue to the next break or cue."""
    found: list[frozenset[object]] = []
    neutral = read_wording().neutral
    for index, item in enumerate(source.items):
        if not (isinstance(item.value, Cue) and item.value.family == "condition"):
            continue
        words: set[object] = set()
        for after in source.items[index + 1 :]:
            if after.kind == "break" and after.value not in ("and", "or"):
                break
            if after.kind not in ("break", "cue") and after.value not in neutral:
                words.add(after.key)
        found.append(frozenset(words))
    return found


def _share(words: frozenset[object], claim: Clause) -> float:
    kept = {item.key for item in claim.items}
    return len(words & kept) / len(words) if words else 1.0
