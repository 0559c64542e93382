import math

import pytest

from elara_local.bands import Band, read_bands
from elara_local.patient import fits, fits_headings, names, read_patient, suit, weights_in
from elara_local.records import Evidence


@pytest.mark.parametrize(
    ("question", "weight", "months"),
    [
        ("child 15 kg severe malaria artesunate dose?", 15, None),
        ("8 month old with diarrhoea", None, 8),
        ("3 year old, 14.5kg, fever", 14.5, 36),
        ("paracetamol 15 mg/kg every 6 hours", None, None),
        ("fever for 3 days", None, None),
        ("zinc for child 3 years", None, 36),
        ("6 kg baby 5 months", 6, 5),
        ("child 2 months cough", None, None),
        ("adult who lost 5 kg", None, None),
        ("mtoto 12 kilos", 12, None),
        ("mtoto kilo 12", 12, None),
        ("mtoto wa miaka 3 kilo 14", 14, 36),
        ("15 kilo 3 years", 15, 36),
        ("doxycycline dose 5 years 18 kg", 18, 60),
        ("18 kg 5 years doxycycline", 18, 60),
        ("morphine 80 years 50 kg", 50, 960),
        ("treatment for 6 months 50 kg", 50, None),
        ("50 kg 6 months course", 50, None),
        ("weight loss 4 kg, child 12 kg", 12, None),
        ("lost about 3 kg, now 15 kg", 15, None),
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
        ("a child of 5 kg to under 15 kg", [Band("kg", 5, math.nextafter(15, 0))]),
        ("children 2 months to 5 years", [Band("months", 2, 60)]),
        ("under 6 months", [Band("months", 0, math.nextafter(6, 0))]),
        ("up to 12 kg", [Band("kg", 0, 12)]),
        ("every 8 hours for 5 days", []),
        ("isoniazid for 6 to 9 months", []),
        ("in the first week of life", [Band("months", 0, 12 / 52.2)]),
        ("after the first 4 weeks of life", [Band("months", 4 * 12 / 52.2, math.inf)]),
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
        ("child with fever", "A pregnant woman takes 2 g.", False),
        ("child with fever", "Give a woman or a child 1 g.", True),
        ("gentamicin 5 day old", "Gentamicin in the first week of life: 5 mg/kg.", True),
        ("gentamicin 5 day old", "Gentamicin after the first week of life: 7.5 mg/kg.", False),
        ("gentamicin 5 day old", "Give a child gentamicin 7.5 mg/kg.", False),
        ("nevirapine newborn", "Nevirapine from 6 to 12 weeks of age: 20 mg.", False),
        ("child 8 kg", "A newborn receives 10% glucose 2 mL/kg.", False),
        ("3 year old", "A newborn receives 10% glucose 2 mL/kg.", False),
        ("praziquantel 18 kg", "An adult receives 600 mg.", False),
        ("adult 28 kg", "An adult receives 600 mg.", True),
        ("scabies pregnant", "Ivermectin in a non-pregnant adult is 200 micrograms/kg.", False),
        ("woman 30 weeks BP 170/110", "In a non-pregnant adult give amlodipine 5 mg.", False),
        ("man with dysuria", "A pregnant woman takes nitrofurantoin.", False),
        ("hypoglycaemia unconscious", "Give a conscious adult sugar by mouth.", False),
        ("hypoglycaemia unconscious", "If unconscious, give nothing; when alert, feed.", True),
        ("child convulsing", "Give ORS to a child who can drink.", False),
        ("hypoglycaemia", "Give a conscious adult sugar by mouth.", True),
        ("no penicillin allergy, syphilis", "Adult with penicillin allergy: doxycycline.", False),
        ("syphilis with penicillin allergy", "Adult with penicillin allergy: doxycycline.", True),
        ("enfant 12 kg", "Give an adult 1 g.", False),
        ("mujer embarazada", "Give a non-pregnant adult 1 g.", False),
        ("pregnant woman with malaria", "A child under 5 kg receives care.", False),
    ],
)
def test_a_sentence_for_another_patient_does_not_fit(question, sentence, expected):
    assert fits(read_patient(question), sentence) is expected


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("child 15 kg", "Give a child under 20 kg 3 mg/kg.", True),
        ("child 15 kg", "Give 3 mg/kg.", False),
        ("child 15 kg", "Give an adult 3 mg/kg.", False),
    ],
)
def test_a_sentence_that_names_the_patient(question, sentence, expected):
    assert names(read_patient(question), sentence) is expected


@pytest.mark.parametrize(
    ("question", "section", "fit"),
    [
        ("ceftriaxone dose child", "Ceftriaxone › Adults", False),
        ("ceftriaxone dose adult", "Ceftriaxone › Children", False),
        ("ceftriaxone dose for an adult", "Ceftriaxone › Enfants", False),
        ("ceftriaxone dose child 8 kg", "Ceftriaxone › 10 to 20 kg", False),
        ("ceftriaxone dose child", "Ceftriaxone › Adults and children", True),
        ("ceftriaxone dose child", "Ceftriaxone › Drug | Adults", True),
        ("ceftriaxone dose", "Ceftriaxone › Children", True),
    ],
)
def test_headings_of_the_users_documents_say_for_whom(question, section, fit):
    passage = Evidence("s1", "Give 2 g IV.", "Guide", section, shelf="own")
    assert fits_headings(read_patient(question), passage) is fit
    assert fits_headings(read_patient(question), Evidence("s1", "Give 2 g.", "Guide", section))


def test_a_passage_suits_a_patient_by_its_lines():
    child = read_patient("child 12 kg")
    lines = "Zinc, child 10 to under 15 kg: 20 mg.\nZinc, child under 5 kg: 10 mg."
    assert suit(child, lines) == 0.0
    assert suit(child, lines.splitlines()[0]) == 1.0
    assert suit(child, lines.splitlines()[1]) == -1.0
    assert suit(child, "Boil the water.") == suit(read_patient("cholera"), lines) == 0.0


@pytest.mark.parametrize(
    ("question", "groups"),
    [
        ("my boy 8 years fell", {"child"}),
        ("a girl with fever", {"child"}),
        ("boys and girls height", {"child"}),
        ("boy 15 years", {"man"}),
        ("girl 15 years pregnant", {"pregnancy", "woman"}),
        ("baby boy 3 weeks", {"child", "infant"}),
        ("unborn baby not moving", {"pregnancy"}),
        ("pregnant, the baby does not kick", {"pregnancy"}),
        ("nursing my baby can I take ibuprofen", {"breastfeeding"}),
        ("nursing a baby with fever", {"infant"}),
        ("breastfeeding baby with oral thrush", {"infant"}),
        ("trying for a baby, folic acid", set()),
        ("she had a baby 3 days ago and bleeds", set()),
        ("delivered a baby who is not breathing", {"infant"}),
        ("baby 10 days of a mother with HIV", {"infant"}),
    ],
)
def test_boys_and_girls_are_children_and_not_every_baby_is_the_patient(question, groups):
    assert read_patient(question).groups - {"newborn"} == groups


@pytest.mark.parametrize(
    ("question", "weights"),
    [
        ("twins 2.1 and 1.8 kg", {2.1, 1.8}),
        ("twins 2.6/1.9 kg", {2.6, 1.9}),
        ("child 10-12 kg", {10, 12}),
        ("5 to 7.5 mg/kg, 3 kg", {3}),
        ("child 10 to under 14 kg", {14}),
    ],
)
def test_each_of_two_weights_before_one_unit_is_read(question, weights):
    assert set(weights_in(question)) == weights


def test_a_day_of_life_is_an_age_and_a_day_of_treatment_none():
    assert read_patient("gentamicin day 2 of life 3 kg").groups == {"newborn"}
    assert read_patient("day 3 of treatment, child 12 kg").age_months is None


def test_a_child_of_20_kg_is_not_over_12_years():
    told = "Adrenaline in an adult or a child over 12 years: 0.5 mg."
    assert not fits(read_patient("adrenaline child 20 kg anaphylaxis"), told)
    assert fits(read_patient("adrenaline child 30 kg anaphylaxis"), told)
    assert fits(read_patient("adrenaline adult 20 kg"), told)
