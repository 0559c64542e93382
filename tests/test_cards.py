"""Medicine cards: what is read, what is refused, and the sentence made of a dose."""

from fractions import Fraction

import pytest

from elara_local.cards import Dose, dose_sentence, read_card, read_cards, read_quantity
from elara_local.errors import WrongFile
from elara_local.settings import HANDBOOK

CARDS = HANDBOOK / "medicines"
GENTAMICIN = (CARDS / "gentamicin.toml").read_text(encoding="utf-8")


def write(folder, text):
    path = folder / "gentamicin.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_shipped_card_is_read():
    cards = read_cards(CARDS)
    assert len(cards) >= 120
    assert len({card.name for card in cards}) == len(cards)
    assert all(card.doses and card.forms for card in cards)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('drug_class = "', 'klass = "', "drug_class"),
        ('amount = "5 mg/kg"', 'amount = "5 mg/kg or so"', "not one amount"),
        ('amount = "5 mg/kg"', "amount = 5", "amount"),
        ('amount = "5 mg/kg"', 'amount = "5"', "not one amount"),
        ('advice = "caution"', 'advice = "fine"', "pregnancy.advice"),
        ('duration = "for 7', 'lasting = "for 7', "lasting"),
        ('weight = ["2.5 kg", ""]', 'weight = ["2.5", ""]', "not one amount"),
        ('routes = ["IM", "IV"]', 'routes = ["BY POST"]', "routes"),
        ('name = "gentamicin"', "name = ", "gentamicin.toml"),
    ],
)
def test_a_broken_card_is_refused_by_name_and_field(tmp_path, old, new, complaint):
    assert old in GENTAMICIN
    with pytest.raises(WrongFile, match=complaint) as refused:
        read_card(write(tmp_path, GENTAMICIN.replace(old, new, 1)))
    assert "gentamicin.toml" in str(refused.value)


def test_an_amount_is_read_exactly():
    dose = read_quantity("5 to 7.5 mg/kg per day")
    assert (dose.low, dose.high) == (Fraction(5, 1000), Fraction(75, 10_000))
    assert dose.basis == {"mass 1000", "time 24"}


def test_the_sentence_of_a_dose_says_all_of_it():
    card = read_card(CARDS / "gentamicin.toml")
    dose = Dose(
        indication="sample fever",
        who="child 2 to under 12 years",
        routes=("IM", "IV"),
        step="loading dose",
        amount="7.5 mg/kg",
        frequency="once daily",
        duration="for 5 days",
        max_dose="300 mg",
        max_day="400 mg",
        note="give over 30 minutes",
        sources=("WHO EML 2023",),
    )
    assert dose_sentence(card, dose) == (
        "Gentamicin for sample fever, child 2 to under 12 years: loading dose 7.5 mg/kg "
        "intramuscularly or intravenously once daily for 5 days, maximum 300 mg per dose, "
        "maximum 400 mg per day; give over 30 minutes."
    )
    assert dose.is_for_children
