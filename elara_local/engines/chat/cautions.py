"""What a medicine card warns of that a question states: allergy, illness, another medicine.

What is covered: the card's "Do not give", its age limits, its interactions and its advice in
pregnancy and while breastfeeding, where the question states the illness, an allergy by name or
class, another medicine by name or class, or a person of the group or age that the sentence is of.
What is for is no warning: "severe malaria" alone brings no sentence on malaria. What is not
covered: a warning in other words than the question's (asthma told as "wheezy chest"), one that
stands in a topic alone. No warning is never a sign that there is none. It knows no index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from elara_local.aspects import drop_aspects
from elara_local.bands import read_bands
from elara_local.cards import Card
from elara_local.classes import classes_in, plain_words, read_classes, spaced
from elara_local.engines.chat.indications import is_one_word, read_purpose
from elara_local.grounding.drugs import read_drugs
from elara_local.grounding.populations import populations_in
from elara_local.medicines import MEASURED, prohibits
from elara_local.patient import (
    INFANT_KG,
    INFANT_MONTHS,
    MOTHERS,
    TINY,
    YOUNG,
    Patient,
    fits,
    read_patient,
)

MOST = 3  # warnings of one card that are put before its doses
LETTERS = 4  # of a word that may name an illness
DENIED = re.compile(
    r"\b(?:no|not|without|denies|nil|never|non|sans|pas|sin|niega|sem|não|nao|hana|bila)\b"
    r"[^.;,]{0,24}"
)
# What is measured is no illness by itself, and "glucose 1.8" a value and no medicine.
LEVELS = MEASURED - {"alcohol", "ethanol", "iodine"}
VALUE = re.compile(rf"\b(?:{'|'.join(sorted(MEASURED))})\b[ :=]*(?:is |of )?\d[\d.]*")
# Words of a warning that name no illness by themselves.
VAGUE = frozenset(
    "severe severely reaction reactions earlier infection infected blood another every only years "
    "months weeks hours days within known high active disease again takes taking alone because "
    "vein intravenous injection muscle inject together level levels when with have need needs "
    "person patient died death kill kills fast slow routine unless this that pain fever treatment "
    "effect risk raise lower long short count give given second third help while contact vaccine "
    "wound dose doses start starting failure attack acute recent known illness injury".split()
)
# Parts of the body, which many illnesses share: a second word must agree.
PARTS = frozenset(
    "heart liver kidney kidneys lung lungs brain bowel belly skin blood chest head muscle bone "
    "stomach urine womb nerve nerves throat".split()
)
ALLERGY = re.compile(r"\b(?:allerg|anaphyla|hypersensitiv|reaction|rash)")
# Of whom a dose says that it is for them.
MEANT = {
    "pregnancy": re.compile(
        r"(?<!not )(?<!non-)\bpregnant (?:or|woman|girl|adolescent)|\bduring or"
    ),
    "breastfeeding": re.compile(r"(?<!not )\bbreastfeeding (?:woman|mother)"),
}
# Whom a warning keeps from the medicine: "by fast injection to any patient" keeps nobody from it.
WHOM = re.compile(
    r"\b(?:to|in) an? (?:[\w-]+ ){0,2}(?:person|patient|adult|child|newborn|infant|girl|woman)\b"
)


@dataclass(frozen=True)
class Caution:
    """A sentence of a card; `bars` is true where no dose is worked out for such a person."""

    text: str
    bars: bool


def find_cautions(card: Card, question: str, patient: Patient) -> tuple[Caution, ...]:
    """Return what a card warns of for this question, what bars a dose first, at most MOST."""
    said = VALUE.sub(" ", DENIED.sub(" ", question.casefold()))
    names = (card.name, *card.other_names)
    told = _illnesses(card, said, names)
    others = _others(said, names)
    groups = patient.groups & read_patient(said).groups  # without those that it denies
    person = replace(patient, groups=groups)
    found = [*_forbidding(card, told, others), *_of_person(card, person, names)]
    found += [Caution(i.text, False) for i in card.interactions if _names(i.text, others)]
    once: dict[str, Caution] = {}
    for caution in found:
        once.setdefault(caution.text, caution)
    return tuple(sorted(once.values(), key=lambda caution: not caution.bars)[:MOST])


def find_allergy(card: Card, question: str) -> str:
    """Return the medicine or class that a question tells an allergy to, where the card is of it."""
    said = DENIED.sub(" ", question.casefold())
    names = {name.casefold() for name in (card.name, *card.other_names)}
    forms = {form for one in read_classes() if names & set(one.members) for form in one.said}
    names |= {name.casefold() for told in card.names.values() for name in told}
    for form in sorted(names | forms, key=len, reverse=True):
        told = rf"\ballerg\w*(?: [\w']{{1,3}}){{0,2}} {re.escape(form)}\b"
        if re.search(rf"{told}|\b{re.escape(form)} (?:\w+ )?allerg", " ".join(plain_words(said))):
            return form
    return ""


def _forbidding(card: Card, told: frozenset[str], others: frozenset[str]) -> Iterator[Caution]:
    for statement in card.contraindications:
        text = statement.text.casefold()
        words = read_purpose(text, (card.name, *card.other_names)) - LEVELS
        if _agree(told, words) or _names(text, others):
            yield Caution(statement.text, WHOM.search(text) is not None)


def _agree(told: frozenset[str], words: frozenset[str]) -> bool:
    """True when an illness told is one of a warning's words; of a part of the body two are."""
    shared = {word for one in told for word in words if is_one_word(one, word)}
    return bool(shared - VAGUE - PARTS) or (bool(shared & PARTS) and len(shared) > 1)


def _of_person(card: Card, patient: Patient, names: tuple[str, ...]) -> Iterator[Caution]:
    """Yield what a card says against a person of this group or age."""
    lower = [name.casefold() for name in names]
    for statement in (*card.contraindications, *card.limits):
        clauses = statement.text.split(";")
        if any(prohibits(clause, lower) and _is_of(patient, clause) for clause in clauses):
            yield Caution(statement.text, False)
    for group, advice in (("pregnancy", card.pregnancy), ("breastfeeding", card.breastfeeding)):
        for_them = any(MEANT[group].search(dose.who) for dose in card.doses)
        if group in patient.groups and not for_them:
            yield Caution(advice.text, False)


def _is_of(patient: Patient, clause: str) -> bool:
    """True where a clause names a newborn, a mother, an age or a weight, and the patient is such.

    An age counts for the young alone, a weight where it is stated.
    """
    named = populations_in(clause) & patient.groups
    bands = read_bands(clause)
    if (patient.weight_kg or 0) >= INFANT_KG:
        bands = [band for band in bands if band.kind == "kg" or band.high > INFANT_MONTHS]
    aged = any(band.kind == "months" for band in bands) and patient.groups & YOUNG
    weight = patient.weight_kg
    light = weight and any(b.kind == "kg" and b.low <= weight <= b.high for b in bands)
    return bool(named & (TINY | (MOTHERS - {"woman"})) or aged or light) and fits(patient, clause)


def _illnesses(card: Card, said: str, names: tuple[str, ...]) -> frozenset[str]:
    """Return the words of a question for what the person has besides what the medicine is for."""
    treats = {w for d in card.doses for w in read_purpose(d.indication, names)}
    return frozenset(
        word
        for word in read_purpose(drop_aspects(said), names)
        if len(word) >= LETTERS and not any(is_one_word(word, treated) for treated in treats)
    )


def _others(said: str, names: tuple[str, ...]) -> frozenset[str]:
    """Return the other medicines and classes that a question names, and the classes of these.

    A class that the medicine is of itself counts where an allergy is told.
    """
    known, asked = read_drugs(), spaced(said)
    own = {known.get(name.casefold(), name.casefold()) for name in names}
    mine = {name for name, drug in known.items() if drug in own} | {n.casefold() for n in names}
    parts = {word for name in mine for word in spaced(name).split()}
    drugs = {
        drug
        for name, drug in known.items()
        if spaced(name) in asked and name not in MEASURED and not set(spaced(name).split()) <= parts
    } - own
    forms = {name for name, drug in known.items() if drug in drugs}
    classes = {one for one in read_classes() if forms & set(one.members)} | set(classes_in(said))
    if not ALLERGY.search(said):
        classes -= {one for one in classes if mine & set(one.members)}
    words = forms | {form for one in classes for form in one.said}
    return frozenset(" ".join(spaced(word).split()) for word in words)


def _names(text: str, others: frozenset[str]) -> bool:
    held = spaced(text)
    return any(f" {word} " in held or f" {word}s " in held for word in others)
