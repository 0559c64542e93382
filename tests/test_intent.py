"""The kinds of answer that a question wants."""

import pytest

from elara_local.intent import Kinds, read_intent


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
        ("is nifedipine ok in labour", {"whether"}),
        ("what can i do for a burn", {"first"}),
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


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What are the symptoms of measles?", {"signs"}),
        ("What is (are) Measles ?", {"meaning"}),
        ("What causes cholera and how is it prevented?", {"causes", "prevention"}),
        ("cholera", set()),
    ],
)
def test_the_kinds_of_heading_are_read(question, asked):
    assert Kinds(question).asked == asked


def test_a_heading_that_is_not_asked_for_fits_less():
    kinds = Kinds("What are the symptoms of measles?")
    assert kinds.fit("Symptoms") == kinds.fit("Part 2 › Measles › Clinical features:") == 0.0
    assert kinds.fit("Treatment") < Kinds("measles").fit("Treatment") < 0
    assert kinds.fit("Treatment of measles in camps") == kinds.fit("") == 0.0
