"""Doses of topics against the medicine cards: what passes and what is found."""

import pytest

from elara_local.cards import read_card, read_cards
from elara_local.grounding.sentences import parse
from elara_local.settings import HANDBOOK
from index.concordance import compare_topics, given_amounts
from index.handbook import read_topic, read_topics
from tests.test_cards import CARDS
from tests.test_handbook import TOPIC, write

OLD = "Do not give aspirin to a child with sample fever."


def find(folder, sentence, heading="Avoid"):
    text = TOPIC.replace(OLD, sentence).replace("## Avoid", f"## {heading}")
    topic = read_topic(write(folder, text))
    return [
        finding.why for finding in compare_topics([topic], [read_card(CARDS / "gentamicin.toml")])
    ]


def test_no_dose_of_the_handbook_lacks_its_twin():
    assert [str(f) for f in compare_topics(read_topics(HANDBOOK), read_cards(CARDS))] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Gentamicin for severe pneumonia, child from 1 month: 7.5 mg/kg IM once daily.",
        "Give 7.5 mg/kg of gentamicin to a child from 1 month.",
        "Give gentamicin to a child when glucose is below 3 mmol/L.",
        "Dilute gentamicin for a child in 100 mL of fluid.",
        "Gentamicin, child from 1 month: 7.5 mg/kg in 50 mL of 0.9% sodium chloride once daily.",
        "Gentamicin is given with care to an adult with a clearance below 30 mL/min.",
        "More than 9 mg/kg of gentamicin per day harms the hearing of an adult.",
    ],
)
def test_an_amount_of_the_card_passes(tmp_path, sentence):
    assert find(tmp_path, sentence) == []


@pytest.mark.parametrize(
    ("sentence", "complaint"),
    [
        ("Gentamicin, child from 1 month: 75 mg/kg IM once daily.", "no amount of the card"),
        ("Gentamicin, child from 1 month: 7.5 mg/kg per hour IM.", "no amount of the card"),
        ("Gentamicin, child from 1 month: 7.5 g IM once daily.", "no amount of the card"),
        ("Give 8 mg/kg of gentamicin to a child from 1 month.", "no amount of the card"),
        ("Give a child from 1 month artesunate 2.4 mg/kg.", "no card for artesunate"),
        ("Gentamicin for a child: 40 mg once daily.", "neither age nor weight"),
        ("Gentamicin, adult: 600 000 units once daily.", "is read as two numbers"),
        ("Gentamicin for an adult: 5 intramuscularly once daily.", "lacks its unit"),
    ],
)
def test_what_the_card_does_not_say_is_found(tmp_path, sentence, complaint):
    assert any(complaint in why for why in find(tmp_path, sentence))


def test_what_is_kept_from_pregnant_women_needs_a_warning_there(tmp_path):
    doxycycline = [card for card in read_cards(CARDS) if card.name == "doxycycline"]
    assert doxycycline[0].pregnancy.advice in ("contraindicated", "avoid")
    for sentence, count in (
        ("A pregnant woman with sample fever may have doxycycline.", 1),
        ("Do not give doxycycline to a pregnant woman with sample fever.", 0),
    ):
        text = TOPIC.replace(OLD, sentence).replace("## Avoid", "## Pregnancy")
        assert len(compare_topics([read_topic(write(tmp_path, text))], doxycycline)) == count


def test_an_amount_belongs_to_the_medicines_before_it_else_to_the_next():
    text = "Ampicillin or cloxacillin 50 mg/kg, then gentamicin 7.5 mg/kg."
    first, second = (drugs for drugs, _, _ in given_amounts(parse(text)))
    assert first == {"ampicillin", "cloxacillin"} and second == {"gentamicin"}
    (after,) = (drugs for drugs, _, _ in given_amounts(parse("Give 2 g of ceftriaxone.")))
    assert after == {"ceftriaxone"}
