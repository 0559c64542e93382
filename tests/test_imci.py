"""IMCI: signs to classes, by hand from WHO's chart booklets; what was not sought stays open."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elara_local.clinical.forms import calculate
from elara_local.clinical.imci import Class, classify, read_booklet
from elara_local.clinical.imci_form import (
    MEASURED,
    make_imci,
    read_child_signs,
    read_infant_signs,
)
from elara_local.errors import WrongUse

CHILD, INFANT = make_imci()
WELL = dict.fromkeys(read_booklet("child").signs, False)
WELL_INFANT = dict.fromkeys(read_booklet("young_infant").signs, False)
CHILD_NUMBERS = {"age": 18.0, "breaths": 30.0, "temperature": 36.8, "muac": 140.0}
INFANT_NUMBERS = {"age": 20.0, "breaths": 45.0, "temperature": 36.9}


def child(**found):
    return calculate(CHILD, {**CHILD_NUMBERS, **WELL, **found})


def infant(**found):
    return calculate(INFANT, {**INFANT_NUMBERS, **WELL_INFANT, **found})


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"convulsions": True}, "VERY SEVERE DISEASE (pink)"),
        ({"cough": True}, ""),
        ({"cough": True, "breaths": 40.0}, "PNEUMONIA (yellow)"),
        ({"cough": True, "breaths": 39.0}, ""),
        ({"cough": True, "breaths": 49.0, "age": 11.9}, ""),
        ({"cough": True, "breaths": 50.0, "age": 11.9}, "PNEUMONIA (yellow)"),
        ({"cough": True, "breaths": 42.0, "age": 12.0}, "PNEUMONIA (yellow)"),
        ({"cough": True, "chest_indrawing": True}, "PNEUMONIA (yellow)"),
        ({"cough": True, "stridor": True}, "SEVERE PNEUMONIA OR VERY SEVERE DISEASE (pink)"),
        ({"cough": True, "spo2": 89.0}, "SEVERE PNEUMONIA OR VERY SEVERE DISEASE (pink)"),
        ({"cough": True, "spo2": 90.0}, ""),
        ({"diarrhoea": True, "sunken_eyes": True}, ""),
        (
            {"diarrhoea": True, "sunken_eyes": True, "pinch_very_slow": True},
            "SEVERE DEHYDRATION (pink)",
        ),
        (
            {"diarrhoea": True, "sunken_eyes": True, "restless": True},
            "SOME DEHYDRATION (yellow)",
        ),
        # one sign of the pink row and one of the yellow are yellow
        ({"diarrhoea": True, "restless": True, "pinch_very_slow": True}, "SOME DEHYDRATION"),
        ({"diarrhoea": True, "drinks_poorly": True, "pinch_slow": True}, "SOME DEHYDRATION"),
        ({"diarrhoea": True, "pinch_slow": True, "pinch_very_slow": True}, ""),  # one finding
        (
            {"diarrhoea": True, "diarrhoea_long": True, "restless": True, "pinch_very_slow": True},
            "SEVERE PERSISTENT DIARRHOEA (pink)",
        ),
        ({"diarrhoea": True, "diarrhoea_long": True}, "PERSISTENT DIARRHOEA (yellow)"),
        (
            {"diarrhoea": True, "diarrhoea_long": True, "restless": True, "pinch_slow": True},
            "SEVERE PERSISTENT DIARRHOEA (pink)",
        ),
        ({"diarrhoea": True, "blood_in_stool": True}, "DYSENTERY (yellow)"),
        ({"hot": True, "stiff_neck": True}, "VERY SEVERE FEBRILE DISEASE (pink)"),
        ({"temperature": 37.5, "malaria_risk": True, "malaria_positive": True}, "MALARIA (yellow)"),
        ({"temperature": 37.4, "malaria_risk": True, "malaria_positive": True}, ""),
        ({"hot": True, "malaria_risk": True}, ""),
        ({"hot": True, "malaria_risk": False, "malaria_positive": True}, "MALARIA (yellow)"),
        ({"measles": True}, ""),
        (
            {"measles": True, "mouth_ulcers": True},
            "MEASLES WITH EYE OR MOUTH COMPLICATIONS (yellow)",
        ),
        ({"measles": True, "cornea_clouded": True}, "SEVERE COMPLICATED MEASLES (pink)"),
        ({"ear_problem": True, "mastoid_swelling": True}, "MASTOIDITIS (pink)"),
        ({"ear_problem": True, "ear_pus": True}, "ACUTE EAR INFECTION (yellow)"),
        (
            {"ear_problem": True, "ear_pus": True, "ear_pus_long": True},
            "CHRONIC EAR INFECTION (yellow)",
        ),
        ({"muac": 114.0}, "UNCOMPLICATED SEVERE ACUTE MALNUTRITION (yellow)"),
        ({"muac": 115.0}, "MODERATE ACUTE MALNUTRITION (yellow)"),
        ({"muac": 125.0}, ""),
        ({"weight_for_height": -3.1}, "UNCOMPLICATED SEVERE ACUTE MALNUTRITION (yellow)"),
        ({"weight_for_height": -3.0}, "MODERATE ACUTE MALNUTRITION (yellow)"),
        (
            {"muac": 110.0, "unable_to_finish_rutf": True},
            "COMPLICATED SEVERE ACUTE MALNUTRITION (pink)",
        ),
        (
            {"weight_for_height": -3.1, "age": 4.0, "breastfeeding_problem": True},
            "; COMPLICATED SEVERE ACUTE MALNUTRITION (pink)",
        ),
        (
            {"weight_for_height": -3.1, "age": 4.0, "unable_to_finish_rutf": True},
            "UNCOMPLICATED SEVERE ACUTE MALNUTRITION (yellow)",
        ),
        (
            {"muac": 110.0, "chest_indrawing": True},
            "; COMPLICATED SEVERE ACUTE MALNUTRITION (pink)",
        ),
        ({"oedema": True}, "COMPLICATED SEVERE ACUTE MALNUTRITION (pink)"),
        ({"pallor_severe": True}, "SEVERE ANAEMIA (pink)"),
        ({"pallor_some": True}, "ANAEMIA (yellow)"),
    ],
)
def test_a_child_is_classified_as_the_booklet_says(found, expected):
    result = child(**found)
    if expected:
        assert expected in f"; {result.value}"
    else:
        assert result.value == "no pink or yellow class"


def test_without_a_malaria_test_the_risk_decides():
    untested = {k: v for k, v in WELL.items() if k != "malaria_positive"}
    fever = {**CHILD_NUMBERS, **untested, "hot": True, "malaria_risk": True}
    assert "MALARIA" in calculate(CHILD, {**fever, "malaria_high": True, "other_cause": True}).value
    assert "MALARIA" in calculate(CHILD, {**fever, "other_cause": False}).value
    low_with_cause = calculate(CHILD, {**fever, "other_cause": True})
    assert low_with_cause.value == "no pink or yellow class"


def test_another_pink_class_complicates_severe_malnutrition():
    result = child(muac=110.0, cough=True, stridor=True)
    assert "COMPLICATED SEVERE ACUTE MALNUTRITION (pink)" in result.value.replace("UN", "")
    assert "UNCOMPLICATED" not in result.value


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"temperature": 38.0}, "POSSIBLE SERIOUS BACTERIAL INFECTION"),
        ({"temperature": 37.9}, ""),
        ({"temperature": 35.4}, "POSSIBLE SERIOUS BACTERIAL INFECTION"),
        ({"temperature": 35.5}, ""),
        ({"temperature": 28.0, "breaths": 4.0}, "POSSIBLE SERIOUS BACTERIAL INFECTION"),
        ({"feeds_poorly": True}, "POSSIBLE SERIOUS BACTERIAL INFECTION"),
        ({"breaths": 60.0, "age": 6.0}, "POSSIBLE SERIOUS BACTERIAL INFECTION"),
        ({"breaths": 60.0, "age": 7.0}, "PNEUMONIA (yellow)"),
        ({"breaths": 59.0, "age": 6.0}, ""),
        ({"umbilicus": True}, "LOCAL BACTERIAL INFECTION (yellow)"),
        ({"jaundice": True}, "JAUNDICE (yellow)"),
        ({"jaundice": True, "palms_soles_yellow": True}, "SEVERE JAUNDICE (pink)"),
        ({"jaundice": True, "age": 0.5}, "SEVERE JAUNDICE (pink)"),
        ({"jaundice": True, "age": 1.0}, "JAUNDICE (yellow)"),
        ({"diarrhoea": True, "restless": True, "pinch_very_slow": True}, "SOME DEHYDRATION"),
        ({"thrush": True}, "FEEDING PROBLEM OR LOW WEIGHT (yellow)"),
        (
            {"diarrhoea": True, "sunken_eyes": True, "pinch_very_slow": True},
            "SEVERE DEHYDRATION (pink)",
        ),
    ],
)
def test_a_young_infant_is_classified_as_the_booklet_says(found, expected):
    result = infant(**found)
    if expected:
        assert expected in result.value
    else:
        assert result.value == "no pink or yellow class"


def test_what_was_not_looked_for_is_asked_for_and_not_taken_for_absent():
    result = calculate(CHILD, {"age": 18.0, "cough": True, "temperature": 36.8})
    (line,) = [line for line in result.worked if line.startswith("Cough")]
    assert line.startswith("Cough or difficult breathing: not classified yet. Look for:")
    assert "Stridor in a calm child" in line
    assert result.value == "not complete" and result.meaning == ""
    counted = calculate(CHILD, {**CHILD_NUMBERS, **WELL, "cough": True})
    uncounted = dict(CHILD_NUMBERS)
    del uncounted["breaths"]
    result = calculate(CHILD, {**uncounted, **WELL, "cough": True})
    assert any("Look for: breaths in one minute" in line for line in result.worked)
    assert any("COUGH OR COLD" in line for line in counted.worked)


def test_an_age_of_the_other_booklet_is_refused():
    with pytest.raises(WrongUse, match="Age is 1"):
        child(age=1.0)
    with pytest.raises(WrongUse, match="Age is 62"):
        infant(age=62.0)


def test_every_sign_of_a_chart_is_asked_for_or_measured():
    for name, read, age in (
        ("child", read_child_signs, 18),
        ("young_infant", read_infant_signs, 20),
    ):
        booklet = read_booklet(name)
        derived = set(read({}, age)) | {"danger"}
        known = set(booklet.signs) | derived
        for chart in booklet.charts:
            named = {s for row in chart.rows for s in row.signs} | {chart.when} - {""}
            assert named - {""} <= known, chart.name
        assert set(booklet.danger) <= known
        assert derived - {"danger"} - set(booklet.signs) <= set(MEASURED)
        used = {s for c in booklet.charts for row in c.rows for s in row.signs} | set(
            booklet.danger
        )
        deciding = {"malaria_risk", "malaria_high", "malaria_positive", "other_cause", "hot"}
        deciding |= {"medical_complication", "unable_to_finish_rutf", "unable_to_drink"}
        deciding |= {"breastfeeding_problem", "restless", "drinks_eagerly", "pinch_slow"}
        opening = {c.when for c in booklet.charts}
        assert set(booklet.signs) <= used | deciding | opening


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(WELL)), st.sampled_from([True, False])))
def test_looking_for_more_never_makes_a_class_milder_than_what_was_found(signs):
    """A chart that is decided with some signs unsought is decided the same once they are."""
    booklet = read_booklet("child")
    numbers = {"age": 18.0, "breaths": 30.0, "temperature": 36.8, "muac": 140.0}
    before = {c.chart: c.row for c in classify(booklet, read_child_signs({**numbers, **signs}, 18))}
    rest = dict.fromkeys(WELL, False) | signs
    after = {c.chart: c.row for c in classify(booklet, read_child_signs({**numbers, **rest}, 18))}
    for chart, row in before.items():
        if row is not None:
            assert after[chart] == row


def test_a_row_is_decided_as_soon_as_it_can_be():
    row = Class("X", "pink", "", two=("a", "b", "c"))
    assert row.holds({"a": True, "b": True}) is True
    assert row.holds({"a": True}) is None
    assert row.holds({"a": False, "b": False}) is False
