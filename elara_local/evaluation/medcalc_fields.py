"""The table from MedCalc-Bench's 55 calculators to ours: for each, which entity is which field.

The readings that are not plain stand in `medcalc`. This module calculates nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from elara_local.clinical.forms import Given
from elara_local.evaluation.medcalc import (
    SEX,
    SURGERY_OF_APACHE,
    Entities,
    Reader,
    any_of,
    num,
    one_of,
    read_day,
    read_oxygenation,
    read_pressure,
    read_urine,
)

Read = Callable[[Entities], dict[str, Given]]


def read_fields(readers: Mapping[str, Reader], entities: Entities) -> dict[str, Given]:
    """Return what a row gives for each field; a field it says nothing of is left out."""
    read = {name: reader(entities) for name, reader in readers.items()}
    return {name: value for name, value in read.items() if value is not None}


AGE, WEIGHT, HEIGHT = num("age"), num("weight"), num("height")
CREATININE, SODIUM = num("creatinine"), num("Sodium")
PULSE, BREATHS = num("Heart Rate or Pulse"), num("respiratory rate")
TEMPERATURE, BUN = num("Temperature"), num("Blood Urea Nitrogen (BUN)")
ALBUMIN, BILIRUBIN = num("Albumin"), num("Bilirubin")
INR, GLUCOSE = num("international normalized ratio"), num("Glucose")
PRESSURE = {
    "systolic": num("Systolic Blood Pressure"),
    "diastolic": num("Diastolic Blood Pressure"),
}
PAO2 = num("Partial pressure of oxygen (PaO2) for Apache II", "PaO2", "PaO2 for Apache II")
PLATELETS = num("Platelet count")
EARLIER_PE = any_of("Previously Documented Pulmonary Embolism")
EARLIER_DVT = any_of("Previously documented Deep Vein Thrombosis")
COPD = any_of("Chronic Obstructive Pulmonary Disease")
QT = {"qt": num("QT interval"), "pulse": PULSE}
GAP = {"sodium": SODIUM, "chloride": num("Chloride"), "bicarbonate": num("Bicarbonate")}
PERIOD = {"period": read_day("Last menstrual date"), "cycle": num("cycle length", otherwise=28.0)}
HEART_FAILURE = any_of("Congestive Heart Failure", "Congestive Heart Failure history")
HYPERTENSION = any_of("Hypertension history")
LIPIDS = {
    "cholesterol": num("Total cholesterol"),
    "hdl": num("high-density lipoprotein cholesterol"),
}

CHA2DS2_VASC = {
    "sex": SEX,
    "age": AGE,
    "heart_failure": HEART_FAILURE,
    "hypertension": HYPERTENSION,
    "diabetes": any_of("Diabetes history"),
    "stroke": any_of("Stroke"),
    "tia": any_of("Transient Ischemic Attacks History"),
    "embolism": any_of("Thromboembolism history"),
    "vascular": any_of("Vascular disease history"),
}
WELLS_PE = {
    "dvt_signs": any_of("Clinical signs and symptoms of Deep Vein Thrombosis"),
    "pe_likely": any_of("Pulmonary Embolism is #1 diagnosis OR equally likely"),
    "pulse": PULSE,
    "immobile": any_of("Immobilization for at least 3 days"),
    "surgery": any_of("Surgery in the previous 4 weeks"),
    "earlier_pe": EARLIER_PE,
    "earlier_dvt": EARLIER_DVT,
    "haemoptysis": any_of("Hemoptysis"),
    "cancer": any_of("Malignancy with treatment within 6 months or palliative"),
}
WELLS_DVT = {
    "cancer": any_of("Active cancer"),
    "paralysis": any_of(
        "Paralysis, paresis, or recent plaster immobilization of the lower extremity"
    ),
    "bedridden": any_of("Bedridden recently >3 days or major surgery within 12 weeks"),
    "surgery": any_of("Major surgery within 12 weeks"),
    "tender": any_of("Localized tenderness along the deep venous system"),
    "leg_swollen": any_of("Entire Leg Swollen"),
    "calf": any_of("Calf swelling >3 centimeters compared to the other leg"),
    "pitting": any_of("Pitting edema, confined to symptomatic leg"),
    "collateral": any_of("Collateral (nonvaricose) superficial veins present"),
    "earlier_dvt": EARLIER_DVT,
    "other_likely": any_of(
        "Alternative diagnosis to Deep Vein Thrombosis as likely or more likely"
    ),
}
PERC = {
    "age": AGE,
    "pulse": PULSE,
    "saturation": num("O2 saturation percentage"),
    "leg_swelling": any_of("Unilateral Leg Swelling"),
    "haemoptysis": any_of("Hemoptysis"),
    "surgery": any_of("Recent surgery or trauma"),
    "earlier_pe": EARLIER_PE,
    "earlier_dvt": EARLIER_DVT,
    "hormones": any_of("Hormone use"),
}
HAS_BLED = {
    "hypertension": HYPERTENSION,
    "kidney": any_of("Renal disease criteria for the HAS-BLED rule"),
    "liver": any_of("Liver disease criteria for the HAS-BLED rule"),
    "stroke": any_of("Stroke"),
    "bleeding": any_of("Prior major bleeding or predisposition to bleeding"),
    "labile": any_of("Labile international normalized ratio"),
    "age": AGE,
    "drugs": any_of("Medication usage predisposing to bleeding"),
    "drinks": num("Number of Alcoholic Drinks Per Week", otherwise=0.0),
}
BLATCHFORD = {
    "urea": BUN,
    "haemoglobin": num("Hemoglobin"),
    "sex": SEX,
    "systolic": PRESSURE["systolic"],
    "pulse": PULSE,
    "melaena": any_of("Melena present"),
    "syncope": any_of("Recent syncope"),
    "liver": any_of("Hepatic disease history"),
    "heart_failure": any_of("Cardiac failure present"),
}
RCRI = {
    "risky_surgery": any_of("Elevated-risk surgery"),
    "ischaemia": any_of("History of ischemic heart disease"),
    "heart_failure": any_of("Congestive Heart Failure criteria for the Cardiac Risk Index rule"),
    "cerebrovascular": any_of(
        "History of cerebrovascular disease", "Cerebrovascular disease history"
    ),
    "insulin": any_of("Pre-operative treatment with insulin"),
    "creatinine": num("Pre-operative creatinine"),
}
HEART_SCORE = {
    "history": one_of(
        "Suspicion History",
        {
            "slight": "slightly suspicious",
            "moderate": "moderately suspicious",
            "high": "highly suspicious",
        },
        "slightly suspicious",
    ),
    "ecg": one_of(
        "Electrocardiogram Test",
        {
            "normal": "normal",
            "non": "non-specific repolarisation disturbance",
            "significant": "ST deviation",
        },
        "normal",
    ),
    "age": AGE,
    "hypertension": HYPERTENSION,
    "cholesterol": any_of("hypercholesterolemia"),
    "diabetes": any_of("Diabetes mellitus criteria for CCI rule", "Diabetes history"),
    "obesity": any_of("obesity"),
    "smoking": any_of("smoking"),
    "family": any_of("parent or sibling with Cardiovascular disease before age 65"),
    "atherosclerosis": any_of(
        "atherosclerotic disease", "Transient Ischemic Attacks History", "Stroke"
    ),
    "troponin": one_of(
        "Initial troponin",
        {
            "less": "normal",
            "between": "1 to 3 times the limit",
            "greater": "over 3 times the limit",
        },
        "normal",
    ),
}
PSI = {
    "age": AGE,
    "sex": SEX,
    "nursing_home": any_of("Nursing home resident"),
    "neoplastic": any_of("Neoplastic disease"),
    "liver": any_of("Liver disease severity", "Liver disease history"),
    "heart_failure": HEART_FAILURE,
    "cerebrovascular": any_of("Cerebrovascular disease history"),
    "kidney": any_of("Renal disease"),
    "confusion": any_of("Altered mental status"),
    "breaths": BREATHS,
    "systolic": PRESSURE["systolic"],
    "temperature": TEMPERATURE,
    "pulse": PULSE,
    "ph": num("pH"),
    "urea": BUN,
    "sodium": SODIUM,
    "glucose": GLUCOSE,
    "haematocrit": num("Hematocrit"),
    "pao2": PAO2,
    "effusion": any_of("Pleural effusion on x-ray"),
}
SOFA: dict[str, Reader] = {
    "systolic": partial(read_pressure, "Systolic Blood Pressure", 120.0, 80.0),
    "diastolic": partial(read_pressure, "Diastolic Blood Pressure", 80.0, 50.0),
    "pao2": PAO2,
    "fio2": num("FiO2"),
    "ventilated": any_of("On mechanical ventilation", "Continous positive airway pressure",
                         "Continuous positive airway pressure"),
    "platelets": PLATELETS,
    "bilirubin": BILIRUBIN,
    "dopamine": num("DOPamine"),
    "dobutamine": num("DOBUTamine"),
    "adrenaline": num("EPINEPHrine"),
    "noradrenaline": num("norEPINEPHrine"),
    "gcs": num("Glasgow Coma Score", otherwise=15.0),
    "creatinine": CREATININE,
    "urine": read_urine,
}  # fmt: skip
APACHE = {
    **PRESSURE,
    "temperature": TEMPERATURE,
    "pulse": PULSE,
    "breaths": BREATHS,
    "oxygenation": read_oxygenation,
    "fio2": num("FiO2"),
    "ph": num("pH"),
    "sodium": SODIUM,
    "potassium": num("Potassium"),
    "creatinine": CREATININE,
    "acute_failure": any_of("Acute renal failure"),
    "haematocrit": num("Hematocrit"),
    "leukocytes": num("White blood cell count"),
    "gcs": num("Glasgow Coma Score", otherwise=15.0),
    "age": AGE,
    "chronic": any_of("History of severe organ failure or immunocompromise"),
    "surgery": one_of("Surgery Type", SURGERY_OF_APACHE, "none"),
}
