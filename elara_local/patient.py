"""The patient a question speaks of, and whether a sentence is for such a patient.

What is covered: age, weight and the groups child, adult, newborn, pregnancy as stated in the
question, in five languages; a child told by the weight alone; weight and age bands ("under
20 kg", "2 months to 5 years", "after the first week of life") and groups as stated in the
sentence, or in a table's row ("Weight (kg): 10"); who can't swallow, and who has no allergy;
groups and bands in the headings of documents that the user added or collected. What is not
covered: bands told in words
("school age"), kidney or liver function. A sentence that states nobody is for everybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from elara_local.bands import NUMBER, Band, read_bands
from elara_local.grounding.populations import populations_in
from elara_local.grounding.source import forbids
from elara_local.records import Evidence
from elara_local.vitals import read_age

YOUNG = frozenset({"newborn", "young infant", "infant", "preterm", "child"})
GROWN = frozenset({"adult", "older adult", "pregnancy", "breastfeeding"})
TINY = frozenset({"newborn", "young infant", "preterm"})
MOTHERS = frozenset({"pregnancy", "breastfeeding", "woman"})
ADULT_MONTHS = 18 * 12
CHILD_MONTHS = 12 * 12
NEWBORN_MONTHS = 28 * 12 / 365  # WHO: a newborn is under 28 days
DAY_MONTHS = 1 / 30.4  # as vitals reads an age in days
INFANT_MONTHS = 2.0  # WHO IMCI: a young infant is under 2 months
INFANT_KG = 7.0  # heavier than any young infant
REMEMBERED = 8192  # lines of passages whose groups and bands are kept; the handbook has 9,000
UNDER_TWELVE_KG = (
    20.0  # the 3rd centile at 12 years is 28 kg (CDC, 2000): a child "over 12" is more
)
CHILD_KG = 30.0  # a lighter person of whom nothing else is said is taken for a child

_TIME = r" ?(?:y|mo|w|d|/)"  # "15 kilo 3 years", not "miaka 3 kilo 14"
WEIGHT = re.compile(
    rf"(?<![\d./]){NUMBER}\s*(?:kgs?|kilos?(?! \d+(?:\.\d+)?(?!{_TIME})))\b(?!\s*/)"
    rf"|\bkilo {NUMBER}(?![\d.]|{_TIME})"
)
# What was lost or gained is no one's weight.
CHANGE = re.compile(
    r"\b(?:lost|loss|losing|dropped|gained|gain|put on)(?: (?:of|about|around|nearly|over|some))* $"
)
# Two weights before one unit: of twins "2.1 and 1.8 kg", or a range.
PAIRED = re.compile(
    rf"(?<![\d./]){NUMBER} ?(?:and|or|to|&|/|-|vs) ?{NUMBER} ?(?:kgs?|kilos?)\b(?! ?/)"
)
_SPAN = r"(\d{1,3}) ?(years?|yrs?|months?)"
_LENGTH = r"(?<!for )(?<!last )(?<!past )(?<!over )(?<!since )(?<!after )(?<!every )(?<![\d.])"
# An age beside a weight, "5 years 18 kg", unless it says how long; and a day of life, from 1.
BESIDE = (
    re.compile(rf"{_LENGTH}{_SPAN},? (?=\d+(?:\.\d+)? ?(?:kgs?|kilos?)\b)"),
    re.compile(rf"\d ?(?:kgs?|kilos?),? {_SPAN}\b(?! (?:of|ago|course|treatment))"),
)
DAY_OF_LIFE = re.compile(r"\b(?:day (\d{1,2}) of life|dol ?(\d{1,2}))\b")
COMMA = re.compile(r"(?<=\d),(?=\d{1,2}\s*(?:kgs?|kilos?|lbs?)\b)")
POUND_KG = Fraction("0.45359237")  # the international pound, 1959
POUNDS = re.compile(rf"(?<![\d./]){NUMBER}\s*(?:lbs?|pounds?)\b(?!\s*/)")
_BABY = r"(?:newborn|neonate|preterm|baby|infant)"
GRAMS = re.compile(
    r"\b(?:weigh(?:s|ing|t)|wt)\b(?: of| is|:|=)? ?(\d{3,5}) ?(?:g|grams?)\b(?! ?/)"
    rf"|\b{_BABY}(?: of)? (\d{{3,4}}) ?(?:g|grams?)\b(?! ?/)"
    rf"|(?<![\d.,/])(\d{{3,4}}) ?(?:g|grams?) {_BABY}\b"
)
NOT_PREGNANT = re.compile(r"\b(?:non-?|not )pregnan")
WORDS = {  # what the populations of grounding, which are English, do not hold
    "pregnancy": r"enceinte|embarazada|gr[áa]vida|gestante|mjamzito|wajawazito|gravid|primip\w*"
    r"|(?:woman|lady|girl) (?:of )?(?:[4-9]|[123]\d|4[0-2]) ?(?:weeks?|wks?|/40)|trimester",
    "newborn": r"nouveau-n[ée]s?|reci[ée]n nacid[oa]s?|rec[ée]m-nascid[oa]s?|mtoto mchanga",
    "infant": r"nourrissons?|lactantes?|b[ée]b[ée]s?",
    "child": r"enfants?|ni[ñn][oa]s?|crian[çc]as?|menin[oa]s?|mtoto|watoto|chld",
    "adult": r"adultes?|adult[oa]s?|mtu mzima|homme|hombre|homem",
}
GROUPS = {name: re.compile(rf"(?<!\w)(?:{words})(?!\w)") for name, words in WORDS.items()}
# A baby that is not the patient: its mother is. What is said of the baby makes it the patient.
MOTHERED = {
    "pregnancy": r"unborn|expecting|carrying",
    "breastfeeding": r"nursing|breast-?feed(?:s|ing)?",
    "": r"trying for|want(?:s|ing)?|conceiv\w+|ha(?:d|ving)|deliver(?:ed|ing)|mother of|after",
}
OWN = r"(?: (?:an?|the|my|her|his|your|our|their|new|second|third))*"
ITSELF = r"(?! (?:\w+ )?(?:who|that|is|was not|has|with|not|can'?t|cannot|of \d)\b)"
WITHOUT = {
    group: re.compile(rf"\b(?:{words}){OWN} bab(?:y|ies)\b{'' if group == 'pregnancy' else ITSELF}")
    for group, words in MOTHERED.items()
}
YOUTH = (("man", re.compile(r"\bboys?\b")), ("woman", re.compile(r"\bgirls?\b")))
SEX = {"boy": "man", "girl": "woman"}  # the check keeps them apart; a dose for women is for girls
FAINT = re.compile(
    r"\b(?:unconscious|unresponsive|coma(?:tose)?|convulsing|fitting|inconsciente?|amezimia"
    r"|(?:cannot|can't|unable to|not able to) (?:swallow|drink)|hawezi kunywa)\b"
)
AWAKE = re.compile(r"\bconscious\b|\bcan (?:swallow|drink)|\bable to (?:swallow|drink)|\balert\b")
NO_ALLERGY = re.compile(r"\b(?:no|not|without|nil)\b[^.;,]{0,20}\ballerg")
ALLERGIC = re.compile(r"\bwith (?:\w+ ){0,2}allergy|\ballergic to")


@dataclass(frozen=True)
class Patient:
    """What a question says of the patient; None and empty where it says nothing."""

    weight_kg: float | None = None
    age_months: float | None = None
    groups: frozenset[str] = frozenset()
    faint: bool = False  # unconscious, convulsing or unable to swallow
    allergic: bool | None = None  # False where an allergy is denied


def weights_in(question: str) -> list[float]:
    """Return every body weight that a question states, in kg, in the order of its units.

    Grams only where they are said to be of a body, because an amount may be in grams too.
    """
    text = COMMA.sub(".", question.casefold())
    told = [f for f in WEIGHT.finditer(text) if not CHANGE.search(text[: f.start()])]
    found = [float(f[1] or f[2]) for f in told]
    found += [float(f[n]) for f in PAIRED.finditer(text) for n in (1, 2)]
    found += [round(float(Fraction(f[1]) * POUND_KG), 2) for f in POUNDS.finditer(text)]
    return found + [float(f[1] or f[2] or f[3]) / 1000 for f in GRAMS.finditer(text)]


def read_patient(question: str) -> Patient:
    """Return the patient that a question states."""
    weight = next(iter(weights_in(question)), None)
    age = _read_age(question)
    groups = _read_groups(question.casefold(), age)
    if age is not None and age >= ADULT_MONTHS:
        groups.add("adult")
    elif age is not None and age < CHILD_MONTHS:
        groups.add("newborn" if age < NEWBORN_MONTHS else "child")
    elif weight is not None and weight <= CHILD_KG and not groups & (YOUNG | GROWN):
        groups.add("child")
    text = question.casefold()
    allergic = False if NO_ALLERGY.search(text) else None
    return Patient(weight, age, frozenset(groups), bool(FAINT.search(text)), allergic)


def _read_age(question: str) -> float | None:
    """Return the age in months; a span of years or months beside a weight is one."""
    text = question.casefold()
    if (age := read_age(question)) is not None:
        return age
    if day := DAY_OF_LIFE.search(text):
        return max(0, int(day[1] or day[2]) - 1) * DAY_MONTHS
    for pattern in BESIDE:
        if found := pattern.search(text):
            return float(found[1]) * (1 if found[2].startswith("month") else 12)
    return None


@dataclass(frozen=True)
class Stated:
    """A sentence of a source, and the groups and bands that it states."""

    text: str
    groups: frozenset[str]
    bands: tuple[Band, ...]


def fits(patient: Patient, sentence: str) -> bool:
    """False when the sentence states a weight, an age or a group that excludes the patient."""
    return _fits(patient, _read(sentence))


def _fits(patient: Patient, sentence: Stated) -> bool:
    for kind, span in (("kg", _weights(patient)), ("months", _ages(patient))):
        stated = [band for band in sentence.bands if band.kind == kind]
        if span and stated and not any(b.low <= span[1] and span[0] <= b.high for b in stated):
            return False
    return _is_for(patient, sentence) and _is_in_state(patient, sentence.text.casefold())


def suit(patient: Patient, text: str) -> float:
    """Return how well the lines of a stored passage fit the patient, -1 to 1.

    A line that names the patient's group, age or weight counts for it, one that names others
    against it; 0 where nothing is said of the patient. What the lines state is remembered, of
    the passage and never of the question.
    """
    if patient == Patient():
        return 0.0
    lines = [_read_stored(line) for line in text.splitlines() or [""]]
    return sum(_suit(patient, line) for line in lines) / len(lines)


def _suit(patient: Patient, line: Stated) -> int:
    if not _fits(patient, line):
        return -1
    return int(bool(line.groups or line.bands))


def fits_headings(patient: Patient, evidence: Evidence) -> bool:
    """False when title or headings are for another patient: a dose under "Adults" for a child.

    The handbook's sentences say themselves for whom they are. A heading that forbids is left
    to the check, which puts it in front; the heads of a table name more groups than one row.
    """
    if evidence.shelf in ("", "handbook"):
        return True
    parts = [evidence.title, *evidence.section.split("›")]
    return all(fits(patient, part) for part in parts if " | " not in part and not forbids(part))


def names(patient: Patient, sentence: str) -> bool:
    """True when the sentence states a group or a band, and not one that excludes the patient."""
    stated = bool(populations_in(sentence) or read_bands(sentence))
    return stated and fits(patient, sentence)


def _read_groups(text: str, age: float | None) -> set[str]:
    """The groups of the one who is asked about: a boy is a child, an unborn baby nobody's patient.

    A pregnant girl stays a woman, and so does whoever is said to be 12 years or older.
    """
    told = text
    for pattern in WITHOUT.values():
        told = pattern.sub(" ", told)
    groups = set(_groups_in(told))
    groups |= {group for group, pattern in WITHOUT.items() if group and pattern.search(text)}
    if "pregnancy" in groups and age is None:
        groups.discard("infant")
    small = age is None or age < CHILD_MONTHS
    for sex, youth in YOUTH:
        rest = _groups_in(youth.sub(" ", told))
        if youth.search(told) and sex not in rest and small and not groups & (GROWN - {"adult"}):
            groups = groups - {sex} | {"child"}
    return groups


def _groups_in(text: str) -> frozenset[str]:
    """The groups that a text names, in five languages."""
    said = {name for name, words in GROUPS.items() if words.search(text.casefold())}
    return frozenset(SEX.get(name, name) for name in populations_in(text) | said)


def _read(sentence: str) -> Stated:
    return Stated(sentence, _groups_in(sentence), tuple(read_bands(sentence)))


_read_stored = lru_cache(maxsize=REMEMBERED)(_read)


def _is_for(patient: Patient, sentence: Stated) -> bool:
    """Compare the groups that the sentence names with the patient's."""
    named, groups = sentence.groups, patient.groups
    if "pregnancy" in groups and "pregnancy" not in named and NOT_PREGNANT.search(sentence.text):
        return False
    if not named:
        return True
    if groups & YOUNG and not groups & GROWN:
        small = bool(groups & {"newborn", "preterm"}) and not groups & {"child", "infant"}
        grown = GROWN | {"man", "woman"}
        return not named <= (grown | {"child", "adolescent"} if small else grown) and not (
            named <= TINY and _is_past_infancy(patient)
        )
    if "man" in groups and not groups & MOTHERS and named <= MOTHERS | YOUNG:
        return False
    return not (groups & GROWN and not groups & YOUNG and named <= YOUNG)


def _is_in_state(patient: Patient, sentence: str) -> bool:
    """False for "a conscious adult" or "who can drink" where the patient is or does not."""
    if patient.faint and AWAKE.search(sentence) and not FAINT.search(sentence):
        return False
    denied = patient.allergic is False and not NO_ALLERGY.search(sentence)
    return not (denied and ALLERGIC.search(sentence))


def _is_past_infancy(patient: Patient) -> bool:
    old = patient.age_months is not None and patient.age_months >= INFANT_MONTHS
    return old or (patient.weight_kg is not None and patient.weight_kg >= INFANT_KG)


def _weights(patient: Patient) -> tuple[float, float] | None:
    return None if patient.weight_kg is None else (patient.weight_kg, patient.weight_kg)


def _ages(patient: Patient) -> tuple[float, float] | None:
    """The ages in months that the patient may have; None where nothing is said."""
    if patient.age_months is not None:
        return patient.age_months, patient.age_months
    if patient.groups & GROWN:
        return None
    if not patient.groups & {"newborn", "infant"}:
        light = patient.weight_kg is not None and patient.weight_kg <= UNDER_TWELVE_KG
        return (0.0, CHILD_MONTHS - 1) if light else None
    return (0.0, NEWBORN_MONTHS) if "newborn" in patient.groups else (0.0, 24.0)
