"""What every calculator shares: the fields that many take, and the reading of facts.

The limits are what has been seen in the living, a little wider; they catch a wrong unit or a
slipped point, not an unlikely value. This module knows no formula.
"""

from __future__ import annotations

from datetime import date

from elara_local.clinical.forms import Facts, Field

KIDNEY = "kidney"
HEART = "heart"
LUNGS = "lungs"
BLOOD = "blood and clots"
LIVER = "liver"
BRAIN = "brain"
FLUIDS = "fluids and electrolytes"
BODY = "body size and weight"
BIRTH = "pregnancy and newborn"
CHILDREN = "children"
INFECTION = "infection and sepsis"
MEDICINES = "medicines"
SURGERY = "surgery"
GROUPS = (
    KIDNEY,
    HEART,
    LUNGS,
    BLOOD,
    LIVER,
    BRAIN,
    FLUIDS,
    BODY,
    BIRTH,
    CHILDREN,
    INFECTION,
    MEDICINES,
    SURGERY,
)


def measure(
    name: str,
    label: str,
    units: tuple[str, ...],
    low: float,
    high: float,
    words: tuple[str, ...] = (),
    substance: str = "",
) -> Field:
    """Return a field for a number with its plausible limits, both allowed."""
    return Field(
        name, label, units=units, low=low, high=high, words=(label.lower(), *words),
        substance=substance,
    )  # fmt: skip


def question(name: str, label: str, words: tuple[str, ...] = ()) -> Field:
    """Return a field that is answered with yes or no."""
    return Field(name, label, kind="yes", words=words)


def select(name: str, label: str, choices: tuple[str, ...], words: tuple[str, ...] = ()) -> Field:
    """Return a field with a fixed list of answers."""
    return Field(name, label, kind="choice", choices=choices, words=words)


def number(facts: Facts, name: str) -> float:
    """Return a fact that is a number."""
    value = facts[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is no number")
    return float(value)


def true(facts: Facts, name: str) -> bool:
    """Return whether a fact was answered with yes."""
    return facts[name] is True


def chosen(facts: Facts, name: str) -> str:
    """Return the answer that was chosen."""
    return str(facts[name])


def day(facts: Facts, name: str) -> date:
    """Return a fact that is a date."""
    value = facts[name]
    if not isinstance(value, date):
        raise TypeError(f"{name} is no date")
    return value


def female(facts: Facts) -> bool:
    """Return whether the sex is female."""
    return facts["sex"] == "female"


AGE = measure(
    "age", "Age", ("years", "months"), 0, 125,
    ("y", "yo", "y/o", "yr", "year old", "years old", "aged")
)  # fmt: skip
ADULT_AGE = measure("age", "Age", ("years",), 18, 125, AGE.words[1:])
SEX = select(
    "sex", "Sex", ("female", "male"),
    ("female", "woman", "f", "girl", "lady", "male", "man", "m", "boy", "gentleman"),
)  # fmt: skip
WEIGHT = measure(
    "weight", "Weight", ("kg", "lb", "g", "oz"), 0.3, 650, ("wt", "bw", "weighs", "kg")
)
HEIGHT = measure(
    "height", "Height", ("cm", "m", "in", "ft"), 20, 275, ("ht", "length", "tall", "stature")
)
BMI = measure("bmi", "Body mass index", ("kg/m2",), 5, 200, ("bmi",))
SYSTOLIC = measure(
    "systolic", "Systolic blood pressure", ("mmHg", "kPa"), 20, 320, ("sbp", "systolic", "bp")
)
DIASTOLIC = measure(
    "diastolic", "Diastolic blood pressure", ("mmHg", "kPa"), 5, 220, ("dbp", "diastolic")
)
PULSE = measure("pulse", "Heart rate", ("beats/min",), 0, 400, ("hr", "pulse", "heart rate", "bpm"))
BREATHS = measure(
    "breaths", "Breathing rate", ("breaths/min",), 0, 150, ("rr", "resp rate", "respiratory rate")
)
TEMPERATURE = measure("temperature", "Temperature", ("°C", "°F"), 20, 46, ("temp", "t", "fever"))
SATURATION = measure(
    "saturation", "Oxygen saturation", ("%",), 20, 100, ("spo2", "sao2", "sats", "o2 sat")
)
FIO2 = measure("fio2", "Inspired oxygen", ("%", "fraction"), 21, 100, ("fio2", "oxygen"))
PAO2 = measure("pao2", "Arterial PaO2", ("mmHg", "kPa"), 15, 700, ("pao2", "po2"))
PACO2 = measure("paco2", "Arterial PaCO2", ("mmHg", "kPa"), 8, 250, ("paco2", "pco2"))
PH = measure("ph", "Arterial pH", (), 6.3, 8.0, ("ph",))
CREATININE = measure(
    "creatinine", "Creatinine", ("mg/dL", "µmol/L"), 0.05, 50,
    ("creat", "cr", "scr", "serum creatinine"), "creatinine",
)  # fmt: skip
BUN = measure(
    "urea", "Urea nitrogen (BUN), or urea in mmol/L", ("mg/dL", "mmol/L"), 0.5, 400,
    ("bun", "urea", "urea nitrogen", "blood urea nitrogen"), "urea nitrogen",
)  # fmt: skip
BUN_NOTE = (
    "In mg/dL it is urea nitrogen (BUN). Urea itself, weighed in mg/dL, is 2.14 times as much:"
    " divide it by 2.14 first."
)
SODIUM = measure(
    "sodium", "Sodium", ("mmol/L", "mEq/L"), 80, 220, ("na", "na+", "serum sodium"), "sodium"
)
POTASSIUM = measure(
    "potassium", "Potassium", ("mmol/L", "mEq/L"), 0.5, 15, ("k", "k+"), "potassium"
)
CHLORIDE = measure("chloride", "Chloride", ("mmol/L", "mEq/L"), 40, 180, ("cl", "cl-"), "chloride")
BICARBONATE = measure(
    "bicarbonate", "Bicarbonate", ("mmol/L", "mEq/L"), 0.5, 70, ("hco3", "hco3-", "bicarb"),
    "bicarbonate",
)  # fmt: skip
GLUCOSE = measure(
    "glucose", "Glucose", ("mg/dL", "mmol/L"), 10, 3500, ("blood sugar", "sugar", "bg", "glu"),
    "glucose",
)  # fmt: skip
ALBUMIN = measure("albumin", "Albumin", ("g/dL", "g/L"), 0.3, 8, ("alb",))
BILIRUBIN = measure(
    "bilirubin", "Total bilirubin", ("mg/dL", "µmol/L"), 0.05, 80, ("bili", "bilirubin"),
    "bilirubin",
)  # fmt: skip
INR = measure("inr", "INR", (), 0.5, 30, ("inr", "international normalised ratio"))
PLATELETS = measure(
    "platelets", "Platelets", ("10^9/L", "/µL"), 0.1, 5000,
    ("plt", "platelet count", "thrombocytes")
)  # fmt: skip
LEUKOCYTES = measure(
    "leukocytes", "White cells", ("10^9/L", "/µL"), 0, 1000,
    ("wbc", "white cell count", "leucocytes")
)  # fmt: skip
HAEMATOCRIT = measure(
    "haematocrit", "Haematocrit", ("%", "fraction"), 3, 85, ("hct", "hematocrit", "pcv")
)
COMA = measure("gcs", "Glasgow Coma Scale", (), 3, 15, ("gcs", "glasgow coma score"))
