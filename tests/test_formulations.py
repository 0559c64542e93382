"""From a dose to millilitres or tablets that can be measured, never above the maximum."""

import re
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elara_local.cards import read_cards
from elara_local.clinical.dosing import Body, Worked, work_out
from elara_local.clinical.formulations import (
    measure,
    pump_rate,
    read_concentration,
    stated_concentration,
)
from elara_local.clinical.rounding import (
    LIQUID,
    SOLID,
    count_pieces,
    measure_volume,
    step_of,
)
from elara_local.settings import HANDBOOK

CARDS = {card.id: card for card in read_cards(HANDBOOK / "medicines")}
POSITIVE = st.fractions(Fraction(1, 100), 60, max_denominator=1000)


def measured(card, amount, what, weight):
    dose = next(d for d in CARDS[card].doses if d.amount == amount and what in d.indication)
    worked = work_out(dose, Body(Fraction(weight)))
    return [made.text for made in measure(CARDS[card], worked)]


@pytest.mark.parametrize(
    "card, amount, what, weight, expected",
    [
        # 180 mg at 24 mg/mL; 3 kg × 7.5 = 22.5 mg at 40 or 10 mg/mL: the weaker one.
        ("paracetamol", "15 mg/kg", "pain or fever", "12", "= 7.5 mL of the 120 mg/5 mL oral"),
        ("gentamicin", "7.5 mg/kg", "newborn sepsis", "3.2", "= 2.4 mL of the 10 mg/mL solution"),
        ("heparin", "80 units/kg", "deep vein", "80", "6.5 mL of the 1000 units/mL solution"),
        ("gentamicin", "5 mg/kg", "sepsis", "60", "= 7.5 mL of the 40 mg/mL solution"),
        ("rifampicin", "10 mg/kg", "tuberculosis", "60", "= 2 × 300 mg capsule"),
        ("quinine", "20 mg/kg", "severe malaria", "15", "1 mL of the 300 mg/mL solution"),
        ("miltefosine", "2.5 mg/kg", "", "15", "nearest measure 4 × 10 mg capsule (40 mg)"),
    ],
)
def test_the_measure_is_the_one_done_by_hand(card, amount, what, weight, expected):
    assert any(expected in text for text in measured(card, amount, what, weight))


def test_a_vial_of_powder_has_no_volume_until_it_is_dissolved():
    assert measured("artesunate", "3 mg/kg", "severe malaria", "15") == []


def test_the_combined_strength_of_two_substances_is_none_of_one():
    assert read_concentration("amoxicillin 125 mg with clavulanic acid 31.25 mg in 5 mL") is None
    assert measured("cotrimoxazole", "4 mg/kg", "ear infection", "10") == []


@pytest.mark.parametrize(
    "strength, expected",
    [("125 mg in 5 mL", (Fraction(25, 1000), "mass")), ("10 mg/mL", (Fraction(1, 100), "mass")),
     ("2%", (Fraction(2, 100), "mass")), ("100 units/mL", (Fraction(100), "activity")),
     ("20 mmol in 10 mL (15%)", (Fraction(2), "amount")), ("60 mg vial", None), ("500 mg", None)],
)  # fmt: skip
def test_a_strength_in_a_volume(strength, expected):
    assert read_concentration(strength) == expected


@given(POSITIVE, st.one_of(st.none(), POSITIVE))
def test_a_volume_is_near_the_dose_on_a_mark_and_below_the_maximum(volume, most):
    if most is not None and most < volume:
        most = volume
    drawn = measure_volume(volume, volume, most)
    if drawn is not None:
        assert abs(drawn[0] - volume) <= LIQUID * volume
        assert (drawn[0] / step_of(volume)).denominator == 1
        assert most is None or drawn[1] <= most


@given(POSITIVE, POSITIVE)
def test_a_range_of_volumes_is_not_left(one, other):
    low, high = sorted((one, other))
    drawn = measure_volume(low, high, None)
    assert drawn is None or low == high or low <= drawn[0] <= drawn[1] <= high


@given(POSITIVE, st.booleans())
def test_tablets_are_whole_unless_they_are_scored(count, scored):
    taken = count_pieces(count, count, None, scored)
    if taken is not None:
        assert (taken[0] * (2 if scored else 1)).denominator == 1
        assert abs(taken[0] - count) <= SOLID * count


def test_a_scored_tablet_may_be_halved_and_a_capsule_not():
    assert count_pieces(Fraction(3, 2), Fraction(3, 2), None, scored=True) == (1.5, 1.5)
    assert count_pieces(Fraction(3, 2), Fraction(3, 2), None, scored=False) is None
    assert count_pieces(Fraction(19, 10), Fraction(19, 10), Fraction(19, 10), scored=False) is None


@settings(max_examples=300)
@given(
    st.sampled_from([(card, dose) for card in CARDS.values() for dose in card.doses]),
    st.fractions(1, 120, max_denominator=10),
)
def test_every_measure_of_every_card_names_its_form_and_strength(pair, weight):
    card, dose = pair
    worked = work_out(dose, Body(weight))
    if isinstance(worked, Worked):
        for made in measure(card, worked):
            assert made.form in card.forms
            assert any(strength in made.text for strength in made.form.strengths)


def test_a_pump_runs_at_the_strength_that_was_stated_and_at_no_other():
    dose = next(d for d in CARDS["dopamine"].doses if "child" in d.who)
    worked = work_out(dose, Body(Fraction(10)))  # 50 to 200 micrograms per minute
    strength = stated_concentration("dopamine 200 mg in 50 mL, rate?")  # 4 mg/mL
    assert pump_rate(worked, strength) == "0.75 to 3 mL per hour of 200 mg in 50 mL"
    assert pump_rate(worked, stated_concentration("dopamine rate?")) == ""
    assert pump_rate(worked, "100 units in 50 mL") == ""
    assert stated_concentration("200 mg in 50 mL or 400 mg in 50 mL") == ""


@pytest.mark.parametrize("weight", ["18", "25", "33", "47.5"])
def test_a_day_of_measures_keeps_to_the_maximum_of_the_day(weight):
    card = CARDS["paracetamol"]
    for dose in (d for d in card.doses if d.frequency == "every 6 hours" and d.max_day):
        worked = work_out(dose, Body(Fraction(weight)))
        if isinstance(worked, Worked) and "mg/kg" in dose.max_day:
            a_day = Fraction(dose.max_day.split(" ")[0]) * Fraction(weight)
            for made in measure(card, worked):
                holds = re.search(r"\((?:[\d.]+ to )?([\d.]+) mg\)", made.text)
                assert 4 * (Fraction(holds[1]) if holds else worked.high) <= a_day


def test_twenty_five_kilograms_get_no_four_tablets_of_100_mg():
    texts = measured("paracetamol", "15 mg/kg", "pain or fever", "25")
    assert texts and not any("4 × 100 mg" in text for text in texts)


@pytest.mark.parametrize(
    "stated, volume",
    [("1 mg/mL", "= 0.1 mL"), ("1:1000", "= 0.1 mL"), ("0.1 mg/mL", "= 1 mL"),
     ("1 in 10,000", "= 1 mL"), ("", "= 1 mL"), ("5 mg/mL", "")],
)  # fmt: skip
def test_a_volume_is_of_the_strength_that_is_stated_or_there_is_none(stated, volume):
    card = CARDS["epinephrine"]
    dose = next(d for d in card.doses if d.amount == "10 micrograms/kg" and "IV" in d.routes)
    worked = work_out(dose, Body(Fraction(10)))
    texts = [made.text for made in measure(card, worked, stated_concentration(stated))]
    assert texts == [] if not volume else texts[0].startswith(volume)
