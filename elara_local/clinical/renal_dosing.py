"""Kidney function as a question states it, and as a card's dose is bound to it.

What is covered: creatinine clearance and eGFR stated as a number ("CrCl 25", "eGFR 40 mL/min"),
the bands in whom a card's dose is for ("adult with creatinine clearance 15 to 30 mL/min"), and
whether a card says anything of the kidney that changes a dose. What is not covered: clearance
from creatinine (a calculator does that, and is asked for by name), dialysis, a word such as
"severe kidney disease", which is no number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from elara_local.cards import Card, Dose, Statement

_NAME = (
    r"(?:cr\.?\s?cl|c(?:reatinine|reat)\.?\s+cl(?:earance)?|e?gfr|filtration rate"
    r"|clearance)"
)
STATED = re.compile(
    rf"\b{_NAME}\b\s*(?:\([^)]*\)\s*)?(?:is|was|of|at|=|:|~|about)?\s*"
    r"(?P<sign>[<>≤≥])?\s*(?P<value>\d{1,3}(?:[.,]\d+)?)(?![.,]?\d|\s*(?:y\b|yr|years?|kg|to\b|-\s*\d|mg))",
    re.IGNORECASE,
)
BAND = re.compile(
    r"(?:creatinine clearance|eGFR)(?: of)? (?:(?P<side>below|above) )?(?P<low>\d+)"
    r"(?: to (?P<high>\d+))?(?: mL/min(?:/1\.73 m²)?)?(?P<more> or more)?"
)
HEALTHY = re.compile(r"\b(?:normal|healthy) kidneys\b")
SAME = re.compile(
    r"\b(?:same|no change|needs no change|not change|unchanged|normal dose|usual dose"
    r"|no dose change)\b",
    re.IGNORECASE,
)
FORBIDS = re.compile(r"\b(?:do not (?:give|start|put)|avoid|is not started)\b", re.IGNORECASE)
NORMAL = Fraction(60)  # mL/min: KDIGO 2024, below it the filtration is reduced
SEVERE = Fraction(30)  # mL/min: KDIGO 2024, below it severely reduced


@dataclass(frozen=True)
class Clearance:
    """A band of clearance in mL/min; `low` belongs to it, `high` only where `closed`."""

    low: Fraction
    high: Fraction | None
    closed: bool = True

    def holds(self, value: Fraction) -> bool:
        """True when a clearance, read as whole mL/min, lies in the band."""
        whole = Fraction(round(value))
        if whole < self.low:
            return False
        return self.high is None or whole < self.high or (self.closed and whole == self.high)


def read_clearance(question: str) -> Fraction | None:
    """Return the creatinine clearance or eGFR that a question states, in mL/min.

    None where none is stated, where it is only a limit ("CrCl < 30"), where several differ, or
    where the number can't be one (above 250).
    """
    values = {
        Fraction(found["value"].replace(",", "."))
        for found in STATED.finditer(question)
        if not found["sign"]
    }
    plausible = {value for value in values if 0 < value <= 250}
    return plausible.pop() if len(plausible) == 1 else None


def band_of(dose: Dose) -> Clearance | None:
    """Return the clearance that a dose is for, by whom and what it is for; None for any."""
    found = BAND.search(f"{dose.who}; {dose.indication}; {dose.note}")
    if found is None:
        return Clearance(NORMAL, None) if HEALTHY.search(dose.who) else None
    low = Fraction(found["low"])
    if found["side"] == "below":
        return Clearance(Fraction(0), low, closed=False)
    if found["side"] == "above":
        return Clearance(low + 1, None)
    if found["high"]:
        return Clearance(low, Fraction(found["high"]))
    return Clearance(low, None) if found["more"] else None


def adjustment_of(card: Card) -> Statement | None:
    """Return the first sentence of a card by which a weak kidney changes the dose."""
    return next((s for s in card.renal if not SAME.search(s.text)), None)


def forbids(statement: Statement, clearance: Fraction) -> bool:
    """True when a card's sentence says not to give at this clearance.

    A sentence on "severe" kidney disease counts from below 30 mL/min, any other from below 60.
    """
    if not FORBIDS.search(statement.text):
        return False
    severe = re.search(r"\bsevere\b(?! or)|kidney failure", statement.text)
    return clearance < (SEVERE if severe else NORMAL)
