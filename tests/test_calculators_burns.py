"""Rule of nines; Lund and Browder at every age."""

import pytest

from elara_local.clinical.burns import BY_AGE, CONSTANT, NINES
from elara_local.errors import WrongUse
from tests.calculating import check, run, value

WHOLE_CHART = dict.fromkeys((*BY_AGE, *CONSTANT), 100)


def test_rule_of_nines():
    check("nines", 100, **dict.fromkeys(NINES, 100))
    check("nines", 27, head=0, right_arm=100, front=100)
    check("nines", 13.5, head=0, left_leg=50, left_arm=50)
    for name, (_, share) in NINES.items():
        check("nines", share, **{"head": 0, name: 100})


@pytest.mark.parametrize("age", [0, 0.9, 1, 4.9, 5, 9.9, 10, 14.9, 15, 17.9, 18, 80])
def test_the_parts_of_the_chart_make_the_whole_skin_at_every_age(age):
    assert value("lund_browder", age=age, **WHOLE_CHART) == pytest.approx(100)


def test_a_babys_head_is_more_and_its_legs_are_less():
    check("lund_browder", 19, age=(6, "months"), head=100)
    check("lund_browder", 17, age=1, head=100)
    check("lund_browder", 13, age=5, head=100)
    check("lund_browder", 7, age=30, head=100)
    check("lund_browder", 11, head=0, age=0, thighs=100)
    check("lund_browder", 19, head=0, age=30, thighs=100)
    check("lund_browder", 14, head=0, age=30, lower_legs=100)


def test_halves():
    check("lund_browder", 9, head=0, age=30, front=50, hands=50)  # 6.5 + 2.5


@pytest.mark.parametrize("id", ["nines", "lund_browder"])
def test_no_burnt_part_is_refused(id):
    with pytest.raises(WrongUse, match="No part is given as burnt"):
        run(id, head=0)
