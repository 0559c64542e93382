"""The kinds of answer that a question wants."""

import pytest

from elara_local.intent import read_intent


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("snake bite what to do", {"first"}),
        ("que faire devant une convulsion", {"first"}),
        ("first line treatment of hypertension", {"action"}),
        ("dose of amoxicillin and when to refer", {"dose", "refer"}),
        ("what is the dose of zinc", {"dose"}),
        ("what is severe acute malnutrition", {"define"}),
        ("what is the treatment of cholera", {"action"}),
        ("can i give aspirin in dengue", {"avoid"}),
        ("snakebite", {"action"}),
        ("fast breathing cutoff 3 month old", {"signs"}),
    ],
)
def test_the_kinds_are_read(question, kinds):
    assert read_intent(question).kinds == kinds


def test_a_heading_fits_as_well_as_it_fits_the_best_kind():
    both = read_intent("dose of amoxicillin and when to refer")
    assert both.fit("Refer when") == 1.0
    assert both.fit("Treatment") == read_intent("dose of amoxicillin").fit("Treatment")
    assert both.fit("a heading of another document") == 0.0
