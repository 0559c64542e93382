"""Units: factors from outside the code, round trips, and what must be refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elara_local.clinical.units import SUBSTANCES, convert, read_unit
from elara_local.errors import WrongUse

# SI conversion factors as the AMA Manual of Style prints them, and legal definitions.
KNOWN = [
    (1, "mg/dL", "µmol/L", "creatinine", 88.4),
    (1, "mg/dL", "mmol/L", "urea nitrogen", 0.357),
    (1, "mg/dL", "µmol/L", "bilirubin", 17.104),
    (100, "mg/dL", "mmol/L", "glucose", 5.551),
    (100, "mg/dL", "mmol/L", "cholesterol", 2.59),
    (100, "mg/dL", "mmol/L", "triglycerides", 1.129),
    (10, "mg/dL", "mmol/L", "calcium", 2.495),
    (1, "mmol/L", "mEq/L", "calcium", 2),
    (2, "mg/dL", "mEq/L", "magnesium", 1.646),
    (4, "mEq/L", "mmol/L", "potassium", 4),
    (1, "mg/dL", "µmol/L", "urate", 59.48),
    (9, "mg/dL", "mmol/L", "lactate", 1.0),
    (10, "g/dL", "mmol/L", "haemoglobin", 6.206),
    (60.056, "mg/dL", "mmol/L", "urea", 10),
    (35, "g/L", "g/dL", "", 3.5),
    (1, "mg/L", "mg/dL", "", 0.1),
    (5, "ng/mL", "mcg/L", "", 5),
    (40, "°C", "°F", "", 104),
    (98.6, "F", "C", "", 37),
    (760, "mmHg", "kPa", "", 101.325),
    (1, "bar", "kPa", "", 100),
    (14.5038, "psi", "bar", "", 1),
    (1, "lb", "kg", "", 0.45359237),
    (16, "oz", "lb", "", 1),
    (1, "stone", "lb", "", 14),
    (1, "in", "cm", "", 2.54),
    (5.5, "feet", "inches", "", 66),
    (1.8, "m", "cm", "", 180),
    (6, "months", "years", "", 0.5),
    (0.4, "s", "ms", "", 400),
    (90, "min", "h", "", 1.5),
    (150_000, "/µL", "10^9/L", "", 150),
    (150, "10^3/μL", "×10⁹/L", "", 150),
    (7.2, "K/uL", "cells/mm3", "", 7200),
    (0.4, "L/L", "%", "", 40),
    (0.21, "fraction", "%", "", 21),
    (72, "bpm", "beats/min", "", 72),
    (60, "gtt/min", "drops/min", "", 60),
    (0.1, "µg/kg/min", "mcg/kg/min", "", 0.1),
    (24, "kg/m^2", "kg/m²", "", 24),
    (1, "kIU/L", "U/L", "", None),
    (40, "IU/L", "U/L", "", 40),
]


@pytest.mark.parametrize(("value", "unit", "wanted", "substance", "expected"), KNOWN)
def test_known_conversions(value, unit, wanted, substance, expected):
    if expected is None:
        with pytest.raises(WrongUse):
            convert(value, unit, wanted, substance)
    else:
        found = convert(value, unit, wanted, substance)
        assert found == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(
    ("unit", "wanted", "substance"),
    [
        ("mmol/L", "mg/dL", ""),  # of what?
        ("mmol/L", "mg/dL", "unobtainium"),
        ("mEq/L", "mmol/L", "creatinine"),  # it has no charge here
        ("mmol/L", "mg", "glucose"),
        ("kg", "cm", ""),
        ("°C", "mmHg", ""),
        ("%", "mg/mL", ""),
        ("mU/L", "U/L", ""),  # a thousandth, or a million?
        ("furlong", "m", ""),
        ("", "kg", ""),
        ("kg", "", ""),
        ("mg/", "mg/dL", ""),
        ("mg//dL", "mg/dL", ""),
        ("mg/dL/kg", "mg/dL", ""),
        ("mmol/L", "mmol", "sodium"),
    ],
)
def test_what_does_not_fit_is_refused(unit, wanted, substance):
    with pytest.raises(WrongUse, match="can't be read"):
        convert(1.0, unit, wanted, substance)


def test_the_refusal_names_unit_and_substance():
    with pytest.raises(WrongUse, match="'mg' can't be read as mmol/L of glucose"):
        convert(5, "mg", "mmol/L", "glucose")


@given(st.sampled_from(sorted(SUBSTANCES)), st.floats(1e-3, 1e4))
def test_there_and_back_is_the_same(substance, value):
    there = convert(value, "mg/dL", "mmol/L", substance)
    assert convert(there, "mmol/L", "mg/dL", substance) == pytest.approx(value)


@given(st.floats(-50, 150))
def test_temperatures_there_and_back(value):
    assert convert(convert(value, "°C", "°F"), "°F", "°C") == pytest.approx(value, abs=1e-9)


def test_the_same_unit_in_other_letters_is_passed_unchanged():
    assert convert(0.1 + 0.2, "MMHG", "mmHg") == 0.1 + 0.2
    assert convert(3.0, "", "") == 3.0


@pytest.mark.parametrize("tenths", range(950, 1060))
def test_a_converted_temperature_has_no_dust(tenths):
    celsius = convert(tenths / 10, "°F", "°C")
    assert celsius == pytest.approx((tenths / 10 - 32) / 1.8, abs=1e-9)
    assert len(repr(celsius)) <= 14


def test_edges_hold_in_the_other_unit():
    assert convert(100.4, "°F", "°C") == 38.0
    assert convert(96.8, "°F", "°C") == 36.0
    assert convert(12_000, "/µL", "10^9/L") == 12.0
    assert convert(4_000, "/mm3", "10^9/L") == 4.0


def test_urea_is_not_urea_nitrogen():
    assert convert(60.056, "mg/dL", "mmol/L", "urea") == pytest.approx(10)
    assert convert(28.014, "mg/dL", "mmol/L", "urea nitrogen") == pytest.approx(10)


def test_a_unit_that_is_not_listed_is_none():
    assert read_unit("parsec") is None
    assert read_unit("mg per dL") == read_unit("mg/dL")
