"""Which dose of a card is for whom, at the very limits; and never one of several that differ."""

from fractions import Fraction

import pytest

from elara_local.cards import read_cards
from elara_local.clinical.choosing import age_in_days, choose, days_in, step_in
from elara_local.clinical.dosing import Body, Worked, work_out
from elara_local.clinical.renal_dosing import read_clearance
from elara_local.clinical.weight_limits import is_plausible, weight_limits
from elara_local.engines.chat.indications import count_apart, read_purpose
from elara_local.medicines import routes_in
from elara_local.patient import read_patient, weights_in
from elara_local.settings import HANDBOOK

CARDS = {card.id: card for card in read_cards(HANDBOOK / "medicines")}
SEVERE = "artesunate severe malaria child"


def chosen(card, question):
    patient = read_patient(question)
    stated = weights_in(question)
    body = Body(
        Fraction(str(stated[0])) if stated else None,
        age_in_days(patient.age_months),
        patient.groups,
        read_clearance(question),
    )
    asked = read_purpose(question, (CARDS[card].name,))
    choice = choose(
        CARDS[card],
        patient,
        body,
        routes_in(question),
        lambda d: count_apart(asked, d.indication),
        step_in(question),
    )
    return choice, [w.line for d in choice.doses if isinstance(w := work_out(d, body), Worked)]


@pytest.mark.parametrize(
    "question, line",
    [
        (f"{SEVERE} 15 kg", "15 kg × 3 mg/kg = 45 mg per dose"),
        (f"{SEVERE} 15kg", "15 kg × 3 mg/kg = 45 mg per dose"),
        (f"{SEVERE} 15,5 kg", "15.5 kg × 3 mg/kg = 46.5 mg per dose"),
        (f"{SEVERE} 33 lb", "14.97 kg × 3 mg/kg = 44.91 mg per dose"),
        (f"{SEVERE} weighing 15000 g", "15 kg × 3 mg/kg = 45 mg per dose"),
        (f"{SEVERE} 19.9 kg", "19.9 kg × 3 mg/kg = 59.7 mg per dose"),
        (f"{SEVERE} 20 kg", "20 kg × 2.4 mg/kg = 48 mg per dose"),
    ],
)
def test_the_band_of_weight_is_met_at_its_limit(question, line):
    assert chosen("artesunate", question)[1] == [line]


@pytest.mark.parametrize(
    "question, line",
    [
        ("gentamicin newborn sepsis 6 days old 3 kg", "3 kg × 5 mg/kg = 15 mg per dose"),
        ("gentamicin newborn sepsis 7 days old 3 kg", "3 kg × 7.5 mg/kg = 22.5 mg per dose"),
        ("gentamicin newborn sepsis 6 days old 2.5 kg", "2.5 kg × 5 mg/kg = 12.5 mg per dose"),
        ("gentamicin newborn sepsis 6 days old 2.4 kg", "2.4 kg × 3 mg/kg = 7.2 mg per dose"),
        ("gentamicin newborn sepsis 6 days old weighing 2400 g", "2.4 kg × 3 mg/kg = 7.2 mg"),
    ],
)
def test_the_band_of_age_is_met_at_its_limit(question, line):
    (found,) = chosen("gentamicin", question)[1]
    assert found.startswith(line)


def test_what_it_is_for_is_asked_where_doses_differ():
    choice, lines = chosen("gentamicin", "gentamicin newborn 3 kg 10 days old")
    assert (choice.lacks, lines) == ("indication", [])
    assert "newborn sepsis" in choice.among


def test_the_age_is_asked_where_bands_differ():
    choice, lines = chosen("gentamicin", "gentamicin newborn sepsis 3 kg")
    assert (choice.lacks, lines) == ("age", [])


def test_bands_that_come_to_the_same_are_no_choice():
    _, lines = chosen("paracetamol", "paracetamol by mouth for fever, child 15 kg")
    assert set(lines) == {"15 kg × 15 mg/kg = 225 mg per dose"}


def test_nobody_of_that_age_is_no_dose():
    assert not chosen("ibuprofen", "ibuprofen for fever, newborn 3 kg")[0].fitting


def test_a_woman_is_not_taken_for_pregnant():
    choice, _ = chosen("artesunate", "artesunate severe malaria woman 60 kg")
    assert [d.who for d in choice.doses] == ["adult"]


@pytest.mark.parametrize(
    "clearance, frequency",
    [
        ("25", "once daily"),
        ("30", "once daily"),
        ("31", "every 12 hours"),
        ("80", "every 12 hours"),
    ],
)
def test_the_clearance_chooses_its_band(clearance, frequency):
    text = f"enoxaparin deep vein thrombosis adult 60 kg creatinine clearance {clearance}"
    choice, _ = chosen("enoxaparin", text)
    frequencies = {d.frequency for d in choice.doses or choice.rivals}
    assert frequency in frequencies
    if frequency == "once daily":
        assert frequencies == {"once daily"}


def test_without_a_clearance_it_is_asked_for():
    choice, lines = chosen("enoxaparin", "enoxaparin deep vein thrombosis adult 60 kg")
    assert (choice.lacks, lines) == ("kidney", [])


@pytest.mark.parametrize(
    "text, value",
    [("CrCl 25", 25), ("creatinine clearance of 25 mL/min", 25), ("eGFR: 41.5", 41.5),
     ("CrCl < 30", None), ("clearance 25 and eGFR 40", None), ("CrCl 72 y 60 kg", None),
     ("creatinine 1.4", None)],
)  # fmt: skip
def test_a_clearance_is_read_only_where_one_is_stated(text, value):
    assert read_clearance(text) == value


@pytest.mark.parametrize(
    "text, days",
    [("6 days old", 6), ("4 weeks old", 28), ("28 days old", 28), ("13 days old", 13)],
)
def test_an_age_in_days_and_weeks_is_exact(text, days):
    assert age_in_days(read_patient(text).age_months) == days


def test_months_and_years_agree():
    assert age_in_days(60) == days_in("5 years") and age_in_days(3) == days_in("3 months")


@pytest.mark.parametrize(
    "years, weight, fine",
    [(5, 3, False), (2, 150, False), (0, 3, True), (1, 3, False), (1, 4, True), (5, 8, True),
     (10, 30, True), (40, 70, True), (40, 15, False), (2, 12, True)],
)  # fmt: skip
def test_a_weight_that_nobody_of_the_age_has(years, weight, fine):
    assert is_plausible(Fraction(weight), age_in_days(years * 12.0)) is fine


def test_the_limits_never_fall_with_age():
    limits = [weight_limits(Fraction(days)) for days in range(0, 20 * 365, 10)]
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in zip(limits, limits[1:], strict=False))


@pytest.mark.parametrize(
    "card, question, line",
    [
        ("phenobarbital", "phenobarbital maintenance dose newborn 3 kg", "3 kg × 5 mg/kg"),
        ("quinine", "quinine maintenance severe malaria child 12 kg", "12 kg × 10 mg/kg"),
        ("quinine", "quinine loading dose severe malaria child 12 kg", "12 kg × 20 mg/kg"),
    ],
)
def test_the_step_that_is_asked_for_is_worked_out_alone(card, question, line):
    (found,) = chosen(card, question)[1]
    assert found.startswith(line)


def test_a_maintenance_dose_of_two_ages_is_not_worked_out_for_both():
    choice, lines = chosen("digoxin", "digoxin heart failure child 10 kg")
    assert (choice.lacks, lines) == ("age", [])


def test_what_is_only_like_what_was_asked_is_not_taken_for_it():
    choice, lines = chosen("acetylsalicylic-acid", "aspirin for fever child 20 kg")
    assert (choice.lacks, lines) == ("indication", [])
    assert "acute rheumatic fever" in choice.among


def test_rheumatic_fever_itself_is_worked_out():
    assert chosen("acetylsalicylic-acid", "aspirin for rheumatic fever child 20 kg")[1]


@pytest.mark.parametrize(
    "days, weight",
    [(730, 5), (1095, "5.5"), (21, "0.9"), (90, "1.4"), (1, "4.9"), (15 * 365, 110), (5475, 28)],
)
def test_starved_preterm_and_obese_children_are_real(days, weight):
    assert is_plausible(Fraction(weight), Fraction(days))
