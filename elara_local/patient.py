"""The patient a question speaks of, and whether a sentence is for such a patient.

What is covered: age, weight and the groups child, adult, newborn, pregnancy as stated in the
question; weight and age bands ("under 20 kg", "2 months to 5 years") and groups as stated in
the sentence. What is not covered: bands told in words ("school age"), kidney or liver
function, allergies. A sentence that states nobody is for everybody.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from elara_local.grounding.populations import populations_in
from elara_local.vitals import read_age

YOUNG = frozenset({"newborn", "young infant", "infant", "preterm", "child"})
GROWN = frozenset({"adult", "older adult", "pregnancy", "breastfeeding"})
ADULT_MONTHS = 18 * 12
CHILD_MONTHS = 12 * 12

_NUMBER = r"(\d+(?:\.\d+)?)"
_UNIT = r"(kg|months?|years?|weeks? old|days? old|weeks? of age|days? of age)"
_LOW = r"(?:over|above|from|at least|more than|older than|aged?)"
_HIGH = r"(?:under|below|less than|up to|younger than|lighter than)"
_AFTER = r"(?:and|or) (?:over|above|more|older|heavier)"
RANGE = re.compile(rf"{_NUMBER}\s*{_UNIT}?\s*(?:to|-|–|up to)\s*(?:{_HIGH} )?{_NUMBER}\s*{_UNIT}\b")
HIGH = re.compile(
    rf"\b{_HIGH} {_NUMBER}\s*{_UNIT}\b|\b{_NUMBER}\s*{_UNIT} (?:or|and) (?:under|less|younger)"
)
LOW = re.compile(rf"\b{_LOW} {_NUMBER}\s*{_UNIT}\b|\b{_NUMBER}\s*{_UNIT} {_AFTER}")
WEIGHT = re.compile(rf"(?<![\d./]){_NUMBER}\s*kg\b(?!\s*/)")
UNIT_MONTHS = {"m": 1.0, "y": 12.0, "w": 12 / 52, "d": 12 / 365}


@dataclass(frozen=True)
class Band:
    """A stretch of weights in kg or ages in months, both ends included."""

    kind: str  # "kg" or "months"
    low: float
    high: float


@dataclass(frozen=True)
class Patient:
    """What a question says of the patient; None and empty where it says nothing."""

    weight_kg: float | None = None
    age_months: float | None = None
    groups: frozenset[str] = frozenset()


def read_patient(question: str) -> Patient:
    """Return the patient that a question states."""
    stated = WEIGHT.search(question.casefold())
    age = read_age(question)
    groups = set(populations_in(question))
    if age is not None and age >= ADULT_MONTHS:
        groups.add("adult")
    elif age is not None and age < CHILD_MONTHS:
        groups.add("child")
    return Patient(float(stated[1]) if stated else None, age, frozenset(groups))


def fits(patient: Patient, sentence: str) -> bool:
    """False when the sentence states a weight, an age or a group that excludes the patient."""
    bands = read_bands(sentence)
    for kind, value in (("kg", patient.weight_kg), ("months", patient.age_months)):
        stated = [band for band in bands if band.kind == kind]
        if value is not None and stated and not any(b.low <= value <= b.high for b in stated):
            return False
    named = populations_in(sentence)
    if patient.groups & YOUNG and not patient.groups & GROWN:
        return not named or not named <= GROWN
    if patient.groups & GROWN and not patient.groups & YOUNG:
        return not named or not named <= YOUNG
    return True


def read_bands(sentence: str) -> list[Band]:
    """Return the weight and age bands that a sentence states."""
    text = sentence.casefold()
    bands = []
    for found in RANGE.finditer(text):
        kind, high = _convert(float(found[3]), found[4])
        bands.append(Band(kind, _convert(float(found[1]), found[2] or found[4])[1], high))
    text = RANGE.sub(" ", text)
    for found in LOW.finditer(text):
        kind, value = _convert(float(found[1] or found[3]), found[2] or found[4])
        bands.append(Band(kind, value, math.inf))
    for found in HIGH.finditer(text):
        kind, value = _convert(float(found[1] or found[3]), found[2] or found[4])
        high = value if "up to" in found[0] else math.nextafter(value, 0)
        bands.append(Band(kind, 0.0, high))
    return bands


def _convert(value: float, unit: str) -> tuple[str, float]:
    """Return ("kg", value) or ("months", value in months)."""
    return ("kg", value) if unit == "kg" else ("months", value * UNIT_MONTHS[unit[0]])
