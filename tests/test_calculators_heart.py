"""CHA2DS2-VASc, HEART and RCRI: every point alone, edges, bands, whole patients."""

from tests.calculating import check, check_alone, check_bands, check_edges, run


def test_cha2ds2_vasc_points_alone():
    check_alone(
        "cha2ds2_vasc", heart_failure=1, hypertension=1, diabetes=1, stroke=2, tia=2, embolism=2,
        vascular=1, sex=("female", 1),
    )  # fmt: skip
    check_edges("cha2ds2_vasc", "age", (64, 0), (65, 1), (74, 1), (75, 2), (90, 2))


def test_cha2ds2_vasc_counts_stroke_and_tia_once():
    check("cha2ds2_vasc", 2, stroke=True, tia=True, embolism=True)


def test_cha2ds2_vasc_of_whole_patients():
    facts = {"age": 76, "sex": "female", "hypertension": True}
    result = run("cha2ds2_vasc", **facts)
    assert result.value == 4
    assert "Age 76 years: +2" in result.worked
    every = {"heart_failure": True, "diabetes": True, "stroke": True, "vascular": True}
    check("cha2ds2_vasc", 9, **facts, **every)


def test_cha2ds2_vasc_bands():
    check_bands("cha2ds2_vasc", (0, "0:"), (1, "1:"), (2, "2 or more"), (9, "2 or more"))


def test_heart_points_alone():
    check_alone("heart_score", hypertension=1, cholesterol=1, diabetes=1, obesity=1, smoking=1,
                family=1, atherosclerosis=2, history=("highly suspicious", 2),
                ecg=("ST deviation", 2), troponin=("1 to 3 times the limit", 1))  # fmt: skip
    check_edges("heart_score", "history", ("moderately suspicious", 1))
    check_edges("heart_score", "ecg", ("non-specific repolarisation disturbance", 1))
    check_edges("heart_score", "troponin", ("over 3 times the limit", 2))
    check_edges("heart_score", "age", (44, 0), (45, 1), (64, 1), (65, 2))


def test_heart_risk_factors_are_one_for_two_and_two_for_three():
    check("heart_score", 1, hypertension=True, smoking=True)
    check("heart_score", 2, hypertension=True, smoking=True, obesity=True)
    check("heart_score", 2, hypertension=True, smoking=True, obesity=True, atherosclerosis=True)


def test_heart_of_a_whole_patient_and_its_bands():
    check("heart_score", 10, history="highly suspicious", ecg="ST deviation", age=70,
          atherosclerosis=True, troponin="over 3 times the limit")  # fmt: skip
    check_bands("heart_score", (3, "0 to 3"), (4, "4 to 6"), (6, "4 to 6"), (7, "7 to 10"))


def test_rcri():
    check_alone("rcri", risky_surgery=1, ischaemia=1, heart_failure=1, cerebrovascular=1, insulin=1)
    check_edges("rcri", "creatinine", (2.0, 0), (2.01, 1), ((177, "µmol/L"), 1))
    check("rcri", 3, ischaemia=True, heart_failure=True, creatinine=2.5)
    check_bands("rcri", (0, "Class I:"), (1, "Class II:"), (2, "Class III"), (6, "Class IV"))
