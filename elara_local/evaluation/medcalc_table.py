"""MedCalc-Bench's calculators by their number: ours, how its facts are read, and its answers.

A row is within limits where our value, written as the set writes it, lies between its limits;
a date and a gestational age must be the same. This module reads no file.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Mapping
from datetime import date

from elara_local.clinical.electrolytes import HILLIER
from elara_local.clinical.forms import Given, Result, calculate
from elara_local.clinical.points import Score
from elara_local.clinical.pregnancy import AFTER_LAST
from elara_local.clinical.register import CALCULATORS
from elara_local.evaluation import medcalc_fields as fields
from elara_local.evaluation import medcalc_scores as scores
from elara_local.evaluation.medcalc import (
    SEX,
    Entities,
    Reader,
    always,
    any_of,
    num,
    one_of,
    parse_day,
    read_day,
    read_opioids,
    read_steroids,
)

CENTOR = {
    "age": fields.AGE,
    "temperature": fields.TEMPERATURE,
    "no_cough": any_of("Cough Absent"),
    "nodes": any_of("Tender/swollen anterior cervical lymph nodes"),
    "tonsils": any_of("Exudate or swelling on tonsils"),
}
FEVER_PAIN = {
    "fever": any_of("Fever in past 24 hours"),
    "pus": any_of("Purulent tonsils"),
    "rapid": any_of("Symptom onset ≤3 days"),
    "inflamed": any_of("Severe tonsil inflammation"),
    "no_cough": any_of("Absence of cough or coryza"),
}
SIZE = {"sex": SEX, "weight": fields.WEIGHT, "height": fields.HEIGHT}
FILTRATION = {"age": fields.AGE, "sex": SEX, "creatinine": fields.CREATININE}


def _low_carbon_dioxide(row: Entities) -> Given | None:
    given = num("PaCO2")(row)
    value = given[0] if isinstance(given, tuple) else given
    return isinstance(value, float) and value < 32


SIRS = {
    "temperature": fields.TEMPERATURE,
    "pulse": fields.PULSE,
    "breaths": fields.BREATHS,
    "low_paco2": _low_carbon_dioxide,
    "leukocytes": num("White blood cell count"),
}
FRAMINGHAM = {
    **fields.LIPIDS,
    "age": fields.AGE,
    "sex": SEX,
    "systolic": fields.PRESSURE["systolic"],
    "smoker": any_of("Smoker"),
    "treated": any_of("Blood pressure being treated with medicines"),
}
FENA = {
    "sodium": fields.SODIUM,
    "creatinine": fields.CREATININE,
    "urine_sodium": num("Urine sodium"),
    "urine_creatinine": num("Urine creatinine"),
}
WATER = {"age": fields.AGE, "sex": SEX, "weight": fields.WEIGHT, "sodium": fields.SODIUM}
CURB65 = {
    **fields.PRESSURE,
    "confusion": any_of("Confusion"),
    "urea": fields.BUN,
    "breaths": fields.BREATHS,
    "age": fields.AGE,
}
FIB4 = {
    "age": fields.AGE,
    "ast": num("Aspartate aminotransferase"),
    "alt": num("Alanine aminotransferase"),
    "platelets": fields.PLATELETS,
}
MDRD = {**FILTRATION, "black": lambda row: one_of("Race", {"black": "x"}, "")(row) == "x"}
ALBUMIN_GAP = {**fields.GAP, "albumin": fields.ALBUMIN}
GESTATION = {
    "period": read_day("Last menstrual date"),
    "today": read_day("Current Date"),
}
Table = Mapping[str, Reader]
TABLE: dict[int, tuple[str, Table]] = {
    2: ("crcl_by_bmi", {**SIZE, "age": fields.AGE, "creatinine": fields.CREATININE}),
    3: ("ckd_epi", FILTRATION),
    4: ("cha2ds2_vasc", fields.CHA2DS2_VASC),
    5: ("map", fields.PRESSURE),
    6: ("bmi", {"weight": fields.WEIGHT, "height": fields.HEIGHT}),
    7: ("corrected_calcium", {"calcium": num("Calcium"), "albumin": fields.ALBUMIN}),
    8: ("wells_pe", fields.WELLS_PE),
    9: ("mdrd", MDRD),
    10: ("ideal_weight", {"sex": SEX, "height": fields.HEIGHT}),
    11: ("qtc_bazett", fields.QT),
    13: ("due_date", fields.PERIOD),
    15: ("child_pugh", scores.CHILD_PUGH),
    16: ("wells_dvt", fields.WELLS_DVT),
    17: ("rcri", fields.RCRI),
    18: ("heart_score", fields.HEART_SCORE),
    19: ("fib4", FIB4),
    20: ("centor", CENTOR),
    21: ("gcs", scores.GCS),
    22: ("maintenance_fluids", {"weight": fields.WEIGHT}),
    23: ("meld_na", scores.MELD),
    25: ("has_bled", fields.HAS_BLED),
    26: ("corrected_sodium",
         {"sodium": fields.SODIUM, "glucose": fields.GLUCOSE, "fall": always(HILLIER)}),
    27: ("blatchford", fields.BLATCHFORD),
    28: ("apache2", fields.APACHE),
    29: ("psi", fields.PSI),
    30: ("osmolality",
         {"sodium": fields.SODIUM, "glucose": fields.GLUCOSE, "urea": fields.BUN}),
    32: ("charlson", scores.CHARLSON),
    33: ("feverpain", FEVER_PAIN),
    36: ("caprini", scores.CAPRINI),
    38: ("water_deficit", WATER),
    39: ("anion_gap", fields.GAP),
    40: ("fena", FENA),
    43: ("sofa", fields.SOFA),
    44: ("ldl", {**fields.LIPIDS, "triglycerides": num("Triglycerides")}),
    45: ("curb65", CURB65),
    46: ("framingham", FRAMINGHAM),
    48: ("perc", fields.PERC),
    51: ("sirs", SIRS),
    56: ("qtc_fridericia", fields.QT),
    57: ("qtc_framingham", fields.QT),
    58: ("qtc_hodges", fields.QT),
    59: ("qtc_rautaharju", fields.QT),
    60: ("bsa", {"weight": fields.WEIGHT, "height": fields.HEIGHT}),
    61: ("target_weight", {"bmi": num("Body Mass Index (BMI)"), "height": fields.HEIGHT}),
    62: ("adjusted_weight", SIZE),
    63: ("delta_gap", fields.GAP),
    64: ("delta_ratio", fields.GAP),
    65: ("albumin_gap", ALBUMIN_GAP),
    66: ("albumin_delta_gap", ALBUMIN_GAP),
    67: ("albumin_delta_ratio", ALBUMIN_GAP),
    68: ("conception", {**fields.PERIOD, "by": always(AFTER_LAST)}),
    69: ("gestational_age", GESTATION),
}  # fmt: skip
WHOLE = {24: ("steroids", read_steroids), 49: ("mme", read_opioids)}


def answer(number: int, row: Entities) -> Result:
    """Return our result for a row of the set's calculator of this number.

    Raises:
        WrongUse: the row lacks a fact, or gives one that our calculator refuses.
        KeyError: the number is not in the table.
    """
    if number in WHOLE:
        id, read = WHOLE[number]
        return calculate(CALCULATORS[id], read(row))
    id, table = TABLE[number]
    given = fields.read_fields(table, row)
    if isinstance(CALCULATORS[id].compute, Score) or id == "psi":
        normal = {name: value for name, value in scores.NORMAL.items() if name in table}
        given = normal | given
    return calculate(CALCULATORS[id], given)


def is_within(result: Result, lowest: str, highest: str) -> bool:
    """Return whether a result lies within a row's limits, which are inclusive."""
    value = result.value
    if isinstance(value, date):
        return parse_day(lowest) <= value <= parse_day(highest)
    if isinstance(value, str):
        return re.findall(r"\d+", value) == re.findall(r"\d+", str(literal_eval(lowest)))
    low, high = sorted((float(lowest), float(highest)))
    slack = 5e-4  # the labels are rounded to three places
    return low - slack <= value <= high + slack
