"""What a card warns of that a question states, and what it does not warn of."""

import pytest

from elara_local.cards import read_card
from elara_local.engines.chat.cautions import MOST, find_allergy, find_cautions
from elara_local.patient import read_patient
from elara_local.settings import HANDBOOK


def told(document, question):
    card = read_card(HANDBOOK / "medicines" / f"{document}.toml")
    return find_cautions(card, question, read_patient(question))


@pytest.mark.parametrize(
    ("document", "question", "words", "bars"),
    [
        ("amoxicillin", "allergic to penicillin, amoxicillin dose 20 kg", "any penicillin", True),
        ("ceftriaxone", "ceftriaxone, anaphylaxis to penicillin before", "penicillin", True),
        ("ibuprofen", "aspirin allergy, ibuprofen dose adult", "acetylsalicylic acid", True),
        ("ibuprofen", "ibuprofen dose dengue child 20 kg", "dengue", True),
        ("ibuprofen", "ibuprofen dose for man with stomach ulcer", "ulcer", True),
        ("ceftriaxone", "ceftriaxone dose newborn with jaundice 3 kg", "jaundiced", True),
        ("primaquine", "primaquine dose G6PD deficiency 60 kg", "G6PD", True),
        ("ciprofloxacin", "ciprofloxacin dose for man on tizanidine", "tizanidine", True),
        ("amoxicillin", "allergique à la pénicilline, amoxicilline 20 kg", "penicillin", True),
        ("amoxicillin", "alergia a la penicilina, amoxicilina 20 kg", "penicillin", True),
        ("metronidazole", "patient on warfarin, metronidazole dose", "INR", False),
        ("tramadol", "tramadol dose with an SSRI", "SSRI", False),
        ("acetylsalicylic-acid", "aspirin dose for child with fever 20 kg", "Reye", False),
        ("tramadol", "tramadol dose child 10 years 30 kg", "under 12 years", False),
        ("clarithromycin", "clarithromycin dose, pregnant woman", "In pregnancy", False),
        ("ibuprofen", "pregnant 20 weeks ibuprofen dose 60 kg", "from 20 weeks", False),
        ("ibuprofen", "my baby 4 kg ibuprofen dose", "below 5 kg", False),
        ("doxycycline", "doxycycline dose pregnant woman malaria prophylaxis", "pregnant", False),
    ],
)
def test_what_the_question_states_is_warned_of(document, question, words, bars):
    found = told(document, question)
    assert any(words in caution.text and caution.bars is bars for caution in found)
    assert len(found) <= MOST


@pytest.mark.parametrize(
    ("document", "question"),
    [
        ("amoxicillin", "amoxicillin dose child 15 kg pneumonia, no penicillin allergy"),
        ("amoxicillin", "amoxicilline 15 kg, sans allergie à la pénicilline"),
        ("amoxicillin", "amoxicilina 15 kg neumonía, sin alergia a la penicilina"),
        ("benzylpenicillin", "neurosyphilis adult IV penicillin dose"),
        ("magnesium-sulfate", "MgSO4 loading dose eclampsia IM regimen"),
        ("hydroxyurea", "hydroxycarbamide starting dose adult not pregnant"),
        ("levothyroxine", "levothyroxine starting dose elderly with heart disease"),
        ("artesunate", "child 15 kg severe malaria artesunate dose"),
        ("cotrimoxazole", "cotrimoxazole dose child 8 kg"),
        ("calcium-gluconate", "K 7.1 wide QRS calcium gluconate how many mL adult"),
        ("ibuprofen", "ibuprofen dose child 20 kg"),
        ("insulin", "tall T waves, insulin and glucose dose for high potassium"),
        ("glucagon", "adult unconscious glucose 1.8 no vein glucagon dose"),
    ],
)
def test_what_a_medicine_is_for_and_what_is_denied_bring_no_warning(document, question):
    assert told(document, question) == ()


def test_a_warning_on_the_way_of_giving_keeps_nobody_from_the_medicine():
    found = told("deferoxamine", "deferoxamine dose iron overdose 12 kg girl shocked")
    assert not any(caution.bars for caution in found)


def test_what_bars_stands_first():
    found = told("clarithromycin", "on simvastatin and warfarin, clarithromycin dose adult")
    assert [caution.bars for caution in found] == sorted(
        (caution.bars for caution in found), reverse=True
    )
    assert found[0].bars and len(found) > 1


@pytest.mark.parametrize(
    ("document", "question", "to"),
    [
        ("enalapril", "ACE inhibitor allergy, enalapril dose", "ace inhibitor"),
        ("amoxicillin", "allergic to amoxicillin, amoxicillin dose 20 kg", "amoxicillin"),
        ("amoxicillin", "allergique à la pénicilline, amoxicilline 20 kg", "penicilline"),
        ("amoxicillin", "amoxicillin dose, no penicillin allergy", ""),
        ("ibuprofen", "allergic to penicillin, ibuprofen dose", ""),
        ("cetirizine", "cetirizine dose for allergic rhinitis", ""),
    ],
)
def test_an_allergy_to_the_medicine_or_its_class_is_found(document, question, to):
    card = read_card(HANDBOOK / "medicines" / f"{document}.toml")
    assert find_allergy(card, question) == to
