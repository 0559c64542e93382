"""Whether two sentences give one dose."""

import pytest

from elara_local.engines.chat.repeats import adds_dose, holds_all, is_repeat, is_same_dose

CARD = (
    "Ceftriaxone for bacterial meningitis, child 1 month to under 12 years: 100 mg/kg "
    "intramuscularly or intravenously once daily for 7 to 10 days, maximum 4 g per day."
)
PROSE = "For bacterial meningitis give a child ceftriaxone 100 mg/kg IV once daily, maximum 4 g."


def test_one_dose_in_other_words_is_one_and_the_fuller_holds_the_other():
    assert is_same_dose(CARD, PROSE) and is_same_dose(PROSE, CARD)
    assert holds_all(CARD, PROSE) and not holds_all(PROSE, CARD)
    assert not is_repeat(CARD, PROSE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CARD, CARD.replace("100 mg/kg", "50 mg/kg")),
        (CARD, CARD.replace("once daily", "every 12 hours")),
        (CARD, CARD.replace("once daily for 7 to 10 days", "once")),
        (CARD, CARD.replace("7 to 10 days", "3 days")),
        (CARD, CARD.replace("maximum 4 g", "maximum 2 g")),
        (CARD, CARD.replace("Ceftriaxone", "Cefotaxime")),
        (CARD, CARD.replace("intramuscularly or intravenously", "by mouth")),
        (CARD, CARD.replace("child 1 month to under 12 years", "newborn")),
        (CARD, "Do not give ceftriaxone 100 mg/kg once daily for bacterial meningitis."),
        (
            "Fluconazole for oesophageal candidiasis, adult: 200 mg by mouth once daily.",
            "Fluconazole for oesophageal candidiasis, adult with creatinine clearance below "
            "50 mL/min: 200 mg by mouth on day 1, then 100 mg by mouth once daily.",
        ),
        (
            "Aspirin for TIA, adult: 300 mg by mouth once daily.",
            "Clopidogrel after TIA, adult: 300 mg once, then 75 mg once daily with aspirin.",
        ),
        (
            "Gentamicin for sepsis, adult: 5 mg/kg IV once daily.",
            "Gentamicin for sepsis, adult with weak kidney: 5 mg/kg IV once daily.",
        ),
    ],
)
def test_two_doses_are_never_one(one, other):
    assert not is_same_dose(one, other) and not is_same_dose(other, one)


def test_an_amount_or_a_maximum_that_is_new_is_seen():
    both = "Ceftriaxone, child: 100 mg/kg IV once daily or 50 mg/kg IV every 12 hours."
    assert adds_dose(both, [CARD])
    assert adds_dose(CARD, [CARD.replace(", maximum 4 g per day", "")])
    assert not adds_dose(PROSE, [CARD])
