"""Caprini score of 2005 for venous thromboembolism after surgery.

What is not covered: the version of 2013 with other points for body mass index and surgery.
"""

from __future__ import annotations

from elara_local.clinical.basics import ADULT_AGE, BLOOD, BMI, SEX, question
from elara_local.clinical.forms import Facts, Field
from elara_local.clinical.points import Line, Score, either, make_score, over, pick, steps, yes

OPERATIONS = {
    "none": 0,
    "minor": 1,
    "major, over 45 minutes": 2,
    "laparoscopic, over 45 minutes": 2,
    "arthroscopic": 2,
    "elective replacement of hip or knee": 5,
}
MOBILITY = {"normal": 0, "bed rest, medical patient": 1, "in bed over 72 hours": 2}


def _women(name: str, label: str, words: tuple[str, ...]) -> Line:
    field = Field(name, label, "yes", otherwise=False, words=words)

    def count(facts: Facts) -> float:
        return 1 if facts[name] is True and facts["sex"] == "female" else 0

    return Line(label, (field, SEX), count)


CAPRINI = Score(
    (
        steps(ADULT_AGE, (41, 1), (61, 2), (75, 3)),
        pick("surgery", "Surgery", OPERATIONS, ("surgery", "operation")),
        yes("earlier_surgery", "Major surgery in the last month", 1, ("earlier surgery",)),
        over(BMI, (25, 1)),
        pick("mobility", "Mobility", MOBILITY, ("bed rest", "mobility")),
        yes("varicose", "Varicose veins", 1, ("varicose",)),
        yes("bowel", "Inflammatory bowel disease", 1, ("ibd", "crohn", "colitis")),
        yes("swollen", "Swollen legs now", 1, ("swollen legs",)),
        yes("infarction", "Acute myocardial infarction", 1, ("acute mi", "acute infarction")),
        yes("heart_failure", "Heart failure in the last month", 1, ("recent heart failure",)),
        yes("sepsis", "Sepsis in the last month", 1, ("sepsis",)),
        yes("pneumonia", "Serious lung disease or pneumonia in the last month", 1, ("pneumonia",)),
        yes("lungs", "Abnormal lung function (COPD)", 1, ("copd",)),
        _women("hormones", "Contraceptive or hormone therapy", ("contraceptive pill", "hrt")),
        _women("pregnant", "Pregnant, or within a month of birth", ("pregnant", "postpartum")),
        _women(
            "losses",
            "Unexplained stillbirth, 3 miscarriages, or preterm with toxaemia or a small child",
            ("recurrent miscarriage", "stillbirth"),
        ),
        yes("cancer", "Cancer, present or earlier", 2, ("cancer", "malignancy")),
        yes("plaster", "Plaster cast in the last month", 2, ("plaster", "cast")),
        yes("line", "Central venous line", 2, ("central line", "cvc", "picc")),
        either(
            "Earlier thrombosis or embolism",
            3,
            question("earlier_dvt", "Earlier deep vein thrombosis", ("prior dvt",)),
            question("earlier_pe", "Earlier pulmonary embolism", ("prior pe",)),
        ),
        yes(
            "family",
            "Thrombosis in the family",
            3,
            ("family history of thrombosis", "family history of clots", "family history of vte"),
        ),
        yes("leiden", "Factor V Leiden", 3, ("factor v",)),
        yes("prothrombin", "Prothrombin 20210A", 3, ("prothrombin",)),
        yes("homocysteine", "High homocysteine", 3, ("homocysteine",)),
        yes("lupus", "Lupus anticoagulant", 3, ("lupus anticoagulant",)),
        yes("cardiolipin", "Anticardiolipin antibodies", 3, ("anticardiolipin",)),
        yes("hit", "Heparin-induced thrombocytopenia", 3, ("heparin induced thrombocytopenia",)),
        yes("thrombophilia", "Other thrombophilia", 3, ("thrombophilia",)),
        yes("fracture", "Hip, pelvis or leg broken in the last month", 5, ("hip fracture",)),
        yes("stroke", "Stroke in the last month", 5, ("recent stroke", "acute stroke")),
        yes("trauma", "Multiple trauma in the last month", 5, ("trauma", "polytrauma")),
        yes(
            "cord",
            "Spinal cord injury with paralysis in the last month",
            5,
            ("spinal cord injury",),
        ),
    ),
    (
        (0, "0 or 1: low risk, early walking"),
        (2, "2: moderate risk"),
        (3, "3 or 4: higher risk"),
        (5, "5 or more: highest risk"),
    ),
)
CALCULATORS = (
    make_score(
        "caprini", "Caprini score (2005)", BLOOD, CAPRINI,
        ("Caprini JA, Thrombosis risk assessment as a guide to quality patient care,"
         " Dis Mon 2005;51:70",),
        "Adults before surgery; weigh it against the risk of bleeding.", ("caprini",),
    ),
)  # fmt: skip
