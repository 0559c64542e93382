"""What a sentence says of the medicines asked about."""

import pytest

from elara_local.medicines import (
    gives_another,
    medicines_in,
    names_of,
    prohibits,
    states_dose,
)


@pytest.mark.parametrize(
    ("sentence", "medicines", "expected"),
    [
        ("Give oxytocin 10 units IM.", ["oxytocin"], True),
        ("If oxytocin fails, give ergometrine 0.2 mg IM.", ["oxytocin"], False),
        ("Give 10 units.", [], True),
        ("Give it early.", [], False),
        ("A child of 20 kg needs oxytocin.", ["oxytocin"], False),
        ("Give ampicillin 50 mg/kg.", ["gentamicin", "ampicillin"], True),
        ("Give acetylsalicylic acid 300 mg.", ["aspirin"], True),
        ("Acetylcysteine for paracetamol poisoning is 140 mg/kg.", ["paracetamol"], False),
        ("Give paracetamol (acetaminophen) 15 mg/kg.", ["paracetamol"], True),
        ("Carboprost for bleeding not controlled by oxytocin is 0.25 mg.", ["oxytocin"], False),
        ("Methionine, if acetylcysteine is unavailable, is 2.5 g.", ["acetylcysteine"], False),
        ("If oxytocin fails, the dose is 0.25 mg.", ["oxytocin"], False),
    ],
)
def test_a_dose_is_an_amount_after_its_medicine(sentence, medicines, expected):
    assert states_dose(sentence, medicines) is expected


@pytest.mark.parametrize(
    ("sentence", "medicines", "expected"),
    [
        ("Doxycycline for cholera, adult: 300 mg.", ["gentamicin"], True),
        ("Acetylcysteine for paracetamol poisoning is 140 mg/kg.", ["paracetamol"], True),
        ("Give ampicillin 50 mg/kg with gentamicin.", ["gentamicin"], False),
        ("Give fluid 75 mL/kg.", ["zinc"], False),
        ("Doxycycline for cholera, adult: 300 mg.", [], False),
    ],
)
def test_another_medicine_is_told_from_the_one_asked_for(sentence, medicines, expected):
    assert gives_another(sentence, medicines) is expected


@pytest.mark.parametrize(
    ("sentence", "medicines", "expected"),
    [
        ("Do not give loperamide or opiates in dysentery.", ["loperamide"], True),
        ("Griseofulvin is contraindicated in pregnancy.", ["griseofulvin"], True),
        ("Give paracetamol; do not give aspirin.", ["paracetamol"], False),
        ("Do not give aspirin.", [], False),
        ("A child with no access to injections receives artesunate.", ["artesunate"], False),
        ("Do not give diazepam instead of magnesium.", ["magnesium"], False),
        ("Do not delay atropine.", ["atropine"], False),
        ("Do not wait for jaundice before giving acetylcysteine.", ["acetylcysteine"], False),
        ("Never give codeine; give morphine.", ["morphine"], False),
        ("Do not use steroids such as dexamethasone.", ["dexamethasone"], True),
        ("Give loperamide.", ["loperamide"], False),
    ],
)
def test_what_is_forbidden_is_read(sentence, medicines, expected):
    assert prohibits(sentence, medicines) is expected


def test_names_stand_for_one_another():
    assert "acetaminophen" in names_of("paracetamol")
    assert names_of("zolvatrexin") == ("zolvatrexin",)
    assert medicines_in(["dose", "paracétamol", "fever"]) == ["paracetamol"]
    assert medicines_in(["amoxicilina", "ceftriaxona", "malaria", "zolvatrexin"]) == [
        "amoxicillin",
        "ceftriaxone",
    ]


def test_a_medicine_that_did_the_harm_stands_in_no_way():
    dose = "Acetylcysteine for paracetamol poisoning, child: third dose 100 mg/kg intravenously."
    assert states_dose(dose, ["acetylcysteine"])
    assert not states_dose("Amoxicillin with gentamicin 5 mg/kg once daily.", ["amoxicillin"])
