"""Clots and bleeding: Wells for embolism and thrombosis, PERC, HAS-BLED, Glasgow-Blatchford.

What is not covered: D-dimer limits by age, YEARS, the revised Geneva score.
"""

from __future__ import annotations

from elara_local.clinical.basics import (
    ADULT_AGE,
    BLOOD,
    BUN,
    BUN_NOTE,
    PULSE,
    SATURATION,
    SEX,
    SYSTOLIC,
    measure,
    number,
    question,
)
from elara_local.clinical.forms import Facts
from elara_local.clinical.points import Line, Score, either, make_score, over, steps, yes

EARLIER = (
    question("earlier_pe", "Earlier pulmonary embolism", ("prior pe", "previous pe")),
    question("earlier_dvt", "Earlier deep vein thrombosis", ("prior dvt", "previous dvt")),
)
WELLS_PE = Score(
    (
        yes(
            "dvt_signs",
            "Signs of deep vein thrombosis (at least a swollen leg, painful along the veins)",
            3,
            ("signs of dvt", "dvt signs"),
        ),
        yes("pe_likely", "Every other cause is less likely than embolism", 3, ("pe most likely",)),
        over(PULSE, (100, 1.5)),
        either(
            "Immobile 3 days, or surgery in 4 weeks",
            1.5,
            question("immobile", "Immobile for 3 days or more", ("immobilised", "bed rest")),
            question("surgery", "Surgery in the last 4 weeks", ("recent surgery",)),
        ),
        either("Earlier embolism or thrombosis", 1.5, *EARLIER),
        yes("haemoptysis", "Coughing blood", 1, ("hemoptysis", "haemoptysis")),
        yes("cancer", "Cancer (treated in 6 months, or palliative)", 1, ("cancer", "malignancy")),
    ),
    (
        (0, "0 to 1.5: low (three levels); 4 or less: unlikely (two levels)"),
        (2, "2 to 6: moderate (three levels); over 4: likely (two levels)"),
        (6.5, "Over 6: high (three levels); likely (two levels)"),
    ),
)
WELLS_DVT = Score(
    (
        yes("cancer", "Active cancer", 1, ("cancer", "malignancy")),
        yes("paralysis", "Paralysis, paresis or plaster of a leg", 1, ("plaster", "paralysis")),
        either(
            "Bedridden 3 days, or major surgery in 12 weeks",
            1,
            question("bedridden", "Bedridden for 3 days or more", ("bedridden", "bed rest")),
            question("surgery", "Major surgery within 12 weeks", ("recent major surgery",)),
        ),
        yes("tender", "Tender along the deep veins", 1, ("tenderness", "tender")),
        yes("leg_swollen", "Whole leg swollen", 1, ("entire leg swollen",)),
        yes("calf", "Calf at least 3 cm thicker than the other", 1, ("calf swelling", "calf")),
        yes("pitting", "Pitting oedema of this leg only", 1, ("pitting", "oedema", "edema")),
        yes("collateral", "Collateral superficial veins", 1, ("collateral veins",)),
        yes("earlier_dvt", "Earlier deep vein thrombosis", 1, ("prior dvt", "previous dvt")),
        yes("other_likely", "Another cause at least as likely", -2, ("alternative diagnosis",)),
    ),
    (
        (-2, "0 or less: low; under 2: unlikely"),
        (1, "1 or 2: moderate; 2 or more: likely"),
        (3, "3 or more: high; likely"),
    ),
)
PERC = Score(
    (
        steps(ADULT_AGE, (50, 1)),
        steps(PULSE, (100, 1)),
        steps(SATURATION, (95, 0), below=1),
        yes("leg_swelling", "One leg swollen", 1, ("leg swelling",)),
        yes("haemoptysis", "Coughing blood", 1, ("hemoptysis", "haemoptysis")),
        yes(
            "surgery",
            "Surgery, or trauma with a stay in hospital, within 4 weeks",
            1,
            ("recent surgery", "recent trauma"),
        ),
        either("Earlier embolism or thrombosis", 1, *EARLIER),
        yes(
            "hormones",
            "Taking oestrogen",
            1,
            ("oestrogen", "estrogen", "contraceptive pill", "hrt"),
        ),
    ),
    (
        (0, "None: embolism ruled out where it was held unlikely (under 15 %) before"),
        (1, "At least one: the rule does not rule embolism out"),
    ),
)
DRINKS = measure("drinks", "Alcoholic drinks in a week", (), 0, 300, ("drinks per week", "alcohol"))
HAS_BLED = Score(
    (
        yes(
            "hypertension",
            "Uncontrolled hypertension (systolic over 160)",
            1,
            ("uncontrolled hypertension",),
        ),
        yes(
            "kidney",
            "Dialysis, kidney transplant, or creatinine 200 µmol/L (2.26 mg/dL) or more",
            1,
            ("dialysis", "kidney transplant"),
        ),
        yes(
            "liver",
            "Cirrhosis, or bilirubin over 2 times with ALT, AST or ALP over 3 times the limit",
            1,
            ("cirrhosis",),
        ),
        yes("stroke", "Stroke", 1, ("stroke", "cva")),
        yes("bleeding", "Bleeding, or prone to it", 1, ("bleeding", "anaemia", "prior bleed")),
        yes("labile", "Labile INR (under 60 % of the time in range)", 1, ("labile inr",)),
        over(ADULT_AGE, (65, 1)),
        yes("drugs", "Antiplatelet or anti-inflammatory drugs", 1, ("nsaid", "aspirin")),
        steps(DRINKS, (8, 1)),
    ),
    ((0, "0 to 2: low to moderate risk"), (3, "3 or more: high risk, review often")),
)
HAEMOGLOBIN = measure(
    "haemoglobin", "Haemoglobin", ("g/dL", "g/L", "mmol/L"), 1, 28, ("hb", "hgb", "hemoglobin"),
    "haemoglobin",
)  # fmt: skip


def _rate_urea(facts: Facts) -> float:
    mmol = number(facts, "urea") / 2.8  # the published table is in mmol/L; 18.2 mg/dL are 6.5
    return next((p for low, p in ((25, 6), (10, 4), (8, 3), (6.5, 2)) if mmol >= low - 1e-6), 0)


def _rate_haemoglobin(facts: Facts) -> float:
    value = number(facts, "haemoglobin")
    if value < 10:
        return 6
    if facts["sex"] == "female":
        return 1 if value < 12 else 0
    return 3 if value < 12 else 1 if value < 13 else 0


BLATCHFORD = Score(
    (
        Line(BUN.label, (BUN,), _rate_urea),
        Line(HAEMOGLOBIN.label, (HAEMOGLOBIN, SEX), _rate_haemoglobin),
        steps(SYSTOLIC, (90, 2), (100, 1), (110, 0), below=3),
        steps(PULSE, (100, 1)),
        yes("melaena", "Black stool", 1, ("melaena", "melena")),
        yes("syncope", "Fainting", 2, ("syncope", "fainted")),
        yes("liver", "Liver disease", 2, ("liver disease", "cirrhosis", "hepatic disease")),
        yes("heart_failure", "Heart failure", 2, ("heart failure", "cardiac failure", "chf")),
    ),
    ((0, "0: low risk, no treatment in hospital was needed"), (1, "1 or more: not low risk")),
    (BUN_NOTE,),
)
CALCULATORS = (
    make_score(
        "wells_pe", "Wells score for pulmonary embolism", BLOOD, WELLS_PE,
        ("Wells PS and others, Derivation of a simple clinical model, Thromb Haemost 2000;83:416",),
        "Suspected embolism; not for pregnancy.",
        ("wells pe", "pe wells", "wells score pe", "wells score for pe", "wells criteria pe",
         "wells criteria for pe"),
        digits=1,
    ),
    make_score(
        "wells_dvt", "Wells score for deep vein thrombosis", BLOOD, WELLS_DVT,
        ("Wells PS and others, Evaluation of D-dimer in the diagnosis of suspected deep-vein"
         " thrombosis, N Engl J Med 2003;349:1227",),
        "Suspected thrombosis of a leg; not for pregnancy.",
        ("wells dvt", "dvt wells", "wells score dvt", "wells score for dvt", "wells criteria dvt",
         "wells criteria for dvt"),
    ),
    make_score(
        "perc", "PERC rule", BLOOD, PERC,
        ("Kline JA and others, Clinical criteria to prevent unnecessary diagnostic testing,"
         " J Thromb Haemost 2004;2:1247",
         "Kline JA and others, J Thromb Haemost 2008;6:772 (under 15 %)"),
        "Adults, only where embolism is already held unlikely; not in pregnancy or high in the"
        " mountains.", ("perc", "perc rule"),
    ),
    make_score(
        "has_bled", "HAS-BLED", BLOOD, HAS_BLED,
        ("Pisters R and others, A novel user-friendly score (HAS-BLED), Chest 2010;138:1093",),
        "Atrial fibrillation; not a reason alone to withhold an anticoagulant.",
        ("has-bled", "hasbled", "has bled score"),
    ),
    make_score(
        "blatchford", "Glasgow-Blatchford bleeding score", BLOOD, BLATCHFORD,
        ("Blatchford O, Murray WR, Blatchford M, A risk score to predict need for treatment for"
         " upper-gastrointestinal haemorrhage, Lancet 2000;356:1318",),
        "Adults with bleeding of the upper gut.", ("blatchford", "glasgow-blatchford", "gbs score"),
    ),
)  # fmt: skip
