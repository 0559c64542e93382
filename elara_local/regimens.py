"""What a sentence says of the dose of a medicine: how much, how often, at most, to whom, for what.

What is covered: amounts that follow a medicine up to the next one, or stand right before it;
per dose and per day by the frequency told; ceilings ("maximum 4 g per day"); route, group, age
and weight; the words that say for what, before the amount.
What is not covered: later doses ("then", "repeat"), rates by the hour, oxygen, sentences with a
negation or that set one dose against another ("instead of"): these give no regimen at all.
This module compares nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from elara_local.grounding.drugs import read_drugs
from elara_local.grounding.items import Item, fold
from elara_local.grounding.populations import populations_in
from elara_local.grounding.quantities import DAY, DOSE, Quantity
from elara_local.grounding.sentences import Parsed, parse
from elara_local.grounding.wording import WORD, plain_form, read_wording
from elara_local.records import Passage
from elara_local.text import sentence_spans

# Words after which a sentence tells of another dose than the first.
LATER = frozenset(
    plain_form(word)
    for word in "then repeat repeated follow followed further additional total load loading "
    "maintenance continue until taper reduce increase double halve another second top".split()
)
# A sentence with one of these sets doses against each other or tells of none to give.
APART = re.compile(
    r"\b(?:instead|rather than|unless|overdose|poisoned|took|taken|ingest\w*|toxic\w*|contain\w*"
    r"|tablet of|vial|ampoule|infusion|per hour|per minute|/h\b|each|comes as)\b"
)
# A line of a medicine card or like one: the medicine, for what and for whom, then the amounts.
HEADED = re.compile(r"[a-z][\w' -]*? (?:\([^)]*\) )?(?:for|in) [^:;.]*:")
# Hours counted from the first dose: how often it is given then is not one number.
SCHEDULE = re.compile(r"\b(?:at|time|hours?) 0\b(?=[^.;]*\bh(?:ours?)?\b)")
ONCE = re.compile(r"\b(?:once(?! (?:daily|weekly|a |every|per|in ))|one dose|single dose|stat)\b")
AMOUNT = re.compile(r"\d\s?(?:mg|g|micrograms?|mcg|µg|ml|units?|iu|mmol|drops)\b")
STOPS = frozenset(";.:")
NO_MEDICINE = frozenset({"oxygen", "water"})
SOLID = frozenset({"mass", "volume", "activity", "amount", "charge"})
KG, NIGHT = "mass 1000", Fraction(24)
# Words of a title or a condition that say nothing of what is treated.
GENERAL = frozenset(
    plain_form(word)
    for word in "acute basic care chart child clinic clinical common danger dose dosing essential "
    "first guidance guideline guidelines handbook hospital management manual medicine ministry "
    "national other problem protocol sign standard suspected suspect therapy treat treatment use "
    "choice recommend recommended line initial adult people slow slowly solution total per who msf "
    "nice bnf bnfc cdc imci receive give need also add start plus mg kg by mouth".split()
)

FOR_WHAT = re.compile(
    r"\b(?:with|for|in|against) ((?:[^\W\d_][\w-]*[ ]?){1,4}?)"
    r"(?= who\b| weigh| by\b| at\b|[,.;(]|$)"
)

Range = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Regimen:
    """One medicine's dose in one sentence; characters start..end of the passage.

    `doses` and `ceilings` are (basis, lowest, highest): basis is the dimension and whether per
    kg of body weight, the amount in its first unit, as told. `interval` is in hours (shortest,
    longest), (0, 0) for a dose given once, None where the sentence does not say. `ages` and
    `weights` are ranges in hours and grams.
    """

    passage: Passage
    start: int
    end: int
    drug: str
    strength: frozenset[Range]
    doses: tuple[tuple[str, Range, bool], ...]  # dimension [+ per kg], range, told per day
    ceilings: tuple[tuple[str, Range, str], ...]  # dimension, range, "day", "dose" or ""
    interval: Range | None
    routes: frozenset[object]
    groups: frozenset[object]
    limits: tuple[tuple[str, Range], ...]
    condition: frozenset[str]  # what the sentence itself says it is for
    subject: frozenset[str]  # the same from the title

    @property
    def sentence(self) -> str:
        """The sentence, word for word."""
        return self.passage.text[self.start : self.end]


def read_regimens(passage: Passage, wanted: frozenset[str] | None = None) -> list[Regimen]:
    """The regimens of a passage; of the `wanted` medicines alone where these are given."""
    found: list[Regimen] = []
    for start, end, names in dosed_sentences(passage.text):
        if wanted is None or names & wanted:
            sentence = parse(passage.text[start:end])
            for drug, items in _amounts_by_drug(sentence).items():
                if wanted is None or drug in wanted:
                    found += _read(passage, start, end, sentence, drug, items)
    return found


@lru_cache(maxsize=512)
def dosed_sentences(text: str) -> tuple[tuple[int, int, frozenset[str]], ...]:
    """(start, end, medicines) of each sentence that names both an amount and a medicine."""
    found = []
    for start, end in sentence_spans(text):
        folded = fold(text[start:end])
        if AMOUNT.search(folded) and not APART.search(folded):
            names = frozenset(_first_words().get(word, "") for word in WORD.findall(folded))
            drugs = frozenset(n for name in names for n in name.split("|") if n)
            if drugs:
                found.append((start, end, drugs))
    return tuple(found)


@lru_cache(maxsize=1)
def _first_words() -> dict[str, str]:
    """The first word of every name -> the medicines it may begin, joined by "|"."""
    table: dict[str, set[str]] = {}
    for name, drug in read_drugs().items():
        if drug not in NO_MEDICINE:
            table.setdefault(re.split(r"[\s/+]", name)[0], set()).add(drug)
    return {word: "|".join(sorted(drugs)) for word, drugs in table.items()}


def _amounts_by_drug(sentence: Parsed) -> dict[str, list[Item]]:
    """Medicine -> its amounts and the facts around them, in order; empty where in doubt."""
    if any(c.family in ("negation", "prohibition") for c in sentence.whole.cues):
        return {}
    found: dict[str, list[Item]] = {}
    drug, waiting, later = "", None, False
    for item in _without_others(sentence):
        if item.kind == "drug":
            drug = str(item.value)
            if waiting is not None:
                found.setdefault(drug, []).append(waiting)
        elif item.kind in ("word", "break") and item.value in LATER:
            later = True
        elif item.kind == "break" and item.value in STOPS:
            later = False
        elif drug and not later and item.kind in ("quantity", "frequency", "route"):
            found.setdefault(drug, []).append(item)
        is_dose = isinstance(item.value, Quantity) and item.value.is_dose
        waiting = item if is_dose and not drug else waiting if item.kind == "route" else None
    return found


def _without_others(sentence: Parsed) -> list[Item]:
    """Its items, without the medicines that a line's head names beside its own.

    "X for cholera when Y is lacking, adult: ..." gives amounts of X.
    """
    head = HEADED.match(fold(sentence.text))
    drugs = [item for item in sentence.items if item.kind == "drug"]
    others = [item for item in drugs[1:] if head and item.start < head.end()]
    return [item for item in sentence.items if item not in others]


def _read(
    passage: Passage, start: int, end: int, sentence: Parsed, drug: str, items: Sequence[Item]
) -> list[Regimen]:
    """One regimen, or none where the amounts of the medicine are no plain dose."""
    told = [i.value for i in items if isinstance(i.value, Quantity) and i.value.is_dose]
    percent = frozenset((q.low, q.high) for q in told if q.dimension == "percent")
    told = [q for q in told if q.dimension in SOLID]
    if not told or any(not q.basis <= {KG, DAY, DOSE} for q in told) or drug in NO_MEDICINE:
        return []
    frequencies = {i.value for i in items if i.kind == "frequency" and isinstance(i.value, tuple)}
    if len(frequencies) > 1:
        return []
    interval = None if SCHEDULE.search(fold(sentence.text)) else next(iter(frequencies), None)
    if not frequencies and interval is None and ONCE.search(fold(sentence.text)):
        interval = (Fraction(0), Fraction(0))
    first = next(i for i in items if isinstance(i.value, Quantity))
    limits = [q for q in sentence.whole.quantities if q.is_limit]
    return [
        Regimen(
            passage,
            start,
            end,
            drug,
            percent,
            tuple(
                (_name(q), (q.low, q.high), DAY in q.basis)
                for q in told
                if q.comparator in ("=", "~")
            ),
            tuple((_name(q), (q.low, q.high), _per(q, interval)) for q in told if q.is_maximum),
            interval,
            frozenset(i.value for i in items if i.kind == "route"),
            _groups(sentence, passage),
            tuple((q.dimension, _reach(q)) for q in limits),
            _condition(sentence, first),
            _subject(passage),
        )
    ]


def _name(quantity: Quantity) -> str:
    return f"{quantity.dimension} per kg" if KG in quantity.basis else quantity.dimension


def _per(quantity: Quantity, interval: Range | None) -> str:
    """What a ceiling is the ceiling of: a day, a dose, both ("once") or "" where in doubt."""
    if interval in ((NIGHT, NIGHT), (Fraction(0), Fraction(0))):
        return "once"
    if DAY in quantity.basis:
        return "day"
    return "dose" if DOSE in quantity.basis or interval is None else ""


def _reach(quantity: Quantity) -> Range:
    """From where to where an age or a weight holds."""
    if quantity.comparator in ("<", "<="):
        return Fraction(0), quantity.high
    if quantity.comparator in (">", ">="):
        return quantity.low, Fraction(10**9)
    return quantity.low, quantity.high


def _groups(sentence: Parsed, passage: Passage) -> frozenset[object]:
    own = frozenset(v for v in sentence.whole.values("population") if "non-" not in str(v))
    heading = populations_in(passage.section.rsplit("›", 1)[-1])
    alone = passage.populations if len(passage.populations) == 1 else ()
    return own or frozenset(heading) or frozenset(alone)


def _condition(sentence: Parsed, amount: Item) -> frozenset[str]:
    """The words that may say for what: before the first amount, and later after "with", "for"."""
    before = [str(i.value) for i in sentence.items if i.start < amount.start and i.kind == "word"]
    after = sentence.text[amount.start :]
    told = [str(i.value) for found in FOR_WHAT.findall(after) for i in parse(found).items
            if i.kind == "word"]  # fmt: skip
    return _telling([*before, *told])


@lru_cache(maxsize=256)
def _title_words(title: str) -> frozenset[str]:
    return _telling(str(item.value) for item in parse(title).items if item.kind == "word")


def _subject(passage: Passage) -> frozenset[str]:
    """What a passage is about: by its title, and by its headings where it is no handbook topic."""
    path = "" if passage.shelf in ("", "handbook") else passage.section.replace("›", ".")
    return _title_words(passage.title) | _title_words(path)


def _telling(words: Iterable[str]) -> frozenset[str]:
    common = read_wording().neutral | read_wording().orders | GENERAL
    return frozenset(word for word in words if word not in common and len(word) > 1)
