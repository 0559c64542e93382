"""CURB-65, PSI, A-a gradient, pack-years and the oxygen cylinder."""

import pytest

from elara_local.errors import WrongUse
from tests.calculating import check, check_alone, check_bands, check_edges, run


def test_curb65_points_and_edges():
    check_alone("curb65", confusion=1)
    check_edges("curb65", "urea", (19.6, 0), (19.7, 1), ((7.0, "mmol/L"), 0), ((7.1, "mmol/L"), 1))
    check_edges("curb65", "breaths", (29, 0), (30, 1))
    check_edges("curb65", "systolic", (90, 0), (89, 1))
    check_edges("curb65", "diastolic", (61, 0), (60, 1))
    check_edges("curb65", "age", (64, 0), (65, 1))


def test_curb65_of_whole_patients_and_bands():
    check("curb65", 5, confusion=True, urea=40, breaths=32, systolic=85, diastolic=50, age=80)
    check("curb65", 2, age=70, urea=(8, "mmol/L"))
    check("curb65", 1, systolic=85, diastolic=50)  # both low is still one point
    check_bands("curb65", (1, "0 or 1"), (2, "2:"), (3, "3 or more"), (5, "3 or more"))


def test_psi_points_and_edges():
    check_alone(
        "psi",
        40,
        nursing_home=10,
        neoplastic=30,
        liver=20,
        heart_failure=10,
        cerebrovascular=10,
        kidney=10,
        confusion=20,
        effusion=10,
        sex=("female", -10),
    )
    check_edges("psi", "breaths", (29, 0), (30, 20))
    check_edges("psi", "systolic", (90, 0), (89, 20))
    check_edges("psi", "temperature", (34.9, 15), (35, 0), (39.9, 0), (40, 15), ((104, "°F"), 15))
    check_edges("psi", "pulse", (124, 0), (125, 10))
    check_edges("psi", "ph", (7.35, 0), (7.34, 30))
    check_edges("psi", "urea", (29.9, 0), (30, 20))
    check_edges("psi", "sodium", (130, 0), (129, 20))
    check_edges("psi", "glucose", (249, 0), (250, 10))
    check_edges("psi", "haematocrit", (30, 0), (29.9, 10))
    check_edges("psi", "pao2", (60, 0), (59, 10))


def test_psi_classes():
    assert run("psi").meaning.startswith("Class I (")
    assert run("psi", age=50).meaning.startswith("Class I (")
    assert run("psi", age=51).meaning.startswith("Class II ")
    assert run("psi", neoplastic=True).meaning.startswith("Class II ")  # 70
    assert run("psi", age=41, neoplastic=True).meaning.startswith("Class III ")  # 71
    assert run("psi", age=80, heart_failure=True).meaning.startswith("Class III ")  # 90
    assert run("psi", age=81, heart_failure=True).meaning.startswith("Class IV ")  # 91
    assert run("psi", age=80, neoplastic=True, liver=True).meaning.startswith("Class IV ")  # 130
    assert run("psi", age=81, neoplastic=True, liver=True).meaning.startswith("Class V ")


def test_the_gradient_between_alveolus_and_artery():
    check("aa_gradient", 4.73, fio2=21, paco2=40, pao2=95)  # 0.21 × 713 - 50 - 95
    check("aa_gradient", 211.5, fio2=50, paco2=60, pao2=70)  # 356.5 - 75 - 70
    check("aa_gradient", 4.73, fio2=(0.21, "fraction"))
    check("aa_gradient", 10.031, pao2=(12, "kPa"), paco2=(5.3, "kPa"))
    for slip in ({"pao2": 12}, {"paco2": 5.3}):  # kPa taken for mmHg
        with pytest.raises(WrongUse, match="It must lie from"):
            run("aa_gradient", **slip)
    assert not run("aa_gradient").notes
    assert "check the inspired oxygen" in run("aa_gradient", pao2=150).notes[0]


def test_pack_years():
    check("pack_years", 30, cigarettes=20, years=30)
    check("pack_years", 7.5, cigarettes=10, years=15)


def test_an_oxygen_cylinder():
    # E size: 4.7 L of water volume, 137 bar, 10 bar left, 5 L/min
    check("oxygen_cylinder", 119.38, size=4.7, bar=137, reserve=10, flow=5)
    check("oxygen_cylinder", 180, size=2, bar=200, reserve=20, flow=2)
    check("oxygen_cylinder", 180, size=2, bar=(20_000, "kPa"), reserve=20, flow=2)
    with pytest.raises(WrongUse, match="not above the reserve"):
        run("oxygen_cylinder", bar=10, reserve=10)
