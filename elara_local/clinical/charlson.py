"""Charlson comorbidity index, with age.

What is not covered: the newer weights (Quan 2011). Of mild and worse forms of one illness
only the worse counts.
"""

from __future__ import annotations

from elara_local.clinical.basics import ADULT_AGE, SURGERY, question
from elara_local.clinical.points import Score, either, make_score, pick, steps, yes

CHARLSON = Score(
    (
        steps(ADULT_AGE, (50, 1), (60, 2), (70, 3), (80, 4)),
        yes("infarction", "Myocardial infarction", 1, ("mi", "heart attack")),
        yes("heart_failure", "Heart failure", 1, ("chf", "heart failure")),
        yes("arteries", "Peripheral vascular disease", 1, ("pvd", "pad", "aortic aneurysm")),
        either(
            "Stroke or TIA",
            1,
            question("stroke", "Stroke", ("stroke", "cva")),
            question("tia", "Transient ischaemic attack", ("tia",)),
        ),
        yes("dementia", "Dementia", 1, ("dementia",)),
        yes("lungs", "Chronic lung disease", 1, ("copd",)),
        yes("connective", "Connective tissue disease", 1, ("lupus", "rheumatoid arthritis")),
        yes("ulcer", "Peptic ulcer disease", 1, ("peptic ulcer", "pud")),
        pick(
            "liver",
            "Liver disease",
            {"none": 0, "mild": 1, "moderate to severe": 3},
            ("cirrhosis", "liver disease"),
        ),
        pick(
            "diabetes",
            "Diabetes",
            {"none or diet only": 0, "uncomplicated": 1, "end-organ damage": 2},
            ("dm", "diabetes"),
        ),
        yes("hemiplegia", "Hemiplegia", 2, ("hemiplegia", "paraplegia")),
        yes(
            "kidney",
            "Kidney disease: creatinine over 3 mg/dL (265 µmol/L), dialysis or transplant",
            2,
            ("dialysis", "kidney transplant"),
        ),
        pick(
            "tumour",
            "Solid tumour",
            {"none": 0, "localised": 2, "metastatic": 6},
            ("cancer", "tumor", "metastasis"),
        ),
        yes("leukaemia", "Leukaemia", 2, ("leukemia",)),
        yes("lymphoma", "Lymphoma", 2, ("lymphoma", "myeloma")),
        yes("aids", "AIDS", 6, ("aids",)),
    ),
    notes=("Age points stop at 4, from 80 years.",),
)
CALCULATORS = (
    make_score(
        "charlson", "Charlson comorbidity index", SURGERY, CHARLSON,
        ("Charlson ME and others, A new method of classifying prognostic comorbidity, J Chronic Dis"
         " 1987;40:373",
         "Charlson M and others, Validation of a combined comorbidity index, J Clin Epidemiol"
         " 1994;47:1245 (age)"),
        "Made for groups of patients; HIV infection alone is not AIDS.",
        ("charlson", "cci", "comorbidity index"),
    ),
)  # fmt: skip
