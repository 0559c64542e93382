"""APACHE II: the acute physiology, age and long illness of the first day of intensive care.

What is not covered: the risk of death, which needs the weight of the diagnosis.
"""

from __future__ import annotations

from elara_local.clinical.basics import (
    ADULT_AGE,
    BREATHS,
    COMA,
    CREATININE,
    DIASTOLIC,
    FIO2,
    HAEMATOCRIT,
    INFECTION,
    LEUKOCYTES,
    PAO2,
    PH,
    POTASSIUM,
    PULSE,
    SODIUM,
    SYSTOLIC,
    TEMPERATURE,
    chosen,
    measure,
    number,
    question,
    select,
    true,
)
from elara_local.clinical.circulation import mean_pressure
from elara_local.clinical.forms import Facts
from elara_local.clinical.points import Line, Score, make_score, steps
from elara_local.errors import WrongUse

OXYGENATION = measure(
    "oxygenation", "PaO2 (FiO2 under 50 %), or A-a gradient (FiO2 50 % or more)", ("mmHg", "kPa"),
    0, 700, ("pao2", "a-a gradient", "po2"),
)  # fmt: skip
FAILURE = question("acute_failure", "Acute kidney failure", ("acute renal failure", "aki"))
CHRONIC = question(
    "chronic", "Severe organ insufficiency or weak immunity before", ("immunocompromised",)
)
NONE, EMERGENCY, ELECTIVE = "none", "emergency", "elective"
SURGERY = select("surgery", "Surgery", (NONE, EMERGENCY, ELECTIVE), ("surgery", "operation"))


def _last(value: float, cuts: tuple[tuple[float, float], ...]) -> float:
    return next(points for low, points in reversed(cuts) if value >= low - 1e-9)


def _rate_mean(facts: Facts) -> float:
    value = mean_pressure(number(facts, "systolic"), number(facts, "diastolic"))
    cuts = ((0, 4), (50, 2), (70, 0), (110, 2), (130, 3), (160, 4))
    return _last(round(value), cuts)  # the table is in whole mmHg


def _rate_oxygen(facts: Facts) -> float:
    value = number(facts, "oxygenation")
    if number(facts, "fio2") >= 50:
        return _last(value, ((0, 0), (200, 2), (350, 3), (500, 4)))
    if value < PAO2.low:  # a gradient may be so small, a pressure is then one in kPa
        raise WrongUse(
            f"Arterial PaO2 is {value:g} mmHg.",
            f"It must lie from {PAO2.low:g} mmHg upwards: is it in kPa?",
        )
    return _last(value, ((0, 4), (55, 3), (61, 1), (70 + 1e-6, 0)))


def _rate_creatinine(facts: Facts) -> float:
    points = _last(number(facts, "creatinine"), ((0, 2), (0.6, 0), (1.5, 2), (2, 3), (3.5, 4)))
    return 2 * points if true(facts, "acute_failure") else points


def _rate_chronic(facts: Facts) -> float:
    if not true(facts, "chronic"):
        return 0
    return 2 if chosen(facts, "surgery") == ELECTIVE else 5


APACHE = Score(
    (
        steps(TEMPERATURE, (30, 3), (32, 2), (34, 1), (36, 0), (38.5, 1), (39, 3), (41, 4),
              below=4),
        Line("Mean pressure from", (SYSTOLIC, DIASTOLIC), _rate_mean),
        steps(PULSE, (40, 3), (55, 2), (70, 0), (110, 2), (140, 3), (180, 4), below=4),
        steps(BREATHS, (6, 2), (10, 1), (12, 0), (25, 1), (35, 3), (50, 4), below=4),
        Line("Oxygenation", (OXYGENATION, FIO2), _rate_oxygen),
        steps(PH, (7.15, 3), (7.25, 2), (7.33, 0), (7.5, 1), (7.6, 3), (7.7, 4), below=4),
        steps(SODIUM, (111, 3), (120, 2), (130, 0), (150, 1), (155, 2), (160, 3), (180, 4),
              below=4),
        steps(POTASSIUM, (2.5, 2), (3, 1), (3.5, 0), (5.5, 1), (6, 3), (7, 4), below=4),
        Line("Creatinine (twice in acute kidney failure)", (CREATININE, FAILURE), _rate_creatinine),
        steps(HAEMATOCRIT, (20, 2), (30, 0), (46, 1), (50, 2), (60, 4), below=4),
        steps(LEUKOCYTES, (1, 2), (3, 0), (15, 1), (20, 2), (40, 4), below=4),
        Line("Glasgow Coma Scale, 15 less", (COMA,), lambda facts: 15 - number(facts, "gcs")),
        steps(ADULT_AGE, (45, 2), (55, 3), (65, 5), (75, 6)),
        Line("Chronic illness, surgery", (CHRONIC, SURGERY), _rate_chronic),
    ),
    ((0, "0 to 71 points: the higher, the worse; the risk of death depends on the diagnosis"),),
)  # fmt: skip
CALCULATORS = (
    make_score(
        "apache2", "APACHE II", INFECTION, APACHE,
        ("Knaus WA and others, APACHE II: a severity of disease classification system,"
         " Crit Care Med 1985;13:818",),
        "Adults, worst values of the first 24 hours in intensive care; not burns or heart surgery.",
        ("apache ii", "apache 2", "apache2", "apache"),
    ),
)  # fmt: skip
