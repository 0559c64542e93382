"""Numbers, units, basis, comparators, frequencies, drugs and groups, read one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elara_local.grounding.equality import same_quantity
from elara_local.grounding.sentences import parse


def only(text):
    quantities = parse(text).whole.quantities
    assert len(quantities) == 1, quantities
    return quantities[0]


EQUAL = [
    ("1 g", "1000 mg"),
    ("0.5 mg", "500 micrograms"),
    ("500 µg", "0.5 mg"),
    ("1,000 mL", "1 L"),
    ("2,4 mg", "2.4 mg"),
    ("½ tablet", "half a tablet"),
    ("1/2 tablet", "0.5 tablets"),
    ("5-10 mg", "5 to 10 mg"),
    ("between 5 and 10 mg", "5–10 mg"),
    ("5 mg to 10 mg", "5-10 mg"),
    ("at least 5 days", "5 days or more"),
    ("no more than 4 g", "maximum 4 g"),
    ("up to 4 g", "≤ 4 g"),
    ("less than 5 kg", "< 5 kg"),
    ("3 mg/kg/day", "3 mg per kg per day"),
    ("4 g in 24 hours", "4 g per day"),
    ("maximum daily dose 4 g", "up to 4 g per day"),
    ("1 %", "10 mg/mL"),
    ("115 mm", "11.5 cm"),
    ("for 7 days", "for 1 week"),
    ("2 million units", "2 MU"),
    ("three doses", "3 doses"),
    ("5 x 10^9/L", "5 × 10⁹/L"),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_equal_quantities(one, other):
    assert same_quantity(only(one), only(other))
    assert same_quantity(only(other), only(one))


DIFFERENT = [
    ("5 mg", "50 mg"),
    ("5 mg", "5 g"),
    ("5 mg", "5 mL"),
    ("3 mg/kg", "3 mg"),
    ("3 mg/kg per dose", "3 mg/kg/day"),
    ("3 mg/kg/day", "3 mg/kg"),
    ("< 5 kg", "> 5 kg"),
    ("< 5 kg", "≤ 5 kg"),
    ("under 5 kg", "5 kg"),
    ("5-10 mg", "5 mg"),
    ("5-10 mg", "10 mg"),
    ("for 3 days", "for 7 days"),
    ("over 30 minutes", "within 30 minutes"),
    ("for 3 days", "after 3 days"),
    ("2.5 mmol/L", "2.5 mg/dL"),
    ("38 °C", "38 °F"),
    ("120/80 mmHg", "80/120 mmHg"),
    ("10 mg/5 mL", "10 mg/mL"),
    ("about 5 mg", "5 mg"),
    ("-3 SD", "3 SD"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_quantities(one, other):
    assert not same_quantity(only(one), only(other))
    assert not same_quantity(only(other), only(one))


FREQUENCIES = [
    ["every 8 hours", "three times daily", "3 times a day", "tds", "t.d.s.", "q8h", "8-hourly"],
    ["every 12 hours", "twice daily", "bd", "b.i.d.", "two times per day", "12 hourly"],
    ["every 6 hours", "qid", "four times a day", "qds"],
    ["once daily", "daily", "every day", "every 24 hours", "od"],
    ["every 4-6 hours", "every 4 to 6 hours", "q4-6h"],
    ["weekly", "once a week", "every week", "every 7 days"],
    ["as needed", "prn", "when required", "if needed"],
    ["on alternate days", "every other day", "every 2 days"],
]


def frequency(text):
    found = parse(f"Give 5 mg {text}.").whole.values("frequency")
    assert len(found) == 1, (text, found)
    return found


@pytest.mark.parametrize("same", FREQUENCIES)
def test_frequencies_of_one_kind_are_equal_and_differ_from_the_rest(same):
    assert len({frequency(text) for text in same}) == 1
    for other in FREQUENCIES:
        assert other == same or frequency(other[0]) != frequency(same[0])


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("paracetamol", "acetaminophen", True),
        ("adrenaline", "epinephrine", True),
        ("salbutamol", "albuterol", True),
        ("co-trimoxazole", "trimethoprim-sulfamethoxazole", True),
        ("artesunate", "artemether", False),
        ("adrenaline", "noradrenaline", False),
        ("benzylpenicillin", "benzathine benzylpenicillin", False),
        ("amoxicillin", "amoxicillin-clavulanate", False),
        ("vitamin A", "vitamin K", False),
    ],
)
def test_drug_names(one, other, equal):
    drugs = [parse(f"Give {name} now.").whole.values("drug") for name in (one, other)]
    assert all(len(found) == 1 for found in drugs)
    assert (drugs[0] == drugs[1]) is equal


@pytest.mark.parametrize("word", ["COVID-19", "SpO2", "CD4", "H1N1"])
def test_a_number_inside_a_word_is_part_of_the_word(word):
    assert parse(f"Test for {word}.").whole.quantities == []


@given(st.integers(1, 9999), st.sampled_from(["mg", "g", "mL", "micrograms", "units", "mmol"]))
def test_a_quantity_equals_itself_and_not_its_neighbour(number, unit):
    assert same_quantity(only(f"{number} {unit}"), only(f"{number}{unit}"))
    assert not same_quantity(only(f"{number} {unit}"), only(f"{number + 1} {unit}"))


@given(st.text(max_size=120))
def test_any_text_can_be_read(text):
    sentence = parse(text)
    for item in sentence.items:
        assert 0 <= item.start < item.end <= len(text)
