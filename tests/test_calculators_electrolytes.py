"""Calcium, sodium, osmolality and free water."""

import pytest

from elara_local.clinical.electrolytes import water_share
from elara_local.errors import WrongUse
from tests.calculating import check, run


def test_corrected_calcium():
    check("corrected_calcium", 9.6, calcium=8, albumin=2)
    check("corrected_calcium", 10, calcium=10, albumin=4)
    check("corrected_calcium", 9.616, calcium=(2, "mmol/L"), albumin=(20, "g/L"))


def test_corrected_sodium_by_either_factor():
    check("corrected_sodium", 142, sodium=130, glucose=600, fall="2.4 (Hillier 1999)")
    check("corrected_sodium", 138, sodium=130, glucose=600, fall="1.6 (Katz 1973)")
    check("corrected_sodium", 135, sodium=135, glucose=100, fall="1.6 (Katz 1973)")


def test_osmolality():
    check("osmolality", 290, sodium=140, glucose=90, urea=14)
    check("osmolality", 330, sodium=150, glucose=180, urea=56)
    check("osmolality", 290.01, sodium=140, glucose=(5, "mmol/L"), urea=(5, "mmol/L"))


@pytest.mark.parametrize(
    ("age", "woman", "share"),
    [(17, True, 0.6), (17, False, 0.6), (18, True, 0.5), (18, False, 0.6), (64, True, 0.5),
     (64, False, 0.6), (65, True, 0.45), (65, False, 0.5)],
)  # fmt: skip
def test_the_share_of_water(age, woman, share):
    assert water_share(age, woman) == share


def test_numbers_that_only_mmol_make_plausible_are_not_taken_as_mg():
    with pytest.raises(WrongUse, match="Total calcium is 2.4 mg/dL"):
        run("corrected_calcium", calcium=2.4)
    check("corrected_calcium", 9.619, calcium=(2.4, "mmol/L"), albumin=(40, "g/L"))
    with pytest.raises(WrongUse, match="Glucose is 6 mg/dL"):
        run("osmolality", glucose=6)
    assert run("corrected_sodium", sodium=95, glucose=(80, "mmol/L")).value > 95


def test_free_water_deficit():
    check("water_deficit", 6, age=40, weight=70, sodium=160)  # 42 L × 20 / 140
    check("water_deficit", 3.375, age=80, weight=52.5, sodium=160, sex="female")
    low = run("water_deficit", age=40, weight=70, sodium=133)
    assert low.value == pytest.approx(-2.1)
    assert low.notes == ("A negative value is an excess of water, not a deficit.",)
