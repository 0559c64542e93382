"""Rules that a medicine card must keep, each a function that says what breaks it.

What is covered: names, ages, weights, units, maxima by weight, frequencies, the sentences that
are made, amounts that stand in hand-written words only, pregnancy. What is not covered: whether
an amount is right; that is what a clinician's review is for. It knows cards and no topic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction

from elara_local.cards import Card, Dose, dose_sentence, read_quantity
from elara_local.grounding.drugs import read_drugs
from elara_local.grounding.quantities import DAY, Quantity
from elara_local.grounding.sentences import parse

PER_KG = "mass 1000"
MOST_WORDS, LEAST_WORDS = 60, 4
SMALL = Fraction(25)  # kg; below this weight a dose by weight can't pass an adult's by much
FREQUENCY = re.compile(
    r"(?:once|twice daily|\d+ (?:to \d+ )?times daily|every \d+(?: to \d+)? (?:minutes|hours|days"
    r"|weeks|months)|every other day|in \d+(?: (?:to|or) \d+)? divided doses|continuously"
    r"|as needed|at \d+(?:, \d+)* and \d+ hours|at night|with each meal|after each|before each"
    r"|twice weekly|\d+ times weekly|on days? \d+)\b"
)
AGE = re.compile(r"\d+(?:\.\d+)? (?:hours?|days?|weeks?|months?|years?)")
WEIGHT = re.compile(r"\d+(?:\.\d+)? k?g")

Rule = Callable[[Card], Iterator[str]]


def find_faults(card: Card) -> list[str]:
    """Return what is wrong with a card, "card: what" for each fault."""
    return [f"{card.id}: {fault}" for rule in RULES for fault in rule(card)]


def has_known_names(card: Card) -> Iterator[str]:
    """Its names are one medicine for the grounding check too."""
    known = read_drugs()
    for name in (card.name, *card.other_names):
        if known.get(name.casefold()) != card.name.casefold():
            yield f"'{name}' is not '{card.name}' in drugs.toml"
    listed = {name for name, drug in known.items() if drug == card.name.casefold()}
    if lacking := listed - {name.casefold() for name in (card.name, *card.other_names)}:
        yield f"its other_names lack '{min(lacking)}', which drugs.toml has"


def limits_whom(card: Card) -> Iterator[str]:
    """A dose for a child has an age or a weight, in its fields and in its words."""
    for dose in card.doses:
        bounds = [*dose.age, *dose.weight]
        if dose.is_for_children and not any(bounds):
            yield f"'{dose.who}' has neither age nor weight"
        if any(not AGE.fullmatch(age) for age in dose.age if age):
            yield f"age {dose.age} of '{dose.who}' is not a number with a unit of time"
        if any(not WEIGHT.fullmatch(weight) for weight in dose.weight if weight):
            yield f"weight {dose.weight} of '{dose.who}' is not a number in kg or g"
        if any(bounds) and not re.search(r"\d|newborn|first|preterm", dose.who):
            yield f"the words '{dose.who}' say neither the age nor the weight"


def measures_amounts(card: Card) -> Iterator[str]:
    """An amount is one that can be given, by some route, as often as is said."""
    for dose in card.doses:
        where = f"'{dose.indication}, {dose.who}'"
        if bool(dose.amount) == bool(dose.apply):
            yield f"{where} needs either an amount or what to apply"
        if dose.quantity and not dose.quantity.is_dose:
            yield f"'{dose.amount}' of {where} can't be given"
        if not dose.routes:
            yield f"{where} has no route"
        if not FREQUENCY.match(dose.frequency):
            yield f"frequency '{dose.frequency}' of {where} does not begin as one"


def bounds_weight(card: Card) -> Iterator[str]:
    """A dose by weight has a maximum, and the lightest patient does not pass it."""
    for dose in card.doses:
        amount = dose.quantity
        if amount is None or PER_KG not in amount.basis:
            continue
        lowest, highest = (_kilograms(weight) for weight in dose.weight)
        ceiling = dose.max_day if DAY in amount.basis else dose.max_dose
        if not (dose.max_dose or dose.max_day or dose.no_max):
            if highest is None or highest > SMALL:
                yield f"'{dose.amount}' for '{dose.who}' has no maximum, nor why there is none"
        if ceiling and lowest and lowest * amount.low > read_quantity(ceiling).high:
            yield f"'{dose.amount}' at {dose.weight[0]} passes the maximum of {ceiling}"


def _kilograms(weight: str) -> Fraction | None:
    return read_quantity(weight).high / 1000 if weight else None


def says_doses_whole(card: Card) -> Iterator[str]:
    """The sentence made of a dose reads back as that dose, and is short enough to quote."""
    for dose in card.doses:
        sentence = dose_sentence(card, dose)
        if len(sentence.split()) > MOST_WORDS:
            yield f"the sentence is longer than {MOST_WORDS} words: {sentence}"
        items = parse(sentence).items
        if card.name.casefold() not in {item.value for item in items if item.kind == "drug"}:
            yield f"the sentence does not name it: {sentence}"
        if dose.quantity and dose.quantity not in amounts_in(sentence):
            yield f"the sentence does not read back as {dose.amount}: {sentence}"


def names_itself(card: Card) -> Iterator[str]:
    """Every hand-written statement names the medicine and is neither too short nor too long."""
    for statement in card.statements:
        drugs = {item.value for item in parse(statement.text).items if item.kind == "drug"}
        if card.name.casefold() not in drugs:
            yield f"'{statement.text}' does not name it"
        if not LEAST_WORDS <= len(statement.text.split()) <= MOST_WORDS:
            yield f"'{statement.text}' is too short or too long"
        if not statement.text.endswith("."):
            yield f"'{statement.text}' does not end in a full stop"


def writes_no_dose_by_hand(card: Card) -> Iterator[str]:
    """An amount to give stands among the doses, not in hand-written words alone."""
    told = card_amounts(card)
    by_hand = [s.text for s in (*card.uses, *card.limits, *card.renal, *card.hepatic)]
    for text in (*by_hand, card.pregnancy.text, card.breastfeeding.text):
        if not told.issuperset(amounts_in(text)):
            yield f"'{text}' gives an amount that is none of its doses"


def heeds_pregnancy(card: Card) -> Iterator[str]:
    """What is contraindicated in pregnancy has no dose for a pregnant woman."""
    if card.pregnancy.advice == "contraindicated":
        for dose in card.doses:
            if re.search(r"(?<!not |non-)pregnan", dose.who):
                yield f"has a dose for '{dose.who}' and is contraindicated in pregnancy"
    if "pregnan" not in card.pregnancy.text:
        yield "its words on pregnancy do not name pregnancy"
    if "breastfe" not in card.breastfeeding.text:
        yield "its words on breastfeeding do not name breastfeeding"


def card_amounts(card: Card) -> frozenset[Quantity]:
    """Every amount that a card gives as data: doses, maxima, notes, strengths."""
    texts = [text for form in card.forms for text in (form.form, *form.strengths)]
    found = {amount for text in texts for amount in amounts_in(text)}
    for dose in card.doses:
        found |= _amounts_of(card, dose)
    return frozenset(found)


def _amounts_of(card: Card, dose: Dose) -> set[Quantity]:
    ceilings = [read_quantity(text) for text in (dose.max_dose, dose.max_day) if text]
    return {*ceilings, *amounts_in(dose_sentence(card, dose))}


def amounts_in(text: str) -> list[Quantity]:
    """The amounts of a text that can be given, without ages and weights."""
    return [
        item.value
        for item in parse(text).items
        if isinstance(item.value, Quantity) and item.value.is_dose
    ]


def find_all_faults(cards: list[Card]) -> list[str]:
    """Return the faults of all cards, and names that two cards share."""
    faults = [fault for card in cards for fault in find_faults(card)]
    owners: dict[str, str] = {}
    for card in cards:
        for name in (card.name, *card.other_names):
            if owners.setdefault(name.casefold(), card.id) != card.id:
                faults.append(f"{card.id}: '{name}' is also {owners[name.casefold()]}")
    return faults


RULES: tuple[Rule, ...] = (
    has_known_names,
    limits_whom,
    measures_amounts,
    bounds_weight,
    says_doses_whole,
    names_itself,
    writes_no_dose_by_hand,
    heeds_pregnancy,
)
