"""Doses in a topic's prose against the medicine cards, which are the one truth.

What is covered: every amount that a sentence gives of a medicine must be one of its card's
amounts, with the same basis (per kg, per day, per minute); a number that lacks its unit; a
fixed dose for a child without age or weight; a medicine that its card keeps from pregnant
women, named under "Pregnancy" without a warning.
What is not covered: for what and to whom an amount is given (a card's amount for another
indication passes), how often, concentrations and percentages, thresholds ("above 150 mg/kg"),
the volume that something is diluted in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from elara_local.cards import Card
from elara_local.grounding.items import Item
from elara_local.grounding.quantities import Quantity
from elara_local.grounding.sentences import Parsed, parse
from elara_local.text import sentence_spans
from index.card_rules import card_amounts
from index.handbook import Topic

PER_DOSE = "dose 1"
THRESHOLDS = frozenset({"<", ">", ">="})  # "above 10 g", "below 20 mL/min": nothing is given
# 5 mg/mL is a concentration, 20 mg/120 mg a tablet of two medicines, mmol/mol a share.
NOT_OF_A_DOSE = re.compile(r"volume .*|amount .*|mass (?!1000$).*")
EACH = re.compile(r"\b(?:puffs?|tablets?|capsules?|drops?|ampoules?|vials?) of (?:\w+ )?$")
VOLUMES = frozenset({"volume", "teaspoon"})
FLUIDS = frozenset({"sodium chloride", "glucose", "ringer's lactate", "water for injection"})
DILUTED = re.compile(
    r"\b(?:in|with|add|and|or)(?: [\d.,]+ (?:to [\d.,]+ )?m?L of)?(?: sterile water or)?"
    r"(?: 0\.9%| [\d.]+%)? $",
    re.I,
)
# A volume that something is dissolved or given in, or that is lost, is no dose.
NOT_GIVEN = re.compile(
    r"(?:\b(?:in|into|with|add|total|lost|loss|loses|lose|losing|than|passes|contains?|containing|holds"
    r"|urine|blood|output|of at least)(?: (?:of|about|at least|up to|more than))?|\()\s*$"
)
WARNING = re.compile(
    r"\b(?:not|never|avoid|stop|contraindicated|instead|rather than|unless|only|harms?|risk|until"
    r"|without|replace|change|switch)\b"
)
SPACED = re.compile(r"(?<![\w.,-])\d{1,3}[ \u00a0\u202f]\d{3}(?!\d)")
BARE = re.compile(r"(?:\bgive|:) \d+(?:\.\d+)? (?:by mouth|intra\w+|orally|iv|im)\b", re.I)
MONTH = Fraction(730)  # hours: a time this long says how old somebody is

Amount = tuple[Fraction, Fraction, str, frozenset[str]]


@dataclass(frozen=True)
class Finding:
    """One sentence of a topic that its medicine cards do not bear out, and why."""

    topic: str
    heading: str
    sentence: str
    why: str

    def __str__(self) -> str:
        return f"{self.topic}, {self.heading}: {self.why}: {self.sentence}"


def compare_topics(topics: Iterable[Topic], cards: Iterable[Card]) -> list[Finding]:
    """Return everything in the topics' prose that the cards do not bear out."""
    by_drug = {card.name.casefold(): card for card in cards}
    amounts = {drug: {_key(q) for q in card_amounts(card)} for drug, card in by_drug.items()}
    return [
        Finding(topic.id, heading, sentence, why)
        for topic in topics
        for heading, bullets in topic.sections
        for bullet in bullets
        for sentence in _sentences(bullet.text)
        for why in _find(parse(sentence), heading, by_drug, amounts)
    ]


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def _find(
    sentence: Parsed,
    heading: str,
    cards: Mapping[str, Card],
    amounts: Mapping[str, set[Amount]],
) -> Iterator[str]:
    for drugs, quantity, text in given_amounts(sentence):
        known = [drug for drug in drugs if drug in amounts]
        if not known:
            yield f"there is no card for {' or '.join(sorted(drugs))}, of which it gives {text}"
        elif not any(_key(quantity) in amounts[drug] for drug in known):
            yield f"{text} is no amount of the card for {' or '.join(sorted(known))}"
    yield from _lacks_unit(sentence)
    yield from _lacks_age(sentence)
    low = sentence.text.casefold()
    after_birth = "breastfe" in low and "pregnan" not in low
    if heading == "Pregnancy" and not (after_birth or WARNING.search(low)):
        for drug in _drugs(sentence.items) & set(cards):
            if cards[drug].pregnancy.advice in ("contraindicated", "avoid"):
                yield f"{drug} is named without a warning"


def given_amounts(sentence: Parsed) -> Iterator[tuple[frozenset[str], Quantity, str]]:
    """Each amount that is given, with the medicines it may belong to.

    An amount belongs to the medicines named since the amount before it, or, where none is
    named yet, to the first that follows.
    """
    items = [
        item
        for item in sentence.items
        if (item.kind == "drug" and not _is_diluent(item, sentence)) or _is_given(item, sentence)
    ]
    named: set[str] = set()
    fresh = True
    for place, item in enumerate(items):
        if item.kind == "drug":
            named, fresh = (named if fresh else set()) | {str(item.value)}, True
            continue
        fresh = False
        later = [str(i.value) for i in items[place:] if i.kind == "drug"][:1]
        if (named or later) and isinstance(item.value, Quantity):
            yield frozenset(named or later), item.value, item.text


def _is_given(item: Item, sentence: Parsed) -> bool:
    quantity = item.value
    if not isinstance(quantity, Quantity) or not quantity.is_dose:
        return False
    if quantity.dimension == "percent" or quantity.comparator in THRESHOLDS:
        return False
    if any(NOT_OF_A_DOSE.fullmatch(basis) for basis in quantity.basis):
        return False
    before = sentence.text[: item.start].casefold()
    if quantity.dimension == "mass" and EACH.search(before):
        return False
    return not (quantity.dimension in VOLUMES and NOT_GIVEN.search(before))


def _is_diluent(item: Item, sentence: Parsed) -> bool:
    return str(item.value) in FLUIDS and bool(DILUTED.search(sentence.text[: item.start]))


def _key(quantity: Quantity) -> Amount:
    return quantity.low, quantity.high, quantity.dimension, quantity.basis - {PER_DOSE}


def _drugs(items: Iterable[Item]) -> set[str]:
    return {str(item.value) for item in items if item.kind == "drug"}


def _lacks_unit(sentence: Parsed) -> Iterator[str]:
    if found := SPACED.search(sentence.text):
        yield f"'{found.group()}' is read as two numbers: write it with a comma"
    if _drugs(sentence.items) and (found := BARE.search(sentence.text)):
        yield f"'{found.group()}' lacks its unit"


def _lacks_age(sentence: Parsed) -> Iterator[str]:
    """A fixed amount for a child, where neither age nor weight says for which."""
    groups = {str(item.value) for item in sentence.items if item.kind == "population"}
    quantities = [i.value for i in sentence.items if isinstance(i.value, Quantity)]
    given = [quantity for _, quantity, _ in given_amounts(sentence)]
    by_weight = any("mass 1000" in quantity.basis for quantity in quantities)
    said = any(q.is_limit or (q.dimension == "time" and q.high >= MONTH) for q in quantities)
    others = groups & {"newborn", "preterm", "adult", "woman", "pregnancy"}
    if given and groups & {"child", "infant"} and not (by_weight or said or others):
        yield "a fixed dose for a child has neither age nor weight"
