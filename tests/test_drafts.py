import pytest

from elara_local.drafts import ANOTHER_PATIENT, examine, say_dropped
from elara_local.grounding.citations import Draft
from elara_local.patient import Patient, read_patient
from elara_local.records import Evidence, Sentence

FACT = "Give a child with diarrhoea zinc 20 mg by mouth once daily for 10 days."
EVIDENCE = [
    Evidence("s1", "Wash the hands of the child.", "Hygiene", "Avoid"),
    Evidence("s2", FACT, "Diarrhoea", "Treatment"),
]


def test_a_true_sentence_with_its_mark_is_shown():
    sentence = examine(Draft(FACT, ("s2",)), EVIDENCE, Patient())
    assert (sentence.support, sentence.citations) == ("quoted", ("s2",))


def test_a_forgotten_mark_is_found_for_a_quote_and_for_nothing_else():
    assert examine(Draft(FACT), EVIDENCE, Patient()).citations == ("s2",)
    reworded = FACT.replace("Give a child", "A child").replace("zinc", "receives zinc")
    assert examine(Draft(reworded), EVIDENCE, Patient()).support == "unsupported"
    assert examine(Draft(FACT, (), ("9",)), EVIDENCE, Patient()).support == "unsupported"


def test_a_wrong_mark_is_not_mended():
    assert examine(Draft(FACT, ("s1",)), EVIDENCE, Patient()).support == "unsupported"


def test_a_title_copied_in_front_is_taken_off():
    assert examine(Draft(f"Diarrhoea: {FACT}", ("s2",)), EVIDENCE, Patient()).text == FACT
    other = f"Cholera: {FACT}"
    assert examine(Draft(other, ("s2",)), EVIDENCE, Patient()).text == other


@pytest.mark.parametrize("wrong", [FACT.replace("20", "200"), FACT.replace("Give", "Do not give")])
def test_a_wrong_sentence_stays_wrong(wrong):
    assert examine(Draft(wrong, ("s2",)), EVIDENCE, Patient()).support == "unsupported"


def test_a_sentence_for_another_patient_is_not_shown():
    sentence = examine(Draft(FACT, ("s2",)), EVIDENCE, read_patient("adult, 60 kg"))
    assert sentence.reasons == (ANOTHER_PATIENT,)


def test_what_was_left_out_is_said_with_its_kinds_only():
    good = Sentence("a", ("s1",), "quoted")
    bad = Sentence("secret words", (), "unsupported", ("number: '5 mg' is not there", "drug: x"))
    assert say_dropped([good], []) == []
    (note,) = say_dropped([good, good], [bad])
    assert note == "1 drafted sentence left out: number, drug not as in the cited passage."
    assert "instead" in say_dropped([], [bad])[1] and "secret" not in say_dropped([], [bad])[0]
    assert "nothing that could be checked" in say_dropped([], [])[0]


def test_a_model_that_says_that_nothing_answers_is_believed_in_a_note():
    said = Sentence("The sources do not answer this question.", (), "unsupported", ("mark: none",))
    assert say_dropped([], [said]) == [
        "The chat model found no answer in its passages: the sources are quoted instead."
    ]


def test_a_quote_of_the_users_document_gets_the_headings_that_it_needs():
    text = "Give 100 mg/kg IV once daily."
    passage = Evidence("s1", text, "Guide", "Ceftriaxone › Children", shelf="own")
    sentence = examine(Draft(text, ("s1",)), [passage], read_patient("ceftriaxone dose child"))
    assert (sentence.text, sentence.support) == (f"Ceftriaxone › Children: {text}", "quoted")
    other = examine(Draft(text, ("s1",)), [passage], read_patient("ceftriaxone dose adult"))
    assert other.reasons == (ANOTHER_PATIENT,)
