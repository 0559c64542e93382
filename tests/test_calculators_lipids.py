"""LDL by Friedewald; the Framingham risk beside the point tables of ATP III."""

import pytest

from elara_local.errors import WrongUse
from tests.calculating import check, run, value


def test_friedewald():
    check("ldl", 120, cholesterol=200, hdl=50, triglycerides=150)
    check("ldl", 134, cholesterol=220, hdl=46, triglycerides=200)
    check("ldl", 120, cholesterol=(5.1724, "mmol/L"), hdl=(1.2931, "mmol/L"),
          triglycerides=(1.6942, "mmol/L"))  # fmt: skip


def test_mmol_are_not_taken_for_mg():
    with pytest.raises(WrongUse, match="HDL cholesterol is 1.2 mg/dL"):
        run("ldl", cholesterol=200, hdl=1.2, triglycerides=150)


def test_friedewald_is_not_valid_above_400():
    at, above = (run("ldl", cholesterol=250, hdl=40, triglycerides=t) for t in (400, 401))
    assert at.meaning == ""
    assert above.meaning.startswith("Not valid")


# ATP III, 2002, the tables of points: each profile with the percent of its sum.
@pytest.mark.parametrize(
    ("percent", "facts"),
    [
        (12, {"sex": "male", "age": 57, "cholesterol": 220, "hdl": 45, "systolic": 135}),
        (6, {"sex": "male", "age": 52, "cholesterol": 180, "hdl": 55, "systolic": 125}),
        (17, {"sex": "female", "age": 62, "cholesterol": 250, "hdl": 38, "systolic": 150,
              "smoker": True, "treated": True}),
        (1, {"sex": "female", "age": 52, "cholesterol": 180, "hdl": 65, "systolic": 115}),
    ],
)  # fmt: skip
def test_framingham_lies_near_the_point_tables(percent, facts):
    assert value("framingham", **facts) == pytest.approx(percent, abs=3)


def test_framingham_of_two_people_term_by_term():
    # Summed apart from the code: L is 0.0875 for the man and -0.0192 for the woman.
    man = {"sex": "male", "age": 55, "cholesterol": 213, "hdl": 50, "systolic": 120}
    check("framingham", 6.50851, **man, rel=1e-5)
    woman = {"sex": "female", "age": 55, "cholesterol": 213, "hdl": 50, "systolic": 120}
    check("framingham", 1.20971, **woman, rel=1e-5)


def test_framingham_bands_and_ages():
    assert run("framingham").meaning.startswith("Under 10 %")
    high = {"age": 70, "cholesterol": 260, "hdl": 35, "systolic": 160, "smoker": True}
    assert run("framingham", **high).meaning.startswith("Over 20 %")
    with pytest.raises(WrongUse, match="Age is 80 years"):
        run("framingham", age=80)


def test_smoking_counts_as_at_seventy_in_older_men():
    def ratio(age):
        smoker = value("framingham", age=age, smoker=True, sex="male")
        return smoker / value("framingham", age=age, sex="male")

    assert ratio(78) == pytest.approx(ratio(72), rel=0.05)
    assert ratio(50) > ratio(65)
