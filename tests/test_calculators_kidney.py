"""Kidney function against values worked out by hand and read from published calculators."""

import pytest

from elara_local.clinical.kidney import stage
from elara_local.errors import WrongUse
from tests.calculating import check, run


def test_cockcroft_gault_uses_the_weight_as_it_is():
    check("crcl", 80, age=60, weight=72, creatinine=1.0)  # 80 × 72 / 72
    check("crcl", 141.667, age=40, weight=60, creatinine=0.5, sex="female")
    check("crcl", 80, age=60, weight=72, creatinine=(88.4, "µmol/L"))


def test_cockcroft_gault_by_body_mass_index_chooses_the_weight():
    check("crcl_by_bmi", 118.05, age=40, weight=100, height=180, creatinine=1)  # adjusted
    check("crcl_by_bmi", 97.222, age=40, weight=70, height=180, creatinine=1)  # actual is less
    check("crcl_by_bmi", 104.156, age=40, weight=80, height=180, creatinine=1)  # ideal is less
    check("crcl_by_bmi", 53.125, age=40, weight=45, height=170, creatinine=1, sex="female")


@pytest.mark.parametrize(
    ("weight", "why"),
    [(18.49, "underweight"), (18.5, "normal"), (24.99, "normal"), (25, "overweight")],
)
def test_the_edges_of_the_body_mass_index_choose_the_weight(weight, why):
    line = run("crcl_by_bmi", weight=weight * 4, height=200).worked[0]  # BMI = weight / 4
    assert why in line


def test_ckd_epi_2021():
    check("ckd_epi", 69.2, age=60, creatinine=1.2)
    check("ckd_epi", 51.8, age=60, creatinine=1.2, sex="female")
    check("ckd_epi", 104.05, age=50, creatinine=0.9)  # at κ only the age counts
    check("ckd_epi", 105.30, age=50, creatinine=0.7, sex="female")


@pytest.mark.parametrize(
    ("rate", "name"),
    [(90, "G1:"), (89.9, "G2:"), (60, "G2:"), (59.9, "G3a"), (45, "G3a"), (44.9, "G3b"),
     (30, "G3b"), (29.9, "G4"), (15, "G4"), (14.9, "G5"), (0, "G5")],
)  # fmt: skip
def test_the_stages_of_kdigo(rate, name):
    assert stage(rate).startswith(name)


def test_the_stage_is_that_of_the_whole_number_shown():
    near = run("ckd_epi", age=60, creatinine=1.355)
    assert 59.5 < near.value < 60 and near.meaning.startswith("G2")
    assert run("ckd_epi", age=60, creatinine=1.37).meaning.startswith("G3a")


def test_mdrd_of_2006():
    check("mdrd", 79.10, age=50, creatinine=1)
    check("mdrd", 58.69, age=50, creatinine=1, sex="female")
    check("mdrd", 95.87, age=50, creatinine=1, black=True)


def test_adult_equations_refuse_children():
    for id in ("mdrd", "ckd_epi", "crcl"):
        with pytest.raises(WrongUse, match="Age is 17 years"):
            run(id, age=17)


def test_schwartz():
    check("schwartz", 82.6, height=100, creatinine=0.5)
    check("schwartz", 41.3, height=140, creatinine=1.4)
    with pytest.raises(WrongUse, match="Age is 40 years"):
        run("schwartz", age=40)
    with pytest.raises(WrongUse, match="Creatinine is 44 mg/dL"):  # µmol/L, as a child has them
        run("schwartz", creatinine=44)
    check("schwartz", 82.97, height=100, creatinine=(44, "µmol/L"))


def test_fractional_excretion_of_sodium():
    low = {"sodium": 140, "creatinine": 2, "urine_sodium": 20, "urine_creatinine": 100}
    check("fena", 0.285714, **low)
    assert run("fena", **low).meaning.startswith("Under 1 %")
    high = {"sodium": 140, "creatinine": 1, "urine_sodium": 80, "urine_creatinine": 40}
    check("fena", 1.428571, **high)
    edge = {"sodium": 100, "creatinine": 1, "urine_creatinine": 100}
    for urine, start in ((99, "Under 1 %"), (100, "1 to 3 %"), (300, "1 to 3 %"), (301, "Over 3")):
        assert run("fena", **edge, urine_sodium=urine).meaning.startswith(start)
