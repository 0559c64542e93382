"""Body size: body mass index, ideal, adjusted and target weight, surface, arm circumference.

What is not covered: growth standards (weight for height in Z-scores need the WHO tables).
"""

from __future__ import annotations

from math import sqrt

from elara_local.clinical.basics import (
    BMI,
    BODY,
    HEIGHT,
    SEX,
    WEIGHT,
    female,
    measure,
    number,
    question,
    true,
)
from elara_local.clinical.forms import Calculator, Facts, Field, Result

SIXTY_INCHES = 152.4
CLASSES = (
    (40.0, "Obesity class III"),
    (35.0, "Obesity class II"),
    (30.0, "Obesity class I"),
    (25.0, "Overweight"),
    (18.5, "Normal"),
    (0.0, "Underweight"),
)
GROWN_HEIGHT = 145.0  # most people above it are grown: below, the reader is warned
CHILD = "A child has no class by this: use weight for height or BMI for age (WHO standards)."
SHORT = "The formula was made from 152.4 cm (60 inches) upwards; it is stretched below."
DEVINE = "Devine BJ, Gentamicin therapy, Drug Intell Clin Pharm 1974;8:650"


# Under 120 cm Devine's line falls to weights that nobody has, and below zero from 98 cm.
ADULT_HEIGHT = Field(
    HEIGHT.name, HEIGHT.label, units=HEIGHT.units, low=120, high=HEIGHT.high, words=HEIGHT.words
)


def ideal_weight(height: float, woman: bool) -> float:
    """Return Devine's ideal weight in kg for a height in cm."""
    return (45.5 if woman else 50.0) + 2.3 * (height - SIXTY_INCHES) / 2.54


def adjusted_weight(actual: float, ideal: float) -> float:
    """Return the ideal weight and 0.4 of what lies above (or below) it, in kg."""
    return ideal + 0.4 * (actual - ideal)


def index_mass(facts: Facts) -> Result:
    """Body mass index and the WHO class of adults."""
    weight, metres = number(facts, "weight"), number(facts, "height") / 100
    value = weight / metres**2
    line = f"{weight:.5g} kg / ({metres:.4g} m)² = {value:.1f} kg/m²"
    notes = (CHILD,) if metres * 100 < GROWN_HEIGHT else ()
    return Result(value, "kg/m²", (line,), next(t for low, t in CLASSES if value >= low), notes)


def find_ideal(facts: Facts) -> Result:
    """Devine's ideal weight."""
    height, base = number(facts, "height"), 45.5 if female(facts) else 50.0
    value = ideal_weight(height, female(facts))
    line = f"{base:g} + 2.3 × ({height / 2.54:.2f} in - 60) = {value:.1f} kg"
    return Result(value, "kg", (line,), notes=(SHORT,) if height < SIXTY_INCHES else ())


def find_adjusted(facts: Facts) -> Result:
    """Adjusted weight: ideal and 0.4 of the rest."""
    weight, height = number(facts, "weight"), number(facts, "height")
    ideal = ideal_weight(height, female(facts))
    value = adjusted_weight(weight, ideal)
    worked = (
        f"Ideal weight (Devine): {ideal:.1f} kg",
        f"{ideal:.1f} + 0.4 × ({weight:.5g} - {ideal:.1f}) = {value:.1f} kg",
    )
    notes: tuple[str, ...] = (SHORT,) if height < SIXTY_INCHES else ()
    if weight < ideal:
        notes += ("The weight is below the ideal: the actual weight is the usual choice then.",)
    return Result(value, "kg", worked, notes=notes)


def find_target(facts: Facts) -> Result:
    """The weight that a body mass index asks for."""
    wanted, metres = number(facts, "bmi"), number(facts, "height") / 100
    value = wanted * metres**2
    return Result(value, "kg", (f"{wanted:g} kg/m² × ({metres:.4g} m)² = {value:.1f} kg",))


def measure_surface(facts: Facts) -> Result:
    """Body surface by Mosteller."""
    weight, height = number(facts, "weight"), number(facts, "height")
    value = sqrt(height * weight / 3600)
    return Result(value, "m²", (f"√({height:.5g} cm × {weight:.5g} kg / 3600) = {value:.3f} m²",))


def class_arm(facts: Facts) -> Result:
    """Acute malnutrition by mid-upper-arm circumference, 6 to 59 months."""
    arm, swollen = number(facts, "arm"), true(facts, "oedema")
    meaning = "No acute malnutrition by the arm alone"
    if arm < 125:
        meaning = "Moderate acute malnutrition"
    if arm < 115 or swollen:
        meaning = "Severe acute malnutrition"
    worked: tuple[str, ...] = (f"Arm {arm:g} mm: severe under 115, moderate from 115 to under 125",)
    if swollen:
        worked += ("Oedema of both feet: severe, whatever the arm",)
    return Result(meaning, "", worked, meaning)


ARM = measure(
    "arm", "Mid-upper-arm circumference", ("mm", "cm"), 50, 300, ("muac", "arm circumference")
)
OEDEMA = question("oedema", "Pitting oedema of both feet", ("oedema", "edema", "kwashiorkor"))
MUAC_AGE = measure("age", "Age", ("months", "years"), 6, 59.99, ("mo", "age", "month old"))
CALCULATORS = (
    Calculator(
        "bmi", "Body mass index", BODY, (WEIGHT, HEIGHT), "weight in kg / (height in m)²",
        ("Keys A and others, Indices of relative weight and obesity, J Chronic Dis 1972;25:329",
         "WHO, Obesity: preventing and managing the global epidemic, TRS 894, 2000 (classes)"),
        index_mass, "The classes are for adults; not for pregnancy.",
        ("bmi", "quetelet", "body mass index"),
    ),
    Calculator(
        "ideal_weight", "Ideal body weight (Devine)", BODY, (SEX, ADULT_HEIGHT),
        "50 kg (45.5 kg if female) + 2.3 kg for each inch over 60", (DEVINE,), find_ideal,
        "Adults of 120 cm or more. " + SHORT,
        ("ibw", "ideal weight", "ideal body weight", "devine"),
    ),
    Calculator(
        "adjusted_weight", "Adjusted body weight", BODY, (SEX, WEIGHT, ADULT_HEIGHT),
        "ideal weight + 0.4 × (actual - ideal)",
        (DEVINE, "Bauer LA and others, Influence of weight on aminoglycoside pharmacokinetics in"
         " normal weight and morbidly obese patients, Eur J Clin Pharmacol 1983;24:643 (0.4)"),
        find_adjusted, "Made for dosing in obese adults of 120 cm or more.",
        ("abw", "adjbw", "adjusted weight", "adjusted body weight"),
    ),
    Calculator(
        "target_weight", "Target weight for a body mass index", BODY, (BMI, HEIGHT),
        "BMI × (height in m)²",
        ("Keys A and others, Indices of relative weight and obesity, J Chronic Dis 1972;25:329",),
        find_target, "Adults; not for pregnancy.", ("target weight", "goal weight"),
    ),
    Calculator(
        "bsa", "Body surface area (Mosteller)", BODY, (WEIGHT, HEIGHT),
        "√(height in cm × weight in kg / 3600)",
        ("Mosteller RD, Simplified calculation of body-surface area, N Engl J Med 1987;317:1098",),
        measure_surface, "", ("bsa", "body surface", "body surface area", "mosteller"), 2,
    ),
    Calculator(
        "muac", "Acute malnutrition by arm circumference", BODY, (MUAC_AGE, ARM, OEDEMA),
        "severe under 115 mm or with oedema of both feet; moderate from 115 to under 125 mm",
        ("WHO, Guideline: updates on the management of severe acute malnutrition in infants and"
         " children, 2013",),
        class_arm, "Children of 6 to 59 months.",
        ("muac", "arm circumference"),
    ),
)  # fmt: skip
