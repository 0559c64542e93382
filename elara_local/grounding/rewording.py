"""One wording for what is said in many: the claim and the source are both put into it first.

What is covered: the phrases of content/wording.toml ("rule out" is "exclude", "at once" is
"urgently"), and the turns below ("a woman who is breastfeeding", "there is no antidote to X",
"aged 6 months"). Both sides go through the same changes, so that what differed in a number, a
drug, a negation or a group still differs. What is not covered: any other phrase, which must
then stand in the source; this module compares nothing and refuses nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from elara_local.grounding.wording import read_wording

_PEOPLE = (
    r"(wom[ae]n|adults?|patients?|mothers?|persons?|people|girls?|child(?:ren)?|infants?|newborns?)"
)
_LIMIT = r"(?:up to(?: a maximum of)?|max(?:imum)?|at most|no more than|not more than)"
_MEASURE = r"(?:(?:at least|over|under|above|below|between|up to|more than|less than|from) )*\d"
_CLAUSE = r"(?:an? |the |they |it |this |most |many )?[\w -]+? (?:is|are|can|may|will)\b"
_SUBJECT = r"(?:an?(?! day| week| month| year| night)|the|it|they|he|she|\w+ (?:is|are|has|have))"
_UNIT = r"(?:mg|g|mL|micrograms|units)(?:/kg)?"
_FORM = r"([a-z][\w -]*?)(?:,|:| of)"
_DOSE = rf"\d[\d., to-]*{_UNIT}"
_PLAINLY = "(?<!not )(?<!no )(?<!may )(?<!the )(?<!in )"  # no negation, no "the need"
_NOT_NAMED = "by|to|from|in|with|until|every|about|and|or|as|slowly"
# Turns of a sentence that say the same, each as (what is read, what it becomes).
TURNS: tuple[tuple[str, str], ...] = (
    (rf"\b{_PEOPLE}['’]s?(?=\s)", r"\1"),
    (rf"\b{_PEOPLE} who (?:is|are) not pregnant\b", r"non-pregnant \1"),
    (rf"\b{_PEOPLE} who (?:is|are) pregnant\b", r"pregnant \1"),
    (rf"\b{_PEOPLE} who (?:is |are )?breast-?feed(?:s|ing)?\b", r"breastfeeding \1"),
    (r"\bthere is no ((?:specific )?antidote) (?:for|to|of|against) ([^;:,.]+)", r"\2 has no \1"),
    (r"\bno ((?:specific )?antidote) (?:for|to|of|against) ([^;:,.]+) exists\b", r"\2 has no \1"),
    (rf"\b(?:aged|weighing|who weighs?) (?={_MEASURE})", ""),
    (rf"({_LIMIT} \d[\d.,]* ?{_UNIT}) (?:daily|a day|each day|every day)\b", r"\1 per day"),
    (r"\bbloody (stools?|urine|vomit|sputum)\b", r"blood in the \1"),
    (rf"\b(?:elevated|raised) (?!(?:{_NOT_NAMED})\b)", "high "),
    (r"\brul(?:e|es|ed|ing) (it|them|this|that) out\b", r"exclude \1"),
    (rf", (?:since|as) (?={_CLAUSE})", ", because "),
    (r"(?:, so|,? and so) (?!that\b)", ": "),
    (r"\bduring (?!\d)", "in "),
    (r"\b(?:if|when|where) ([\w -]+?) is suspected\b", r"for suspected \1"),
    (r"\b(?:if|when) there (?:is|are) (?:an? )?(?!no\b)", "with "),
    (r"\b(?:if|when) (?:the|a) (?:patient|person) has (?:an? )?(?!no\b)", "with "),
    (
        rf"\b(?:comes|come|(?:is|are) (?:available|supplied)) as (?:an? )?{_FORM} (?=(?:as )?\d)",
        r"\1 contains ",
    ),
    (rf"\ba single ((?:oral|IV|IM) )?dose of ([\w -]+?) ({_DOSE})", r"\2 \3 \1once"),
    (r"(?<!,) while (?=the |it |they |he |she |an? |being )", " as "),
    (rf"(?<!at )\bonce (?={_SUBJECT} )", "when "),
    (r"\bone (?=(?:\w+ )?(?:dose|bolus|injection|tablet|infusion)\b)", "a single "),
    (
        rf"{_PLAINLY}\b(?:needs?|requires?) (?!(?:to|for|of|not)\b)",
        "receives ",
    ),
    (r"\bto prevent\b", "for prevention of"),
    (r"\b(is|are) ((?:often |usually |rarely |sometimes )?)needed\b", r"\1 \2given"),
    (r"\b(often|usually|rarely|sometimes) needs?\b", r"\1 receive"),
    (r"\b(who|which|that) (?:has|have|had) (?!been\b|to\b|not\b|no\b)", "with "),
    (r"\bwhose (\w+) (?:has|have|had) ", r"of \1 with "),
)
_TURNS = tuple((re.compile(read, re.IGNORECASE), put) for read, put in TURNS)


@lru_cache(maxsize=4096)
def reworded(text: str) -> str:
    """The text in the wording by which two sentences are compared; not for showing."""
    for read, put in _TURNS:
        text = read.sub(put, text)
    pattern, canonical = _phrases()
    return pattern.sub(lambda found: canonical[" ".join(found.group().casefold().split())], text)


@lru_cache(maxsize=1)
def _phrases() -> tuple[re.Pattern[str], dict[str, str]]:
    """Every phrase in one pattern, longest first, and what each becomes."""
    canonical = read_wording().phrases
    longest = sorted(canonical, key=lambda phrase: (-len(phrase), phrase))
    words = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in longest)
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE), canonical
