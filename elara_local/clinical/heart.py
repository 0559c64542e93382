"""The heart: stroke risk in atrial fibrillation, chest pain, risk of surgery.

What is not covered: a score never replaces the ECG and the troponin that it is made from.
"""

from __future__ import annotations

from elara_local.clinical.basics import ADULT_AGE, CREATININE, HEART, SEX, SURGERY, question, true
from elara_local.clinical.forms import Facts
from elara_local.clinical.points import Line, Score, either, make_score, over, pick, steps, yes

STROKE = question("stroke", "Stroke", ("stroke", "cva"))
TIA = question("tia", "Transient ischaemic attack", ("tia", "transient ischemic attack"))
EMBOLISM = question("embolism", "Thromboembolism", ("thromboembolism", "embolus"))

CHA2DS2_VASC = Score(
    (
        yes("heart_failure", "Heart failure", 1, ("chf", "hf", "heart failure")),
        yes("hypertension", "Hypertension", 1, ("htn", "hypertension", "high blood pressure")),
        steps(ADULT_AGE, (65, 1), (75, 2)),
        yes("diabetes", "Diabetes", 1, ("dm", "diabetes", "diabetic")),
        either("Stroke, TIA or thromboembolism", 2, STROKE, TIA, EMBOLISM),
        yes(
            "vascular",
            "Vascular disease (infarction, peripheral arteries, aortic plaque)",
            1,
            ("vascular disease", "pad", "prior mi", "aortic plaque"),
        ),
        Line("Sex", (SEX,), lambda facts: 1 if facts["sex"] == "female" else 0),
    ),
    (
        (0, "0: low risk"),
        (1, "1: intermediate (a woman whose only point is her sex: low)"),
        (2, "2 or more: high risk, an anticoagulant is recommended"),
    ),
)

RISK_FACTORS = (
    question("hypertension", "Hypertension", ("htn", "hypertension")),
    question("cholesterol", "High cholesterol", ("hypercholesterolaemia", "dyslipidaemia")),
    question("diabetes", "Diabetes", ("dm", "diabetes", "diabetic")),
    question("obesity", "Obesity (BMI over 30)", ("obese", "obesity")),
    question("smoking", "Smoking now or within 3 months", ("smoker", "smoking")),
    question(
        "family",
        "Early heart disease in parent or sibling",
        ("family history of heart disease", "family history of cad"),
    ),
)
ATHEROSCLEROSIS = question(
    "atherosclerosis",
    "Known atherosclerosis (coronary, stroke or TIA, peripheral)",
    ("atherosclerotic disease", "cad", "prior mi", "pci", "cabg", "pad"),
)


def _count_risks(facts: Facts) -> float:
    if true(facts, ATHEROSCLEROSIS.name):
        return 2
    found = sum(true(facts, field.name) for field in RISK_FACTORS)
    return 0 if not found else 1 if found < 3 else 2


HEART_SCORE = Score(
    (
        pick(
            "history",
            "History",
            {"slightly suspicious": 0, "moderately suspicious": 1, "highly suspicious": 2},
            ("history", "suspicious"),
        ),
        pick(
            "ecg",
            "ECG",
            {"normal": 0, "non-specific repolarisation disturbance": 1, "ST deviation": 2},
            ("ecg", "ekg"),
        ),
        steps(ADULT_AGE, (45, 1), (65, 2)),
        Line("Risk factors", (*RISK_FACTORS, ATHEROSCLEROSIS), _count_risks),
        pick(
            "troponin",
            "Troponin",
            {"normal": 0, "1 to 3 times the limit": 1, "over 3 times the limit": 2},
            ("troponin", "trop"),
        ),
    ),
    ((0, "0 to 3: low risk"), (4, "4 to 6: moderate risk"), (7, "7 to 10: high risk")),
)

RCRI = Score(
    (
        yes("risky_surgery", "Surgery inside chest or belly, or above the groin on vessels", 1,
            ("high-risk surgery", "vascular surgery", "intraperitoneal", "intrathoracic")),
        yes("ischaemia", "Ischaemic heart disease", 1, ("ischemic heart disease", "cad", "ihd")),
        yes("heart_failure", "Heart failure", 1, ("chf", "heart failure", "hf")),
        yes("cerebrovascular", "Stroke or TIA", 1, ("stroke", "tia", "cerebrovascular disease")),
        yes("insulin", "Insulin before surgery", 1, ("insulin",)),
        over(CREATININE, (2.0, 1)),
    ),
    (
        (0, "Class I: major cardiac complications 0.4 %"),
        (1, "Class II: 0.9 %"),
        (2, "Class III: 6.6 %"),
        (3, "Class IV: 11 %"),
    ),
    ("The rates are those of 1999; later series find more.",),
)  # fmt: skip

CALCULATORS = (
    make_score(
        "cha2ds2_vasc", "CHA2DS2-VASc", HEART, CHA2DS2_VASC,
        ("Lip GYH and others, Refining clinical risk stratification for predicting stroke,"
         " Chest 2010;137:263",),
        "Atrial fibrillation without mechanical valve or moderate to severe mitral stenosis.",
        ("cha2ds2-vasc", "cha2ds2vasc", "chads-vasc", "chads vasc", "chadsvasc", "chads2-vasc"),
    ),
    make_score(
        "heart_score", "HEART score", HEART, HEART_SCORE,
        ("Six AJ, Backus BE, Kelder JC, Chest pain in the emergency room: value of the HEART"
         " score, Neth Heart J 2008;16:191",
         "Backus BE and others, A prospective validation of the HEART score, Int J Cardiol"
         " 2013;168:2153 (troponin over 3 times the limit)"),
        "Chest pain in adults; not with ST elevation, new ischaemia on the ECG or shock.",
        ("heart score", "chest pain score"),
    ),
    make_score(
        "rcri", "Revised Cardiac Risk Index", SURGERY, RCRI,
        ("Lee TH and others, Derivation and prospective validation of a simple index,"
         " Circulation 1999;100:1043",),
        "Adults before non-cardiac surgery that is not an emergency.",
        ("rcri", "lee index", "revised cardiac risk index", "cardiac risk index"),
    ),
)  # fmt: skip
