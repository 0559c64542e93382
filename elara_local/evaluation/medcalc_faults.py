"""Faults of MedCalc-Bench's own labels (v1.0), each shown by the row's own explanation.

A label is called faulty only where its working contradicts the row's entities, its own
arithmetic or a limit that can't be passed (a coma score above 15); our result plays no part.
What is not covered: a label that is wrong without showing it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from elara_local.evaluation.medcalc import Entities, find, parse_day


@dataclass(frozen=True)
class Row:
    """What is looked at: the calculator's number, the entities, the label and its working."""

    number: int
    entities: Entities
    label: str
    working: str


Fault = tuple[str, Callable[[Row], bool]]  # what the label did wrong; whether it did


def _says(pattern: str) -> Callable[[Row], bool]:
    found = re.compile(pattern, re.I | re.S)
    return lambda row: found.search(row.working) is not None


def _sum_is_broken(row: Row) -> bool:
    """An addition starts from a number that is not what the one before it made."""
    before = None
    pattern = r"current total,? (?:= )?(-?[\d.]+?) ?\+ ?(-?[\d.]+?) = (-?[\d.]+?)(?=[.\s]*(?:\s|$))"
    for first, second, total in re.findall(pattern, row.working):
        if before is not None and before not in (float(first), float(second)):
            return True
        before = float(total)
    return before is not None and before != float(row.label)


def _was_lost(name: str) -> Callable[[Row], bool]:
    """The row gives an entity that the working never speaks of."""
    return lambda row: (
        find(row.entities, name) is not None and not re.search(name[:6], row.working, re.I)
    )


def _stroke_lost(row: Row) -> bool:
    given = find(row.entities, "History of cerebrovascular disease") is True
    return given and "not mention about cerebrovascular" in row.working


def _cycle_turned(row: Row) -> bool:
    start = parse_day(str(find(row.entities, "Last menstrual date")))
    away = int(find(row.entities, "cycle length")) - 28
    return away != 0 and parse_day(row.label) == start + timedelta(days=280 - away)


def _celsius_misread(row: Row) -> bool:
    given = find(row.entities, "Temperature")
    return given is not None and "cels" in str(given[1]) and "degrees fahrenheit" in row.working


def _diet_counted(row: Row) -> bool:
    text = str(find(row.entities, "Diabetes mellitus criteria for CCI rule")).casefold()
    counted = "'Diabetes mellitus,' is present for the patient and so we add 1 point"
    return counted in row.working and not text.startswith("uncomplicated")


def _grade_lost(row: Row) -> bool:
    tumour = "'Solid tumor,' is present for the patient and so we add 1 point" in row.working
    liver = "'Liver Disease,' is present for the patient and so we add 1 point" in row.working
    severe = str(find(row.entities, "Liver disease severity")).startswith("Moderate")
    return tumour or (liver and severe)


def _pressor_lost(row: Row) -> bool:
    doses = [find(row.entities, name) for name in ("norEPINEPHrine", "EPINEPHrine")]
    highest = max((float(dose[0]) for dose in doses if dose), default=0.0)
    if "For two points to be given" in row.working:
        return highest > 0
    return highest > 0.1 and "For three points to be given" in row.working


def _cells_misread(row: Row) -> bool:
    given = find(row.entities, "White blood cell count")
    return bool(given) and float(given[0]) < 40_000 and "count is above 40 x10^9/L" in row.working


def _chronic_lost(row: Row) -> bool:
    given = find(row.entities, "History of severe organ failure or immunocompromise") is True
    return given and bool(re.search(r"classified as (?:nonoperative|none)", row.working, re.I))


def _creatinine_lost(row: Row) -> bool:
    return find(row.entities, "creatinine") is not None and "reatinine level" not in row.working


FAULTS: dict[int, tuple[Fault, ...]] = {
    3: (("takes 0.7 for κ in a man", _says(r"gender is Male.*A = 0\.7 ")),),
    7: (("rounds the moles of calcium to one figure", _says(r"= 0\.00\d mol Calcium")),),
    13: (("moves the date against the cycle: a short cycle makes it later", _cycle_turned),),
    15: (
        ("leaves ascites out, though it is given", _was_lost("Ascites")),
        ("gives no points for a bilirubin of 2.0",
         _says(r"bilirubin is [\d.]+ mg/dL\. The concentration of albumin")),
        ("takes an albumin of 2.8 as under 2.8",
         _says(r"albumin is 2\.8 g/dL\. Because the Albumin concentration is less")),
    ),
    17: (("counts the stroke that is given as not mentioned", _stroke_lost),),
    21: (("gives points to what could not be tested", _says(r"'not testable', and so we add")),
         ("adds the points for speech twice",
          _says(r"best verbal response for.*best verbal response for")),),
    23: (("rounds to a whole number where the policy rounds to a tenth",
          _says(r"nearest tenth makes the MELD \(i\) score \d\. ")),),
    27: (("gives a point to a woman with 12.0 g/dL (the table ends at 11.9)",
          _says(r"hemoglobin is 12\.0 g/dL\. Because the patient is a female")),),
    28: (
        ("adds the coma score itself, not 15 less the score",
         _says(r"Glasgow Coma Score is ([\d.]+), and so we add \1")),
        ("takes cells in a µL for thousands", _cells_misread),
        ("leaves the creatinine out", _creatinine_lost),
        ("leaves the pH out", lambda row: "patient's pH" not in row.working),
        ("gives no points for organ failure without surgery", _chronic_lost),
        ("reads Celsius as Fahrenheit", _celsius_misread),
    ),
    29: (("reads Celsius as Fahrenheit", _celsius_misread),),
    32: (
        ("gives 1 point for diabetes on diet, or with organ damage", _diet_counted),
        ("gives 1 point for a tumour or a severe liver disease", _grade_lost),
    ),
    36: (("says what it adds, and loses most of it from the sum", _sum_is_broken),),
    43: (
        ("gives too few points for the adrenaline or noradrenaline that is given", _pressor_lost),
        (
            "divides PaO2 by the percent, so that every ventilated lung has 4 points",
            _says(r"FiO₂ ratio is \d\.\d+\. The patient is reported to be on mechanical"),
        ),
        ("leaves the creatinine out where urine is given",
         lambda row: bool(find(row.entities, "Urine Output"))
         and "creatinine" not in row.working.split("platelet")[-1]),
    ),
    44: (("rounds the moles of fat to one figure", _says(r"= 0\.00\d mol (?:trigly|total)")),),
    46: (("puts cholesterol in mmol/L into an equation for mg/dL",
          _says(r"concentration of total cholestrol .* need to convert the concentration to mmol/L")
          ),),
    51: (
        ("compares cells in a cubic metre with cells in a cubic millimetre",
         _says(r"count per m\^3, we increment the criteria count by 1 making the current total 1")),
    ),
}  # fmt: skip


def find_faults(row: Row) -> tuple[str, ...]:
    """Return what the label of a row demonstrably did wrong, nothing where nothing shows."""
    return tuple(text for text, shown in FAULTS.get(row.number, ()) if shown(row))
