"""Conversions of medicines: opioids to morphine, one corticosteroid to another.

What is not covered: these are for comparing, not for changing a patient from one to the other;
buprenorphine and methadone for dependence.
"""

from __future__ import annotations

from elara_local.clinical.basics import MEDICINES, chosen, measure, number, select
from elara_local.clinical.forms import Calculator, Facts, Field, Result
from elara_local.errors import WrongUse

# CDC 2022, table: morphine milligram equivalents for one mg a day; fentanyl patches by µg/h.
# Fentanyl for mouth and nose is not in it: CMS 2018 has 0.13 and 0.16 for one µg.
OPIOIDS: dict[str, tuple[str, float, str]] = {
    "codeine": ("Codeine", 0.15, "mg"),
    "fentanyl_patch": ("Fentanyl patch", 2.4, "mcg/h"),
    "fentanyl_buccal": ("Fentanyl, buccal or lozenge", 0.13, "mcg"),
    "fentanyl_nasal": ("Fentanyl, nasal spray", 0.16, "mcg"),
    "hydrocodone": ("Hydrocodone", 1.0, "mg"),
    "hydromorphone": ("Hydromorphone", 5.0, "mg"),
    "methadone": ("Methadone", 4.7, "mg"),
    "morphine": ("Morphine", 1.0, "mg"),
    "oxycodone": ("Oxycodone", 1.5, "mg"),
    "oxymorphone": ("Oxymorphone", 3.0, "mg"),
    "tapentadol": ("Tapentadol", 0.4, "mg"),
    "tramadol": ("Tramadol", 0.2, "mg"),
}
# Milligrams that act against inflammation as 20 mg of hydrocortisone do.
STEROIDS: dict[str, float] = {
    "betamethasone": 0.75,
    "cortisone": 25,
    "dexamethasone": 0.75,
    "hydrocortisone": 20,
    "methylprednisolone": 4,
    "prednisolone": 5,
    "prednisone": 5,
    "triamcinolone": 4,
}


def _opioid(name: str) -> Field:
    label, _, unit = OPIOIDS[name]
    daily = "patches worn, all together" if unit == "mcg/h" else "all of one day"
    units = ("mg", "mcg", "g") if unit == "mg" else (unit,)
    return Field(
        name, f"{label} ({daily})", units=units, high=5000, otherwise=0.0, words=(label.lower(),)
    )


def sum_morphine(facts: Facts) -> Result:
    """Morphine milligram equivalents of a day's opioids.

    Raises:
        WrongUse: no opioid is given.
    """
    worked, total = [], 0.0
    for name, (label, factor, unit) in OPIOIDS.items():
        dose = number(facts, name)
        if dose:
            total += dose * factor
            worked.append(f"{label}: {dose:g} {unit} × {factor:g} = {dose * factor:.1f}")
    if not worked:
        raise WrongUse("No opioid is given.", "Give at least one dose of a day.")
    worked.append(f"Sum: {total:.1f} mg of morphine by mouth a day")
    meaning = "50 or more: the risk of overdose rises, reassess" if total >= 50 else ""
    notes: tuple[str, ...] = (
        "Not for changing from one opioid to another: tolerance is incomplete.",
    )
    if number(facts, "methadone"):
        notes += ("Methadone builds up: the factor is for dosing for pain, with caution.",)
    return Result(total, "mg a day", tuple(worked), meaning, notes)


def convert_steroid(facts: Facts) -> Result:
    """The dose of one corticosteroid that acts like that of another."""
    given, wanted = chosen(facts, "given"), chosen(facts, "wanted")
    dose = number(facts, "dose")
    value = dose * STEROIDS[wanted] / STEROIDS[given]
    line = f"{dose:g} mg × {STEROIDS[wanted]:g} / {STEROIDS[given]:g} = {value:.4g} mg of {wanted}"
    notes: tuple[str, ...] = (
        "Against inflammation only; the effects on salt and the durations differ.",
    )
    if "betamethasone" in (given, wanted):
        notes += ("Some tables give 0.6 mg for betamethasone.",)
    return Result(value, "mg", (line,), notes=notes)


GIVEN = select("given", "From", tuple(STEROIDS), ("from", "convert"))
WANTED = select("wanted", "To", tuple(STEROIDS), ("to", "into", "equivalent"))
DOSE = measure("dose", "Dose", ("mg", "mcg", "g"), 0.01, 5000, ("dose",))
CALCULATORS = (
    Calculator(
        "mme", "Morphine milligram equivalents", MEDICINES, tuple(map(_opioid, OPIOIDS)),
        "each day's dose × its factor (CDC 2022), added",
        ("Dowell D and others, CDC clinical practice guideline for prescribing opioids for pain,"
         " MMWR Recomm Rep 2022;71(3)",
         "CMS, Opioid oral morphine milligram equivalent conversion factors, 2018 (fentanyl for"
         " mouth and nose)"),
        sum_morphine,
        "Adults; doses by mouth, skin, cheek or nose, never injected ones (morphine into a vein"
        " acts about three times as strongly). Not for buprenorphine.",
        ("mme", "omeq", "morphine equivalents", "morphine milligram equivalents"),
    ),
    Calculator(
        "steroids", "Corticosteroid conversion", MEDICINES, (GIVEN, DOSE, WANTED),
        "dose × equivalent of the wanted / equivalent of the given (hydrocortisone 20, cortisone"
        " 25, prednisone and prednisolone 5, methylprednisolone and triamcinolone 4,"
        " dexamethasone and betamethasone 0.75 mg)",
        ("British National Formulary 76, Glucocorticoid therapy: equivalent doses, 2018",
         "Meikle AW, Tyler FH, Potency and duration of action of glucocorticoids, Am J Med"
         " 1977;63:200 (cortisone)"),
        convert_steroid, "By mouth or into a vein; not for inhaled or joint injections.",
        ("steroid conversion", "steroid equivalent", "prednisone equivalent",
         "corticosteroid conversion"), 2,
    ),
)  # fmt: skip
