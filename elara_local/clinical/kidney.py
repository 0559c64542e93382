"""Kidney function: creatinine clearance, estimated filtration, sodium excretion.

What is not covered: dialysis, a creatinine that still rises, cystatin C. The stages are those
of KDIGO 2012 and hold only where the value has lasted three months.
"""

from __future__ import annotations

from elara_local.clinical.basics import (
    ADULT_AGE,
    AGE,
    CREATININE,
    HEIGHT,
    KIDNEY,
    SEX,
    SODIUM,
    WEIGHT,
    female,
    measure,
    number,
    question,
    true,
)
from elara_local.clinical.body import ADULT_HEIGHT, adjusted_weight, ideal_weight
from elara_local.clinical.forms import Calculator, Facts, Field, Result

STAGES = (
    (90.0, "G1: normal or high"),
    (60.0, "G2: mildly decreased"),
    (45.0, "G3a: mildly to moderately decreased"),
    (30.0, "G3b: moderately to severely decreased"),
    (15.0, "G4: severely decreased"),
    (0.0, "G5: kidney failure"),
)
KDIGO = "KDIGO, Clinical practice guideline for chronic kidney disease, 2012 (stages)"
STEADY = "Not for acute kidney injury (creatinine not steady), dialysis or pregnancy."
URINE_SODIUM = measure(
    "urine_sodium", "Urine sodium", ("mmol/L", "mEq/L"), 1, 400, ("una", "urine na"), "sodium"
)
URINE_CREATININE = measure(
    "urine_creatinine", "Urine creatinine", ("mg/dL", "µmol/L", "mmol/L"), 1, 800,
    ("ucr", "urine cr"),
    "creatinine",
)  # fmt: skip
CHILD_AGE = Field("age", "Age", units=AGE.units, low=1, high=18, words=AGE.words)
# Many healthy children have 25 to 60 µmol/L: as mg/dL that is refused.
CHILD_CREATININE = Field(
    CREATININE.name, CREATININE.label, units=CREATININE.units, low=CREATININE.low, high=25,
    words=CREATININE.words, substance=CREATININE.substance,
)  # fmt: skip
BLACK = question("black", "Counted as Black in the equation of 2006", ("black", "african american"))


def stage(filtration: float) -> str:
    """Return the KDIGO 2012 category of a filtration rate in mL/min/1.73 m²."""
    return next(text for low, text in STAGES if filtration >= low)


def _clear(facts: Facts, weight: float, before: tuple[str, ...] = ()) -> Result:
    age, creatinine = number(facts, "age"), number(facts, "creatinine")
    factor = 0.85 if female(facts) else 1.0
    value = (140 - age) * weight * factor / (72 * creatinine)
    line = (
        f"(140 - {age:g}) × {weight:.4g} kg × {factor:g} / (72 × {creatinine:.4g} mg/dL)"
        f" = {value:.1f} mL/min"
    )
    return Result(value, "mL/min", (*before, line))


def clear_actual(facts: Facts) -> Result:
    """Cockcroft and Gault with the weight as it is."""
    return _clear(facts, number(facts, "weight"))


def clear_by_bmi(facts: Facts) -> Result:
    """Cockcroft and Gault with the weight chosen by body mass index (Winter 2012)."""
    weight, height = number(facts, "weight"), number(facts, "height")
    bmi = weight / (height / 100) ** 2
    ideal = ideal_weight(height, female(facts))
    if bmi < 18.5:
        used, why = weight, "underweight: actual weight"
    elif bmi < 25:
        used, why = min(weight, ideal), f"normal: the lesser of actual and ideal ({ideal:.1f} kg)"
    else:
        used = adjusted_weight(weight, ideal)
        why = f"overweight: adjusted, {ideal:.1f} + 0.4 × ({weight:g} - {ideal:.1f})"
    return _clear(facts, used, (f"Body mass index {bmi:.1f}, {why} = {used:.1f} kg",))


def filter_ckd_epi(facts: Facts) -> Result:
    """CKD-EPI creatinine equation of 2021, without race."""
    age, creatinine = number(facts, "age"), number(facts, "creatinine")
    kappa, alpha, factor = (0.7, -0.241, 1.012) if female(facts) else (0.9, -0.302, 1.0)
    ratio = creatinine / kappa
    value = 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age * factor
    line = (
        f"142 × min({ratio:.3f}, 1)^{alpha:g} × max({ratio:.3f}, 1)^-1.200 × 0.9938^{age:g}"
        f" × {factor:g} = {value:.1f} mL/min/1.73 m²"
    )
    return Result(value, "mL/min/1.73 m²", (line,), stage(round(value)))  # as it is shown


def filter_mdrd(facts: Facts) -> Result:
    """The four-variable MDRD equation for creatinine traceable to IDMS (2006)."""
    age, creatinine = number(facts, "age"), number(facts, "creatinine")
    factor = (0.742 if female(facts) else 1.0) * (1.212 if true(facts, "black") else 1.0)
    value = 175 * creatinine**-1.154 * age**-0.203 * factor
    line = f"175 × {creatinine:.4g}^-1.154 × {age:g}^-0.203 × {factor:.4g} = {value:.1f}"
    notes = ("The newer CKD-EPI equation of 2021 uses no race and is preferred.",)
    return Result(value, "mL/min/1.73 m²", (line,), stage(round(value)), notes)


def filter_schwartz(facts: Facts) -> Result:
    """The bedside Schwartz equation for children."""
    height, creatinine = number(facts, "height"), number(facts, "creatinine")
    value = 0.413 * height / creatinine
    line = f"0.413 × {height:g} cm / {creatinine:.4g} mg/dL = {value:.1f}"
    return Result(value, "mL/min/1.73 m²", (line,))


def excrete_sodium(facts: Facts) -> Result:
    """Fractional excretion of sodium."""
    names = ("urine_sodium", "creatinine", "sodium", "urine_creatinine")
    urine, creatinine, sodium, excreted = (number(facts, name) for name in names)
    value = 100 * urine * creatinine / (sodium * excreted)
    line = f"100 × ({urine:g} × {creatinine:.4g}) / ({sodium:g} × {excreted:.4g}) = {value:.3g} %"
    meaning = "1 to 3 %: does not decide"
    if value > 3:
        meaning = "Over 3 %: points to damage of the tubules"
    if value < 1:
        meaning = "Under 1 %: points to a prerenal cause"
    return Result(value, "%", (line,), meaning)


_COCKCROFT = "Cockcroft DW, Gault MH, Prediction of creatinine clearance, Nephron 1976;16:31"
CALCULATORS = (
    Calculator(
        "crcl", "Creatinine clearance (Cockcroft-Gault, actual weight)", KIDNEY,
        (ADULT_AGE, SEX, WEIGHT, CREATININE),
        "(140 - age) × weight × (0.85 if female) / (72 × creatinine in mg/dL)",
        (_COCKCROFT,), clear_actual, STEADY,
        ("crcl", "creatinine clearance", "cockcroft", "cockcroft-gault", "cockcroft gault"),
    ),
    Calculator(
        "crcl_by_bmi", "Creatinine clearance (Cockcroft-Gault, weight by BMI)", KIDNEY,
        (ADULT_AGE, SEX, WEIGHT, ADULT_HEIGHT, CREATININE),
        "(140 - age) × weight × (0.85 if female) / (72 × creatinine in mg/dL); weight: actual if"
        " BMI is under 18.5, the lesser of actual and ideal under 25, else adjusted",
        (_COCKCROFT, "Winter MA and others, Pharmacotherapy 2012;32:604 (which weight)"),
        clear_by_bmi, STEADY,
        ("crcl adjusted weight", "cockcroft-gault adjusted", "crcl obese"),
    ),
    Calculator(
        "ckd_epi", "Filtration rate (CKD-EPI 2021, creatinine)", KIDNEY,
        (ADULT_AGE, SEX, CREATININE),
        "142 × min(Cr/κ, 1)^α × max(Cr/κ, 1)^-1.200 × 0.9938^age × 1.012 if female;"
        " κ 0.7, α -0.241 for women, κ 0.9, α -0.302 for men",
        ("Inker LA and others, New creatinine- and cystatin C-based equations,"
         " N Engl J Med 2021;385:1737", KDIGO),
        filter_ckd_epi, f"Adults only. {STEADY}",
        ("egfr", "gfr", "ckd-epi", "ckd epi", "glomerular filtration rate"), 0,
    ),
    Calculator(
        "mdrd", "Filtration rate (MDRD, 2006)", KIDNEY, (ADULT_AGE, SEX, CREATININE, BLACK),
        "175 × Cr^-1.154 × age^-0.203 × 0.742 if female × 1.212 if Black",
        ("Levey AS and others, Using standardized serum creatinine values in the MDRD study"
         " equation, Ann Intern Med 2006;145:247", KDIGO),
        filter_mdrd, f"Adults only; too low above 60 mL/min/1.73 m². {STEADY}",
        ("mdrd", "mdrd gfr", "mdrd egfr"), 0,
    ),
    Calculator(
        "schwartz", "Filtration rate in children (bedside Schwartz)", KIDNEY,
        (CHILD_AGE, HEIGHT, CHILD_CREATININE), "0.413 × height in cm / creatinine in mg/dL",
        ("Schwartz GJ and others, New equations to estimate GFR in children with CKD,"
         " J Am Soc Nephrol 2009;20:629",),
        filter_schwartz, "Made in children of 1 to 16 years with chronic kidney disease.",
        ("schwartz", "bedside schwartz", "paediatric egfr", "pediatric egfr", "child egfr"), 0,
    ),
    Calculator(
        "fena", "Fractional excretion of sodium", KIDNEY,
        (SODIUM, CREATININE, URINE_SODIUM, URINE_CREATININE),
        "100 × (urine Na × plasma Cr) / (plasma Na × urine Cr)",
        ("Espinel CH, The FENa test, JAMA 1976;236:579",), excrete_sodium,
        "Made for oliguria; misleads after diuretics and in chronic kidney disease.",
        ("fena", "fractional excretion of sodium", "fractional excretion"), 2,
    ),
)  # fmt: skip
