"""Opioids as morphine, and corticosteroids."""

import itertools

import pytest

from elara_local.errors import WrongUse
from tests.calculating import check, run, value

FACTORS = {  # CDC 2022, table of MME conversion factors; the last two CMS 2018
    "codeine": 0.15, "fentanyl_patch": 2.4, "hydrocodone": 1, "hydromorphone": 5, "methadone": 4.7,
    "morphine": 1, "oxycodone": 1.5, "oxymorphone": 3, "tapentadol": 0.4, "tramadol": 0.2,
    "fentanyl_buccal": 0.13, "fentanyl_nasal": 0.16,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FACTORS))
def test_each_opioid_alone(name):
    check("mme", 100 * FACTORS[name], **{"morphine": 0, name: 100})


def test_the_days_opioids_are_added():
    check("mme", 105, morphine=0, oxycodone=30, fentanyl_patch=25)  # 45 + 60
    result = run("mme", morphine=0, tramadol=200, codeine=60)
    assert result.value == pytest.approx(49)
    with pytest.raises(WrongUse, match="No opioid is given"):
        run("mme", morphine=0)
    assert result.meaning == ""
    assert run("mme", morphine=50).meaning.startswith("50 or more")
    assert any("Methadone" in note for note in run("mme", methadone=10).notes)


def test_steroids_by_hand():
    check("steroids", 20, given="prednisone", dose=5, wanted="hydrocortisone")
    check("steroids", 6, given="prednisolone", dose=40, wanted="dexamethasone")
    check("steroids", 40, given="prednisone", dose=50, wanted="methylprednisolone")
    check("steroids", 25, given="hydrocortisone", dose=20, wanted="cortisone")
    check("steroids", 0.75, given="triamcinolone", dose=4, wanted="betamethasone")


def test_there_and_back_is_the_same_dose():
    names = ("hydrocortisone", "prednisone", "dexamethasone", "cortisone", "triamcinolone")
    for one, other in itertools.combinations(names, 2):
        there = value("steroids", given=one, dose=10, wanted=other)
        assert value("steroids", given=other, dose=there, wanted=one) == pytest.approx(10)
