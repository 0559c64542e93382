"""One-change errors: each class makes its own kind of change, and never the same meaning."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elara_local.evaluation.mutations import KINDS, mutations
from elara_local.evaluation.swaps import read_frequencies, read_pairs
from elara_local.grounding.equality import same_quantity
from elara_local.grounding.sentences import parse

DOSE = (
    "Children under 20 kg receive amoxicillin 250-500 mg/kg orally every 8 hours for 5 days if "
    "severe pneumonia is confirmed; it may be given for at least 3 days."
)
MADE = [
    ("number", "every 9 hours"),
    ("number", "under 2 kg"),
    ("unit", "250-500 g/kg"),
    ("basis", "250-500 mg orally"),
    ("frequency", "orally four times daily"),
    ("duration", "for 5 weeks"),
    ("duration", "after 5 days"),
    ("route", "amoxicillin 250-500 mg/kg intravenously"),
    ("range", "251-500"),
    ("range", " 500 mg/kg"),
    ("comparator", "over 20 kg"),
    ("comparator", "Children 20 kg"),
    ("drug", "receive ampicillin"),
    ("population", "Adults under"),
    ("negation", "is not confirmed"),
    ("modality", "it must be given"),
    ("condition", "for 5 days; it may"),
    ("entity", "mild pneumonia"),
    ("quotation", '"Children under 20 kg'),
    ("deletion", "Children under 20 kg receive 250"),
]


@pytest.mark.parametrize(("kind", "words"), MADE)
def test_a_class_makes_its_change(kind, words):
    assert any(words in made for made in mutations(kind, DOSE)), mutations(kind, DOSE)


@pytest.mark.parametrize("kind", KINDS)
def test_no_change_is_given_twice_or_leaves_the_sentence_as_it_was(kind):
    made = mutations(kind, DOSE)
    assert made
    assert len(made) == len(set(made))
    assert DOSE not in made


def test_every_class_has_an_example_here():
    assert {kind for kind, _ in MADE} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=120))
def test_any_text_can_be_changed_or_is_left(kind, text):
    for made in mutations(kind, text):
        assert made != text


@given(st.integers(1, 5000), st.sampled_from(["mg", "mL", "hours"]))
def test_a_changed_number_is_never_an_equal_one(number, unit):
    text = f"about {number} {unit}"
    before = parse(text).whole.quantities
    for made in mutations("number", text):
        after = parse(made).whole.quantities
        assert not (len(after) == 1 and same_quantity(before[0], after[0]))


def test_a_number_inside_a_name_is_left_alone():
    assert mutations("number", "Test for COVID-19, SpO2 and CD4.") == []


def test_no_pair_puts_a_word_for_itself_and_no_frequency_stands_in_two_groups():
    for kind in ("unit", "basis", "comparator", "route", "population", "modality", "entity"):
        assert [pair for pair in read_pairs(kind) if pair[0] == pair[1]] == []
    names = [name for group in read_frequencies() for name in group]
    assert len(names) == len(set(names))


def test_capitals_are_kept():
    assert "Adults take zinc." in mutations("population", "Children take zinc.")
    assert mutations("route", "Give it iv.") == []
