"""What was typed into a calculator's form is read as it stands, or said to be wrong."""

from datetime import date

import pytest

from elara_local.clinical.forms import calculate
from elara_local.clinical.register import CALCULATORS
from elara_local.errors import WrongUse
from elara_local.ui.calculators_tab import read_form
from elara_local.ui.calculators_view import (
    label_field,
    list_choices,
    paint_result,
)
from elara_local.ui.words import read_words

WORDS = read_words("en")
CRCL = CALCULATORS["crcl"]


def blank(calculator):
    return [
        None
        for field in calculator.fields
        for _ in range(1 + (field.kind == "number" and len(field.units) > 1))
    ]


def test_what_is_left_empty_is_left_out():
    for calculator in CALCULATORS.values():
        assert read_form(calculator, tuple(blank(calculator))) == {}


def test_a_form_is_read_in_the_order_of_its_fields():
    names = [field.name for field in CRCL.fields]
    assert names == ["age", "sex", "weight", "creatinine"]
    given = read_form(CRCL, ("72", "female", "60", "kg", "1,4", "mg/dL"))
    expected = {"age": (72.0, "years"), "sex": "female", "weight": (60.0, "kg")}
    assert given == {**expected, "creatinine": (1.4, "mg/dL")}


@pytest.mark.parametrize("typed", ["1,400", "189,000", "twelve", "1.2.3", "10-12"])
def test_a_number_that_may_mean_two_things_is_refused(typed):
    with pytest.raises(WrongUse, match="Creatinine is"):
        read_form(CRCL, ("72", "female", "60", "kg", typed, "mg/dL"))


def test_a_date_is_read_in_iso_order_only():
    due = CALCULATORS["due_date"]
    assert read_form(due, ("2026-03-12", "28"))["period"] == date(2026, 3, 12)
    with pytest.raises(WrongUse, match="a date such as"):
        read_form(due, ("12/03/2026", "28"))


@pytest.mark.parametrize("word", ["nan", "inf", "-5", "1e9"])
def test_numbers_that_no_body_shows_are_refused(word):
    with pytest.raises(WrongUse):
        calculate(CRCL, read_form(CRCL, ("72", "female", word, "kg", "1.4", "mg/dL")))


def test_a_result_shows_value_sum_and_sources():
    found = calculate(CRCL, read_form(CRCL, ("72", "female", "60", "kg", "1.4", "mg/dL")))
    shown = paint_result(CRCL, found, WORDS)
    assert "34.4 mL/min" in shown
    assert "(140 - 72)" in shown and CRCL.sources[0].split()[0] in shown


def test_every_calculator_can_be_chosen_and_every_field_has_a_label():
    choices = list_choices(list(CALCULATORS.values()))
    assert {key for _, key in choices} == set(CALCULATORS)
    assert len({label for label, _ in choices}) == len(choices)
    for calculator in CALCULATORS.values():
        labels = [label_field(field, WORDS) for field in calculator.fields]
        assert len(set(labels)) == len(labels), calculator.id
