"""Lipids: LDL by Friedewald, and the risk of a heart attack by Framingham (ATP III).

What is not covered: risks other than in the population each was made in; newer equations.
"""

from __future__ import annotations

from math import exp, log

from elara_local.clinical.basics import (
    HEART,
    SEX,
    SYSTOLIC,
    female,
    measure,
    number,
    question,
    true,
)
from elara_local.clinical.forms import Calculator, Facts, Field, Result

TOTAL = measure(
    "cholesterol", "Total cholesterol", ("mg/dL", "mmol/L"), 30, 1200,
    ("tc", "cholesterol", "chol"),
    "cholesterol",
)  # fmt: skip
HDL = measure("hdl", "HDL cholesterol", ("mg/dL", "mmol/L"), 3, 250, ("hdl",), "cholesterol")
TRIGLYCERIDES = measure(
    "triglycerides", "Triglycerides", ("mg/dL", "mmol/L"), 5, 20_000, ("tg", "trigs"),
    "triglycerides",
)  # fmt: skip
RISK_AGE = Field("age", "Age", units=("years",), low=20, high=79, words=("age", "y", "yo"))
RISK_SYSTOLIC = Field(
    "systolic", SYSTOLIC.label, units=SYSTOLIC.units, low=70, high=260, words=SYSTOLIC.words
)
SMOKER = question("smoker", "Smokes", ("smoker", "smokes", "smoking"))
TREATED = question(
    "treated", "Treated for blood pressure", ("on antihypertensives", "antihypertensive")
)
HIGHEST_TRIGLYCERIDES = 400.0


def find_ldl(facts: Facts) -> Result:
    """LDL cholesterol by Friedewald."""
    total, hdl, fat = (number(facts, n) for n in ("cholesterol", "hdl", "triglycerides"))
    value = total - hdl - fat / 5
    line = f"{total:.4g} - {hdl:.4g} - {fat:.5g} / 5 = {value:.1f} mg/dL"
    if fat > HIGHEST_TRIGLYCERIDES:
        return Result(
            value, "mg/dL", (line,), "Not valid: triglycerides above 400 mg/dL (4.5 mmol/L)",
            ("Do not use this value; measure LDL directly.",),
        )  # fmt: skip
    return Result(value, "mg/dL", (line,))


def _sum_men(age: float, total: float, smoker: bool) -> float:
    smoking = (12.096316 - 2.84367 * log(min(age, 70))) * smoker
    return (
        52.00961 * log(age)
        + 20.014077 * log(total)
        - 4.605038 * log(age) * log(total)
        - 2.93323 * log(age) ** 2
        + smoking
        - 172.300168
    )


def _sum_women(age: float, total: float, smoker: bool) -> float:
    smoking = (13.07543 - 2.996945 * log(min(age, 78))) * smoker
    return (
        31.764001 * log(age)
        + 22.465206 * log(total)
        - 5.060998 * log(age) * log(total)
        + smoking
        - 146.5933061
    )


def risk_heart(facts: Facts) -> Result:
    """Infarction or coronary death within 10 years, in percent."""
    age, total, hdl, systolic = (
        number(facts, name) for name in ("age", "cholesterol", "hdl", "systolic")
    )
    woman, treated, smoker = female(facts), true(facts, "treated"), true(facts, "smoker")
    if woman:
        survival = 0.98767
        score = _sum_women(age, total, smoker)
        score += -1.187731 * log(hdl) + 2.552905 * log(systolic) + 0.420251 * treated
    else:
        survival = 0.9402
        score = _sum_men(age, total, smoker)
        score += -0.905964 * log(hdl) + 1.305784 * log(systolic) + 0.241549 * treated
    value = 100 * (1 - survival ** exp(score))
    worked = (
        f"Sum of the terms: {score:.4f}",
        f"100 × (1 - {survival:g}^e^{score:.4f}) = {value:.1f} %",
    )
    meaning = "Over 20 %: high risk" if value > 20 else "10 to 20 %: intermediate risk"
    if value < 10:
        meaning = "Under 10 %: low risk"
    return Result(value, "%", worked, meaning)


CALCULATORS = (
    Calculator(
        "ldl", "LDL cholesterol (Friedewald)", HEART, (TOTAL, HDL, TRIGLYCERIDES),
        "total - HDL - triglycerides / 5 (mg/dL)",
        ("Friedewald WT and others, Estimation of the concentration of low-density lipoprotein"
         " cholesterol in plasma, Clin Chem 1972;18:499",),
        find_ldl, "Fasting; not above 400 mg/dL of triglycerides or in type III.",
        ("ldl", "friedewald", "calculated ldl"), 0,
    ),
    Calculator(
        "framingham", "Framingham risk of hard coronary disease (ATP III)", HEART,
        (RISK_AGE, SEX, TOTAL, HDL, RISK_SYSTOLIC, TREATED, SMOKER),
        "100 × (1 - S^e^L), S 0.9402 for men and 0.98767 for women; L sums the terms of the"
        " logarithms of age, cholesterol, HDL and systolic pressure, treatment and smoking",
        ("National Cholesterol Education Program, Third report (Adult Treatment Panel III), 2002",
         "Framingham Heart Study, Hard coronary heart disease (10-year risk), risk functions"),
        risk_heart, "30 to 79 years (ATP III: from 20), without diabetes, heart disease or stroke.",
        ("framingham", "framingham risk", "frs", "hard chd", "coronary risk"),
    ),
)  # fmt: skip
