"""The six gaps and ratios."""

import pytest

from elara_local.errors import WrongUse
from tests.calculating import check, run

KETOSIS = {"sodium": 140, "chloride": 100, "bicarbonate": 12}  # gap 28
DIARRHOEA = {"sodium": 138, "chloride": 112, "bicarbonate": 14}  # gap 12


def test_gaps_without_albumin():
    check("anion_gap", 28, **KETOSIS)
    check("anion_gap", 12, **DIARRHOEA)
    check("delta_gap", 16, **KETOSIS)
    check("delta_gap", 0, **DIARRHOEA)
    check("delta_ratio", 16 / 12, **KETOSIS)
    check("delta_ratio", 0, **DIARRHOEA)


def test_gaps_with_albumin():
    check("albumin_gap", 33, **KETOSIS, albumin=2)
    check("albumin_gap", 28, **KETOSIS, albumin=(40, "g/L"))
    check("albumin_delta_gap", 21, **KETOSIS, albumin=2)
    check("albumin_delta_gap", 5, **DIARRHOEA, albumin=2)
    check("albumin_delta_ratio", 1.75, **KETOSIS, albumin=2)
    check("albumin_delta_ratio", 0.5, **DIARRHOEA, albumin=2)


@pytest.mark.parametrize("id", ["delta_ratio", "albumin_delta_ratio"])
def test_a_normal_bicarbonate_has_no_ratio(id):
    with pytest.raises(WrongUse, match="no value at a bicarbonate of 24"):
        run(id, bicarbonate=24)


def test_bands():
    assert run("anion_gap", sodium=140, chloride=104, bicarbonate=24).meaning == "Not raised"
    assert run("anion_gap", sodium=141, chloride=104, bicarbonate=24).meaning == "Above 12: raised"
    # bicarbonate 14: the fall is 10, so the gap over 12 is ten times the ratio
    for over, start in ((3.9, "Under 0.4"), (4, "0.4 to 1"), (9.9, "0.4 to 1"), (10, "1 to 2"),
                        (19.9, "1 to 2"), (20, "2 or more")):  # fmt: skip
        result = run("delta_ratio", sodium=150, chloride=124 - over, bicarbonate=14)
        assert result.meaning.startswith(start), over


def test_a_ratio_is_not_read_where_nothing_is_abnormal():
    result = run("delta_ratio", sodium=136, chloride=100, bicarbonate=31)
    assert result.meaning == ""
    assert result.notes == ("Read only where the gap is raised and bicarbonate low.",)
