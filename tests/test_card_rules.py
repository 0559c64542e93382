"""The rules of medicine cards, on the shipped cards and on cards that break them."""

from dataclasses import replace

import pytest

from elara_local.cards import Statement, read_card, read_cards
from index.card_rules import find_all_faults, find_faults
from tests.test_cards import CARDS


@pytest.fixture(scope="module")
def card():
    return read_card(CARDS / "gentamicin.toml")


def test_no_shipped_card_breaks_a_rule():
    assert find_all_faults(read_cards(CARDS)) == []


def with_dose(card, **changes):
    return replace(card, doses=(replace(card.doses[0], **changes),))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"age": ("", ""), "weight": ("", "")}, "neither age nor weight"),
        ({"age": ("young", "")}, "not a number with a unit of time"),
        ({"weight": ("3 mL", "")}, "not a number in kg or g"),
        ({"who": "child with fever"}, "say neither the age nor the weight"),
        ({"amount": ""}, "either an amount or what to apply"),
        ({"apply": "a thin layer"}, "either an amount or what to apply"),
        ({"amount": "5 days"}, "can't be given"),
        ({"routes": ()}, "has no route"),
        ({"frequency": "often"}, "does not begin as one"),
        ({"no_max": ""}, "no maximum"),
        ({"weight": ("30 kg", ""), "max_dose": "100 mg"}, "passes the maximum of 100 mg"),
        ({"note": "watch " * 60}, "longer than"),
        ({"amount": "5 mg/kg", "note": "of 3"}, ""),
    ],
)
def test_a_dose_that_breaks_a_rule_is_found(card, changes, complaint):
    faults = find_faults(with_dose(card, **changes))
    assert any(complaint in fault for fault in faults) == bool(complaint)
    assert all(fault.startswith("gentamicin: ") for fault in faults)


def test_names_are_those_of_the_grounding_check(card):
    assert "drugs.toml" in find_faults(replace(card, other_names=("garamycin x",)))[0]
    assert "lack" in find_faults(replace(card, other_names=()))[0]


def test_a_statement_names_its_medicine_and_is_a_sentence(card):
    for text in (
        "This can harm the kidney of an adult.",
        "Gentamicin harms",
        "Gentamicin harms it",
    ):
        assert find_faults(replace(card, adverse=(Statement(text, ("WHO EML 2023",)),)))


def test_a_dose_in_words_alone_is_found(card):
    text = "In kidney disease give gentamicin 2 mg/kg every 48 hours."
    changed = replace(card, renal=(Statement(text, ("BNF 2024",)),))
    assert "none of its doses" in find_faults(changed)[0]


def test_a_dose_in_pregnancy_of_what_is_contraindicated_there_is_found(card):
    first = replace(card.doses[0], who="newborn, or a non-pregnant woman of 18 years")
    changed = replace(
        card, doses=(first,), pregnancy=replace(card.pregnancy, advice="contraindicated")
    )
    assert find_faults(changed) == []
    changed = replace(changed, doses=(replace(card.doses[0], who="pregnant woman 18 years"),))
    assert "contraindicated in pregnancy" in find_faults(changed)[0]


def test_a_name_of_two_cards_is_found(card):
    assert "is also gentamicin" in find_all_faults([card, replace(card, id="other")])[-1]
