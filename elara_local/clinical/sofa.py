"""SOFA: six organs, none to four points each.

What is not covered: SOFA counts the worst values of 24 hours; which those are is not checked.
"""

from __future__ import annotations

from elara_local.clinical.basics import (
    BILIRUBIN,
    COMA,
    CREATININE,
    DIASTOLIC,
    FIO2,
    INFECTION,
    PAO2,
    PLATELETS,
    SYSTOLIC,
    chosen,
    number,
    question,
    select,
    true,
)
from elara_local.clinical.circulation import mean_pressure
from elara_local.clinical.forms import Facts, Field
from elara_local.clinical.points import Line, Score, make_score, steps

VENTILATED = question(
    "ventilated", "Ventilated, also by CPAP or mask", ("ventilated", "ventilation", "cpap")
)
DOSE = ("mcg/kg/min", "µg/kg/min")


def _pressor(name: str, label: str, high: float) -> Field:
    return Field(name, label, units=DOSE, high=high, otherwise=0.0, words=(label.lower(),))


DOPAMINE = _pressor("dopamine", "Dopamine", 100)
DOBUTAMINE = _pressor("dobutamine", "Dobutamine", 100)
ADRENALINE = _pressor("adrenaline", "Adrenaline (epinephrine)", 10)
NORADRENALINE = _pressor("noradrenaline", "Noradrenaline (norepinephrine)", 10)
URINES = {"500 mL or more, or not measured": 0, "200 to 499 mL": 3, "under 200 mL": 4}
URINE = select("urine", "Urine in 24 hours", tuple(URINES), ("urine output", "uo"))


def _rate_lungs(facts: Facts) -> float:
    ratio = number(facts, "pao2") / (number(facts, "fio2") / 100)
    if true(facts, "ventilated") and ratio < 200:
        return 4 if ratio < 100 else 3
    return 2 if ratio < 300 else 1 if ratio < 400 else 0


def _rate_circulation(facts: Facts) -> float:
    dopamine, dobutamine = number(facts, "dopamine"), number(facts, "dobutamine")
    strongest = max(number(facts, "adrenaline"), number(facts, "noradrenaline"))
    if dopamine > 15 or strongest > 0.1:
        return 4
    if dopamine > 5 or strongest > 0:
        return 3
    if dopamine > 0 or dobutamine > 0:
        return 2
    return 1 if mean_pressure(number(facts, "systolic"), number(facts, "diastolic")) < 70 else 0


def _rate_kidney(facts: Facts) -> float:
    value = number(facts, "creatinine")
    points = next((p for low, p in ((5, 4), (3.5, 3), (2, 2), (1.2, 1)) if value >= low - 1e-9), 0)
    return max(points, URINES[chosen(facts, "urine")])


SOFA = Score(
    (
        Line("Lungs", (PAO2, FIO2, VENTILATED), _rate_lungs),
        steps(PLATELETS, (20, 3), (50, 2), (100, 1), (150, 0), below=4),
        steps(BILIRUBIN, (1.2, 1), (2, 2), (6, 3), (12, 4)),
        Line(
            "Circulation",
            (SYSTOLIC, DIASTOLIC, DOPAMINE, DOBUTAMINE, ADRENALINE, NORADRENALINE),
            _rate_circulation,
        ),
        steps(COMA, (6, 3), (10, 2), (13, 1), (15, 0), below=4),
        Line("Kidneys", (CREATININE, URINE), _rate_kidney),
    ),
    (
        (0, "Under 2: no organ dysfunction by this score if it was 0 before"),
        (2, "A rise of 2 or more with infection: sepsis (Sepsis-3)"),
    ),
)
CALCULATORS = (
    make_score(
        "sofa", "SOFA", INFECTION, SOFA,
        ("Vincent JL and others, The SOFA score to describe organ dysfunction/failure,"
         " Intensive Care Med 1996;22:707",
         "Singer M and others, Sepsis-3, JAMA 2016;315:801 (rise of 2)"),
        "Adults in intensive care; the worst values of 24 hours; vasopressors for an hour or more."
        " The cut-offs are those in mg/dL: just below one, the source's rounded µmol/L give a point"
        " more (creatinine 171 or 300, bilirubin 20, 33 or 102).",
        ("sofa", "sequential organ failure assessment", "organ failure score"),
    ),
)  # fmt: skip
