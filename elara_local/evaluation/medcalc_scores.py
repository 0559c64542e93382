"""MedCalc-Bench to fields: the longest tables, and what a score takes as normal.

The readings that are not plain stand in `medcalc`. This module calculates nothing.
"""

from __future__ import annotations

from elara_local.clinical.forms import Given
from elara_local.evaluation import medcalc_fields as fields
from elara_local.evaluation.medcalc import SEX, Entities, Reader, any_of, num, one_of

# What a score takes for a measurement that the row leaves out: the set counts it as normal.
NORMAL: dict[str, Given] = {
    "albumin": 4.2,
    "bilirubin": 0.8,
    "bmi": 22.0,
    "breaths": 16.0,
    "creatinine": 0.9,
    "diastolic": 80.0,
    "fio2": 21.0,
    "gcs": 15.0,
    "glucose": 100.0,
    "haematocrit": 42.0,
    "haemoglobin": 14.5,
    "inr": 1.0,
    "leukocytes": 7.0,
    "oxygenation": 95.0,
    "pao2": 95.0,
    "ph": 7.4,
    "platelets": 250.0,
    "potassium": 4.2,
    "pulse": 80.0,
    "saturation": 98.0,
    "sodium": 140.0,
    "systolic": 120.0,
    "temperature": 37.0,
    "urea": 14.0,
}


def _kidney(row: Entities) -> Given | None:
    """Read "moderate", "severe" or a bare True as the one answer that counts."""
    graded = one_of(
        "Moderate to severe Chronic Kidney Disease", {"severe": "yes", "moderate": "yes"}, "no"
    )
    return graded(row) == "yes"


CHARLSON: dict[str, Reader] = {
    "age": fields.AGE,
    "infarction": any_of("Myocardial infarction"),
    "heart_failure": fields.HEART_FAILURE,
    "arteries": any_of("Peripheral vascular disease"),
    "stroke": any_of("Cerebrovascular Accident", "Stroke"),
    "tia": any_of("Transient Ischemic Attacks History"),
    "dementia": any_of("Dementia"),
    "lungs": fields.COPD,
    "connective": any_of("Connective tissue disease"),
    "ulcer": any_of("Peptic ulcer disease"),
    "liver": one_of(
        "Liver disease severity", {"mild": "mild", "moderate": "moderate to severe"}, "none"
    ),
    "diabetes": one_of(
        "Diabetes mellitus criteria for CCI rule",
        {"end": "end-organ damage", "uncomplicated": "uncomplicated"},
        "none or diet only",
    ),
    "hemiplegia": any_of("Hemiplegia"),
    "kidney": _kidney,
    "tumour": one_of("Solid tumor", {"metastatic": "metastatic", "localized": "localised"}, "none"),
    "leukaemia": any_of("Leukemia"),
    "lymphoma": any_of("Lymphoma"),
    "aids": any_of("AIDS"),
}  # fmt: skip
CAPRINI = {
    "age": fields.AGE,
    "sex": SEX,
    "surgery": one_of(
        "Surgery Type",
        {
            "minor": "minor",
            "major": "major, over 45 minutes",
            "laparoscopic": "laparoscopic, over 45 minutes",
            "arthroscopic": "arthroscopic",
            "elective": "elective replacement of hip or knee",
        },
        "none",
    ),
    "earlier_surgery": any_of("Major Surgery in the last month"),
    "bmi": num("Body Mass Index (BMI)"),
    "mobility": one_of(
        "Mobility",
        {
            "normal": "normal",
            "on bed rest": "bed rest, medical patient",
            "confined": "in bed over 72 hours",
        },
        "normal",
    ),
    "varicose": any_of("Varicose veins"),
    "bowel": any_of("History of inflammatory bowel disease"),
    "swollen": any_of("Current swollen legs"),
    "infarction": any_of("Acute Myocardial infarction"),
    "heart_failure": any_of("Congestive Heart Failure in the last month"),
    "sepsis": any_of("Sepsis in the last month"),
    "pneumonia": any_of("Pneumonia in the last month"),
    "lungs": fields.COPD,
    "cancer": any_of("Present or previous malignancy"),
    "plaster": any_of("Immobilizing plaster cast in the last month"),
    "line": any_of("Current central venous access"),
    "earlier_dvt": fields.EARLIER_DVT,
    "earlier_pe": fields.EARLIER_PE,
    "family": any_of("Family history of thrombosis"),
    "leiden": any_of("Positive Factor V Leiden"),
    "prothrombin": any_of("Positive prothrombin 20210A"),
    "homocysteine": any_of("Elevated serum homocysteine"),
    "lupus": any_of("Positive lupus anticoagulant"),
    "cardiolipin": any_of("Elevated anticardiolipin antibody"),
    "hit": any_of("Heparin-induced thrombocytopenia"),
    "thrombophilia": any_of("Other congenital or acquired thrombophilia"),
    "fracture": any_of("Hip, pelvis, or leg fracture in the last month"),
    "stroke": any_of("Stroke in the last month"),
    "trauma": any_of("Multiple trauma in the last month"),
    "cord": any_of("Acute spinal cord injury causing paralysis in the last month"),
}
EYES = {
    "eyes open": "spontaneous",
    "eye opening to verbal": "to speech",
    "eye opening to pain": "to pain",
    "no": "none",
}
SPEECH = {
    "oriented": "oriented",
    "confused": "confused",
    "inappropriate": "inappropriate words",
    "incomprehensible": "sounds",
    "no": "none",
}
MOVEMENT = {
    "obeys": "obeys commands",
    "localizes": "localises pain",
    "withdraw": "withdraws from pain",
    "flexion": "abnormal flexion",
    "extension": "extension",
    "no": "none",
}
UNTESTED = {"not test": "not testable"}
GCS = {
    "eyes": one_of("Best eye response", UNTESTED | EYES, "spontaneous"),
    "speech": one_of("Best verbal response", UNTESTED | SPEECH, "oriented"),
    "movement": one_of("Best motor response", UNTESTED | MOVEMENT, "obeys commands"),
}
CHILD_PUGH = {
    "bilirubin": fields.BILIRUBIN,
    "albumin": fields.ALBUMIN,
    "inr": fields.INR,
    "ascites": one_of(
        "Ascites",
        {"absent": "none", "slight": "slight", "moderate": "moderate to severe"},
        "none",
    ),
    "encephalopathy": one_of(
        "Encephalopathy",
        {"no": "none", "grade 1": "grade 1-2", "grade 3": "grade 3-4"},
        "none",
    ),
}
MELD = {
    "bilirubin": fields.BILIRUBIN,
    "creatinine": fields.CREATININE,
    "inr": fields.INR,
    "sodium": fields.SODIUM,
    "dialysis": any_of(
        "Dialysis at least twice in the past week",
        "Continuous veno-venous hemodialysis for ≥24 hours in the past week",
    ),
}
