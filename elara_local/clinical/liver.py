"""The liver: Child-Pugh, MELD with sodium (UNOS 2016), FIB-4.

What is not covered: MELD 3.0 of 2022 (sex and albumin), exceptions for transplantation.
"""

from __future__ import annotations

from math import log, sqrt

from elara_local.clinical.basics import (
    ADULT_AGE,
    ALBUMIN,
    BILIRUBIN,
    CREATININE,
    INR,
    LIVER,
    PLATELETS,
    SODIUM,
    measure,
    number,
    question,
    true,
)
from elara_local.clinical.forms import Calculator, Facts, Field, Result
from elara_local.clinical.points import Line, Score, make_score, pick

ALT = measure("alt", "Alanine aminotransferase", ("U/L",), 1, 20_000, ("alt", "sgpt", "alat"))
AST = measure("ast", "Aspartate aminotransferase", ("U/L",), 1, 30_000, ("ast", "sgot", "asat"))
DIALYSIS = question(
    "dialysis", "Dialysis twice, or 24 hours of CVVHD, in the last week", ("dialysis", "cvvhd")
)


def _three(field: Field, low: float, high: float, *, rising: bool) -> Line:
    """One point outside one end, three outside the other, two from `low` to `high` inclusive."""
    first, last = (1, 3) if rising else (3, 1)

    def count(facts: Facts) -> float:
        value = number(facts, field.name)
        return first if value < low else 2 if value <= high else last

    return Line(field.label, (field,), count)


CHILD_PUGH = Score(
    (
        _three(BILIRUBIN, 2, 3, rising=True),
        _three(ALBUMIN, 2.8, 3.5, rising=False),
        _three(INR, 1.7, 2.3, rising=True),
        pick("ascites", "Ascites", {"none": 1, "slight": 2, "moderate to severe": 3}, ("ascites",)),
        pick(
            "encephalopathy",
            "Encephalopathy",
            {"none": 1, "grade 1-2": 2, "grade 3-4": 3},
            ("encephalopathy",),
        ),
    ),
    (
        (5, "Class A: well compensated"),
        (7, "Class B: significant functional compromise"),
        (10, "Class C: decompensated"),
    ),
)


def reckon_meld(facts: Facts) -> Result:
    """MELD with sodium as UNOS/OPTN allocated by from January 2016 to July 2023."""
    bilirubin, inr = max(number(facts, "bilirubin"), 1), max(number(facts, "inr"), 1)
    creatinine = min(max(number(facts, "creatinine"), 1), 4)
    if true(facts, "dialysis"):
        creatinine = 4
    raw = 0.957 * log(creatinine) + 0.378 * log(bilirubin) + 1.120 * log(inr) + 0.643
    meld = int(10 * raw + 0.5)  # to a tenth, then times ten
    worked = [
        f"Bounds: creatinine {creatinine:.4g}, bilirubin {bilirubin:.4g}, INR {inr:.4g}",
        f"10 × (0.957 × ln {creatinine:.4g} + 0.378 × ln {bilirubin:.4g} + 1.120 × ln {inr:.4g}"
        f" + 0.643) = {10 * raw:.1f}, rounded {meld}",
    ]
    value = meld
    if meld > 11:
        sodium = min(max(number(facts, "sodium"), 125), 137)
        exact = meld + 1.32 * (137 - sodium) - 0.033 * meld * (137 - sodium)
        value = int(exact + 0.5)
        worked.append(
            f"{meld} + 1.32 × (137 - {sodium:g}) - 0.033 × {meld} × (137 - {sodium:g})"
            f" = {exact:.1f}, rounded {value}"
        )
    bounded = min(max(value, 6), 40)
    if bounded != value:
        worked.append(f"The score runs from 6 to 40: {bounded}")
    return Result(float(bounded), "points", tuple(worked))


def index_fibrosis(facts: Facts) -> Result:
    """FIB-4 of Sterling."""
    age, ast, alt, platelets = (number(facts, n) for n in ("age", "ast", "alt", "platelets"))
    value = age * ast / (platelets * sqrt(alt))
    line = f"{age:g} × {ast:g} / ({platelets:.5g} × √{alt:g}) = {value:.2f}"
    meaning = "1.45 to 3.25: not decided"
    if value < 1.45:
        meaning = "Under 1.45: advanced fibrosis unlikely"
    if value > 3.25:
        meaning = "Above 3.25: advanced fibrosis likely"
    return Result(value, "", (line,), meaning)


CALCULATORS = (
    make_score(
        "child_pugh", "Child-Pugh score", LIVER, CHILD_PUGH,
        ("Pugh RNH and others, Transection of the oesophagus for bleeding oesophageal varices,"
         " Br J Surg 1973;60:646",
         "Lucey MR and others, Minimal criteria for placement of adults on the liver transplant"
         " waiting list, Liver Transpl Surg 1997;3:628 (INR)"),
        "Cirrhosis. Other bilirubin limits apply in primary biliary cholangitis. The cut-offs are"
        " those in mg/dL (2 and 3); tables in µmol/L round them to 34 and 50.",
        ("child-pugh", "child pugh", "ctp", "child turcotte pugh"),
    ),
    Calculator(
        "meld_na", "MELD-Na (UNOS 2016)", LIVER, (BILIRUBIN, CREATININE, INR, SODIUM, DIALYSIS),
        "MELD = 10 × (0.957 ln Cr + 0.378 ln bilirubin + 1.120 ln INR + 0.643); above 11:"
        " MELD + 1.32 × (137 - Na) - 0.033 × MELD × (137 - Na); Cr 1 to 4, Na 125 to 137",
        ("OPTN/UNOS policy 9.1, MELD with sodium, effective January 2016",
         "Kim WR and others, Hyponatremia and mortality among patients on the liver-transplant"
         " waiting list, N Engl J Med 2008;359:1018"),
        reckon_meld, "From 12 years. MELD 3.0 replaced it for allocation in the USA in 2023.",
        ("meld", "meld-na", "meld na"), 0,
    ),
    Calculator(
        "fib4", "FIB-4 index", LIVER, (ADULT_AGE, AST, ALT, PLATELETS),
        "age × AST / (platelets × √ALT)",
        ("Sterling RK and others, Development of a simple noninvasive index, Hepatology"
         " 2006;43:1317",),
        index_fibrosis, "Made in HIV and hepatitis C; unreliable under 35 and over 65 years.",
        ("fib-4", "fib4", "fib 4", "fibrosis-4", "liver fibrosis"), 2,
    ),
)  # fmt: skip
