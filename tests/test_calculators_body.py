"""Body size, and malnutrition by the arm."""

import pytest

from elara_local.errors import WrongUse
from tests.calculating import check, run


def test_body_mass_index():
    check("bmi", 25, weight=100, height=200)
    check("bmi", 22.857, weight=70, height=175)
    check("bmi", 25.0, weight=(220.462, "lb"), height=(2, "m"))


def test_a_short_person_may_be_a_child_and_a_child_has_no_class():
    assert "A child has no class" in run("bmi", weight=20, height=120).notes[0]
    assert not run("bmi", weight=40, height=150).notes


@pytest.mark.parametrize(
    ("index", "name"),
    [(18.4, "Underweight"), (18.5, "Normal"), (24.9, "Normal"), (25, "Overweight"),
     (29.9, "Overweight"), (30, "Obesity class I"), (35, "Obesity class II"),
     (39.9, "Obesity class II"), (40, "Obesity class III")],
)  # fmt: skip
def test_classes_of_the_body_mass_index(index, name):
    assert run("bmi", weight=index, height=100).meaning == name


def test_ideal_weight():
    check("ideal_weight", 50, height=(60, "in"))
    check("ideal_weight", 45.5, height=(5, "ft"), sex="female")
    check("ideal_weight", 73, height=(70, "in"))
    check("ideal_weight", 68.5, height=(70, "in"), sex="female")
    assert run("ideal_weight", height=150).notes and not run("ideal_weight", height=153).notes


def test_adjusted_weight():
    check("adjusted_weight", 83.8, height=(70, "in"), weight=100)  # 73 + 0.4 × 27
    check("adjusted_weight", 65.1, height=(60, "in"), weight=94.5, sex="female")
    assert "below the ideal" in run("adjusted_weight", height=180, weight=50).notes[0]


def test_nobody_gets_an_ideal_weight_of_nearly_nothing():
    for id in ("ideal_weight", "adjusted_weight", "crcl_by_bmi"):
        assert run(id, height=120).value > 0
        with pytest.raises(WrongUse, match="from 120 to 275 cm"):
            run(id, height=110)


def test_target_weight():
    check("target_weight", 80, bmi=20, height=200)
    check("target_weight", 56.25, bmi=25, height=150)


def test_body_surface():
    check("bsa", 2.0, weight=80, height=180)
    check("bsa", 0.5, weight=10, height=90)


@pytest.mark.parametrize(
    ("arm", "oedema", "start"),
    [(125, False, "No acute"), (124.9, False, "Moderate"), (115, False, "Moderate"),
     (114.9, False, "Severe"), (140, True, "Severe"), ((11.4, "cm"), False, "Severe")],
)  # fmt: skip
def test_malnutrition_by_the_arm(arm, oedema, start):
    assert run("muac", arm=arm, oedema=oedema).meaning.startswith(start)
