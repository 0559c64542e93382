"""What keeps a dose from being worked out, in words: a fact that lacks, or a reason not to.

What is covered: the one fact to ask for, a weight that no person of the age can have, and what
a card says against the medicine in pregnancy, while breastfeeding and in kidney disease. What is
not covered: allergy, other illness, other medicines: a card's "do not give" on these is quoted
where it is found, and is no bar here. It knows no question and no index.
"""

from __future__ import annotations

import re
from fractions import Fraction

from elara_local.cards import Card, Dose
from elara_local.clinical.dosing import Body, Fact
from elara_local.clinical.renal_dosing import adjustment_of, band_of, forbids
from elara_local.clinical.rounding import say_number
from elara_local.clinical.weight_limits import LIMITS, MONTH, WHO_MONTHS, weight_limits
from elara_local.patient import GROWN, TINY, Patient

NAKED = re.compile(
    r"\b(?:weight|weighs|weighing|wt)\b[ :=]*(?:is |of )?\d+(?:\.\d+)?(?![\d.]|\s*(?:kg|kilo|g|lb))"
)
LISTED = 6  # things to choose from that are named
ASKS = {
    "weight": "Give the weight in kg to work out the dose",
    "age": "Give the age to work out the dose",
    "kidney": "Give the creatinine clearance in mL/min to work out the dose",
    "indication": "Say what it is for to work out the dose",
    "group": "Say for whom to work out the dose",
}


def say_lack(lacks: Fact, medicine: str, question: str, among: tuple[str, ...]) -> str:
    """Return the sentence that asks for the one missing fact."""
    if lacks == "weight" and NAKED.search(question.casefold()):
        return f"The weight has no unit. {ASKS['weight']} of {medicine}."
    if lacks in ("weight", "age") or not among:
        return f"{ASKS[lacks]} of {medicine}."
    more = f"; and {len(among) - LISTED} more" if len(among) > LISTED else ""
    listed = "; ".join(among[:LISTED])
    return f"{ASKS[lacks]} of {medicine}. The card gives different doses: {listed}{more}."


def say_implausible(patient: Patient, body: Body) -> str:
    """Return why a weight is not worked with, "" for one that the person can have."""
    if body.weight is None:
        return ""
    low, high, whose = _limits(patient, body)
    if low <= body.weight <= high:
        return ""
    by_who = body.age is not None and body.age <= WHO_MONTHS * MONTH
    source = "WHO growth standards 2006, widened" if by_who else "Elara's own limits"
    return (
        f"A weight of {say_number(body.weight)} kg {whose} is not plausible ({source}: "
        f"{say_number(low)} to {say_number(high)} kg). Check both: no dose was worked out."
    )


def _limits(patient: Patient, body: Body) -> tuple[Fraction, Fraction, str]:
    if body.age is not None:
        low, high = (_tenth(limit) for limit in weight_limits(body.age))
        return low, high, "at this age"
    if patient.groups & TINY and not patient.groups & GROWN:
        return Fraction(LIMITS[0][1]), weight_limits(2 * MONTH)[1], "in a newborn"
    grown = bool(patient.groups & GROWN)
    low = Fraction(LIMITS[-1][1] if grown else LIMITS[0][1])
    return low, Fraction(LIMITS[-1][2]), "in an adult" if grown else "in a person"


def _tenth(value: Fraction) -> Fraction:
    return Fraction(round(value * 10), 10)


def find_forbidding(card: Card, dose: Dose, patient: Patient, body: Body) -> str | None:
    """Return the card's sentence by which such a person does not get the medicine, if any."""
    for group, advice in (("pregnancy", card.pregnancy), ("breastfeeding", card.breastfeeding)):
        meant = ("pregnan" if group == "pregnancy" else "breastfeed") in dose.who
        excepted = "not pregnant" in dose.who or "non-pregnant" in dose.who
        if group in patient.groups and advice.advice == "contraindicated":
            if not meant or excepted:
                return advice.text
    statement = adjustment_of(card)
    if statement is None or body.clearance is None:
        return None
    band = band_of(dose)
    if band is not None and band.holds(body.clearance):
        return None
    return statement.text if forbids(statement, body.clearance) else None
