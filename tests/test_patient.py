import math

import pytest

from elara_local.patient import Band, fits, read_bands, read_patient


@pytest.mark.parametrize(
    ("question", "weight", "months"),
    [
        ("child 15 kg severe malaria artesunate dose?", 15, None),
        ("8 month old with diarrhoea", None, 8),
        ("3 year old, 14.5kg, fever", 14.5, 36),
        ("paracetamol 15 mg/kg every 6 hours", None, None),
        ("fever for 3 days", None, None),
    ],
)
def test_weight_and_age_are_read(question, weight, months):
    patient = read_patient(question)
    assert (patient.weight_kg, patient.age_months) == (weight, months)


@pytest.mark.parametrize(
    ("sentence", "bands"),
    [
        ("child under 20 kg: 3 mg/kg", [Band("kg", 0, math.nextafter(20, 0))]),
        ("adult or child 20 kg and over", [Band("kg", 20, math.inf)]),
        ("a child of 5 kg to under 15 kg", [Band("kg", 5, 15)]),
        ("children 2 months to 5 years", [Band("months", 2, 60)]),
        ("under 6 months", [Band("months", 0, math.nextafter(6, 0))]),
        ("up to 12 kg", [Band("kg", 0, 12)]),
        ("every 8 hours for 5 days", []),
        ("artesunate 3 mg/kg per dose", []),
    ],
)
def test_bands_are_read(sentence, bands):
    assert read_bands(sentence) == bands


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("child 15 kg", "Artesunate, child under 20 kg: 3 mg/kg.", True),
        ("child 15 kg", "Artesunate, adult or child 20 kg and over: 2.4 mg/kg.", False),
        ("man 60 kg", "Artesunate, child under 20 kg: 3 mg/kg.", False),
        ("man 60 kg", "Artesunate, adult or child 20 kg and over: 2.4 mg/kg.", True),
        ("8 month old", "A child aged 6 months to 5 years receives zinc 20 mg.", True),
        ("8 month old", "An infant under 6 months receives zinc 10 mg.", False),
        ("adult with fever", "Give a child paracetamol 15 mg/kg.", False),
        ("child with fever", "Give an adult paracetamol 1 g.", False),
        ("child with fever", "Open the airway.", True),
        ("fever", "Give an adult paracetamol 1 g.", True),
        ("pregnant woman with malaria", "A child under 5 kg receives care.", False),
    ],
)
def test_a_sentence_for_another_patient_does_not_fit(question, sentence, expected):
    assert fits(read_patient(question), sentence) is expected
