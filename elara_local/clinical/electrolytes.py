"""Corrections of laboratory values: calcium, sodium, osmolality, the free water that lacks.

What is not covered: how fast a sodium may be brought back; a guideline must say that.
"""

from __future__ import annotations

from elara_local.clinical.basics import (
    AGE,
    ALBUMIN,
    BUN,
    BUN_NOTE,
    FLUIDS,
    GLUCOSE,
    SEX,
    SODIUM,
    WEIGHT,
    chosen,
    female,
    measure,
    number,
    select,
)
from elara_local.clinical.forms import Calculator, Facts, Result

CALCIUM = measure(
    "calcium", "Total calcium", ("mg/dL", "mmol/L", "mEq/L"), 3, 30, ("ca", "calcium"), "calcium"
)
HILLIER, KATZ = "2.4 (Hillier 1999)", "1.6 (Katz 1973)"
FALL = select(
    "fall", "Sodium falls, for each 100 mg/dL of glucose, by", (HILLIER, KATZ), ("factor",)
)
ELDERLY = 65.0
OSMOLES = ("275 to 295 mOsm/kg is the usual range.", BUN_NOTE)


def correct_calcium(facts: Facts) -> Result:
    """Payne's correction for a low albumin, with the factor of 1977."""
    calcium, albumin = number(facts, "calcium"), number(facts, "albumin")
    value = calcium + 0.8 * (4 - albumin)
    line = f"{calcium:.4g} + 0.8 × (4.0 - {albumin:.3g}) = {value:.2f} mg/dL"
    return Result(value, "mg/dL", (line,), notes=("An ionised calcium is better where it counts.",))


def correct_sodium(facts: Facts) -> Result:
    """Sodium that would be measured if the glucose were 100 mg/dL."""
    sodium, glucose = number(facts, "sodium"), number(facts, "glucose")
    fall = float(chosen(facts, "fall").split()[0])
    value = sodium + fall * (glucose - 100) / 100
    line = f"{sodium:g} + {fall:g} × ({glucose:.5g} - 100) / 100 = {value:.1f} mmol/L"
    notes = ("Katz 1973 and Hillier 1999 give different factors; the name of the factor is shown.",)
    return Result(value, "mmol/L", (line,), notes=notes)


def reckon_osmolality(facts: Facts) -> Result:
    """Serum osmolality from sodium, glucose and urea nitrogen."""
    sodium, glucose, urea = (number(facts, name) for name in ("sodium", "glucose", "urea"))
    value = 2 * sodium + glucose / 18 + urea / 2.8
    line = f"2 × {sodium:g} + {glucose:.5g} / 18 + {urea:.4g} / 2.8 = {value:.1f} mOsm/kg"
    return Result(value, "mOsm/kg", (line,), notes=OSMOLES)


def water_share(age: float, woman: bool) -> float:
    """Return total body water as a share of the weight (Adrogué and Madias 2000)."""
    if age < 18:
        return 0.6
    if age >= ELDERLY:
        return 0.45 if woman else 0.5
    return 0.5 if woman else 0.6


def find_water_deficit(facts: Facts) -> Result:
    """The free water that brings the sodium to 140 mmol/L."""
    weight, sodium = number(facts, "weight"), number(facts, "sodium")
    share = water_share(number(facts, "age"), female(facts))
    value = share * weight * (sodium / 140 - 1)
    line = f"{share:g} × {weight:.4g} kg × ({sodium:g} / 140 - 1) = {value:.2f} L"
    notes = ("A negative value is an excess of water, not a deficit.",) if value < 0 else ()
    return Result(value, "L", (line,), notes=notes)


CALCULATORS = (
    Calculator(
        "corrected_calcium", "Calcium corrected for albumin", FLUIDS, (CALCIUM, ALBUMIN),
        "calcium + 0.8 × (4.0 - albumin in g/dL)",
        ("Payne RB and others, Interpretation of serum calcium in patients with abnormal serum"
         " proteins, Br Med J 1973;4:643 (the correction)",
         "Correcting the calcium, Br Med J 1977;1:598 (the factor: 0.02 mmol/L for each g/L)"),
        correct_calcium, "Unreliable in kidney failure, critical illness and acid-base disorders.",
        ("corrected calcium", "calcium correction", "adjusted calcium", "albumin calcium"), 2,
    ),
    Calculator(
        "corrected_sodium", "Sodium corrected for glucose", FLUIDS, (SODIUM, GLUCOSE, FALL),
        "sodium + factor × (glucose in mg/dL - 100) / 100",
        ("Hillier TA and others, Hyponatremia: evaluating the correction factor for hyperglycemia,"
         " Am J Med 1999;106:399", "Katz MA, Hyperglycemia-induced hyponatremia,"
         " N Engl J Med 1973;289:843"),
        correct_sodium, "Made for a raised glucose.",
        ("corrected sodium", "sodium correction", "corrected na", "hyperglycaemia sodium"),
    ),
    Calculator(
        "osmolality", "Serum osmolality, calculated", FLUIDS, (SODIUM, GLUCOSE, BUN),
        "2 × sodium + glucose / 18 + urea nitrogen / 2.8 (both in mg/dL)",
        ("Smithline N, Gardner KD, Gaps: anionic and osmolal, JAMA 1976;236:1594",),
        reckon_osmolality, "Leaves out ethanol and other alcohols.",
        ("osmolality", "osmolarity", "serum osm", "calculated osmolality"),
    ),
    Calculator(
        "water_deficit", "Free water deficit", FLUIDS, (AGE, SEX, WEIGHT, SODIUM),
        "body water × (sodium / 140 - 1); body water is 0.6 of the weight in children and men,"
        " 0.5 in women and old men, 0.45 in old women (old: from 65 years)",
        ("Adrogué HJ, Madias NE, Hypernatremia, N Engl J Med 2000;342:1493 (shares of water)",),
        find_water_deficit, "An estimate for pure loss of water; measure the sodium again often.",
        ("free water deficit", "fwd", "water deficit"), 2,
    ),
)  # fmt: skip
