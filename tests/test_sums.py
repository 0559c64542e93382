"""A calculation asked for in a question: its sentences, its source, or what it still needs."""

import pytest

from elara_local.clinical.register import CALCULATORS
from elara_local.records import Provenance, Question
from elara_local.roles import read_roles
from elara_local.sums import calculate_asked
from elara_local.turn import Turn


def turn_of(question):
    turn = Turn(Question(question), read_roles()["professional"], Provenance())
    turn.asked = turn.english = turn.read = question
    return turn


def test_a_calculation_is_told_with_its_formula_as_its_source():
    turn = turn_of("CrCl 72 y 60 kg creat 1.4 mg/dL female")
    first, worked, *_ = calculate_asked(turn)
    (source,) = turn.sources
    calculator = CALCULATORS["crcl"]
    assert first.text.endswith("34.4 mL/min, by code.")  # 68 × 60 × 0.85 / (72 × 1.4) = 34.40
    assert "(140 - 72) × 60 kg × 0.85" in worked.text
    assert first.citations == (source.id,) and first.support == "supported" and first.is_worked
    assert (source.title, source.section) == (calculator.name, "Formula")
    assert (source.document, source.quote) == ("calculator-crcl", calculator.formula)
    assert "Cockcroft" in source.origin


@pytest.mark.parametrize(
    "question",
    ["child 15 kg severe malaria artesunate dose?", "what is CURB-65", "GCS 9 what to do"],
)
def test_a_question_that_asks_for_none_gets_none(question):
    turn = turn_of(question)
    assert calculate_asked(turn) == [] and turn.notes == [] and turn.sources == ()


def test_what_lacks_is_asked_for_and_nothing_is_calculated():
    turn = turn_of("CrCl 72 y 60 kg creat 1.4 mg/dL")
    assert calculate_asked(turn) == []
    assert any("needs: " in note for note in turn.notes) and turn.sources == ()


def test_the_answer_is_whole_and_says_what_it_rests_on():
    turn = turn_of("CrCl 72 y 60 kg creat 1.4 mg/dL female")
    for event in turn.tell(calculate_asked(turn)):
        assert event.sentence.is_worked
    answer = turn.finish("answered", turn.confidence)
    assert answer.sources[0].cited and answer.sources[0].quote == CALCULATORS["crcl"].formula
    assert "34.4 mL/min" in answer.text and answer.confidence.level == "moderate"


def test_a_question_that_asks_more_than_the_sum_is_searched_and_told_the_sum():
    turn = turn_of("CURB-65 confusion yes urea 9 mmol/l rr 32 bp 85/50 age 76 which antibiotic")
    assert calculate_asked(turn) == []
    assert any(note.startswith("CURB-65: 5 points") for note in turn.notes)
