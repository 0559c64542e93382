"""Confidence is told from the evidence alone, and any doubt lowers it."""

import pytest

from elara_local.confidence import judge
from elara_local.records import Sentence, Source


def source(number, document="malaria", section="Treatment", review="reviewed 2026", **other):
    edition, score = other.get("edition", "2026-11"), other.get("score", 1.0)
    return Source(f"s{number}", document, section, None, edition, review, document, "", 0, 0, score)


def sentence(text, number=1):
    return Sentence(text, (f"s{number}",), "quoted")


DOSE = sentence("Give a child artesunate 3 mg/kg.")


CHECK = sentence("Check it.", 2)


def level(question, sentences=(DOSE, CHECK), coverage=1.0, sources=None):
    return judge("quoted", sentences, sources or (source(1), source(2)), coverage, question).level


def test_no_sentence_no_confidence():
    assert judge("not_in_sources", (), (), 1.0, "malaria").level == "none"


def test_reviewed_and_unreviewed():
    assert level("artesunate dose child") == "high"
    for score, expected in ((0.6, "moderate"), (0.8, "high")):
        near = {"review": "unreviewed", "score": score}
        drafts = (source(1, **near), source(2, **near))
        assert level("artesunate dose child", sources=drafts) == expected


def test_an_old_edition_or_one_passage_alone_is_not_high():
    old = (source(1, edition="2011"), source(2))
    found = judge("quoted", (DOSE, CHECK), old, 1.0, "artesunate dose child")
    assert found.level == "moderate" and "An edition is of 2011." in found.reasons
    assert level("artesunate dose child", (DOSE,), sources=(source(1),)) == "moderate"


def test_a_first_sentence_that_holds_half_of_the_question_is_not_high():
    fever = (sentence("A child with fever is tested for malaria."), CHECK)
    assert level("malaria test child fever", fever) == "high"
    assert level("malaria test child fever vomiting rash travel", fever) == "moderate"
    assert level("malaria", fever) == "moderate"


def test_sources_that_differ_on_a_dose_lower_it():
    found = judge(
        "quoted", (DOSE, CHECK), (source(1), source(2)), 1.0, "artesunate dose child", differ=True
    )
    assert found.level == "low" and "The sources differ on a dose." in found.reasons


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("quinine dose child", "No sentence names quinine."),
        ("artesunate dose pregnant", "No sentence names this patient (pregnancy)."),
        ("artesunate dose newborn", "No sentence names this patient (newborn)."),
    ],
)
def test_what_no_sentence_names_is_said(question, reason):
    confidence = judge("quoted", (DOSE,), (source(1),), 1.0, question)
    assert confidence.level == "low"
    assert reason in confidence.reasons


def test_a_dose_asked_for_and_not_given_is_said():
    told = sentence("Artesunate is given to a child early.")
    assert level("artesunate dose child", (told,)) == "low"
    assert level("artesunate for a child", (told,)) == "moderate"


def test_a_heading_may_name_the_patient():
    told = (sentence("Give artesunate 3 mg/kg."),)
    assert level("artesunate dose child", told, sources=(source(1),)) == "low"
    headed = (source(1, section="Children"),)
    assert level("artesunate dose child", told, sources=headed) == "moderate"


def test_uncovered_words_and_several_topics_lower_it():
    assert level("artesunate", coverage=0.5) == "low"
    told = [sentence("One.", 1), sentence("Two.", 2), sentence("Three.", 3)]
    scattered = (source(1, "a"), source(2, "b"), source(3, "c"))
    assert level("malaria", told, sources=scattered) == "low"


def test_a_heading_that_is_not_what_was_asked_for_lowers_it():
    mimic = (sentence("Malaria can look like leptospirosis."),)
    under = (source(1, section="Recognise"),)
    assert level("leptospirosis antibiotic", mimic, sources=under) == "low"
    assert level("leptospirosis signs", mimic, sources=under) == "moderate"


def test_a_fact_that_would_choose_the_dose_is_missing():
    sources = (source(1), source(2))
    found = judge("quoted", (DOSE, CHECK), sources, 1.0, "artesunate dose child", lacks=True)
    assert found.level == "moderate"


def test_another_route_step_or_combination_in_front_is_not_high():
    given = sentence("Artesunate, child: loading dose 3 mg/kg intravenously once.")
    for question, expected in (
        ("artesunate dose child", "high"),
        ("artesunate IV dose child", "high"),
        ("artesunate rectal dose child", "moderate"),
        ("artesunate loading dose child", "high"),
        ("artesunate maintenance dose child", "moderate"),
    ):
        assert level(question, (given, CHECK)) == expected, question
    both = (source(1, "Artesunate-amodiaquine: medicine card"), source(2))
    assert level("artesunate dose child", sources=both) == "moderate"


def test_a_first_sentence_without_the_dose_that_is_asked_for_is_not_high():
    start = sentence("Start artesunate in a child with severe malaria at once.")
    assert level("artesunate dose child", (start, sentence(DOSE.text, 2))) == "moderate"
    assert level("artesunate child severe malaria", (start, CHECK)) == "high"


def test_another_unit_or_plan_in_front_is_not_high():
    units = sentence("Oxytocin, woman after birth: 10 units intramuscularly once.")
    plan = sentence("Oral rehydration salts for diarrhoea (plan A): 50 to 100 mL by mouth.")
    for question, first, expected in (
        ("oxytocin 10 units after birth", units, "high"),
        ("oxytocin 10 mg after birth", units, "moderate"),
        ("oral rehydration salts plan A diarrhoea", plan, "high"),
        ("oral rehydration salts plan C diarrhoea", plan, "moderate"),
    ):
        assert level(question, (first, CHECK)) == expected, question


def test_a_pregnant_patient_whom_no_sentence_names_lowers_it():
    adult = sentence("Metformin for diabetes, adult: 500 mg by mouth once daily.")
    assert level("metformin dose in pregnancy diabetes", (adult, CHECK)) == "low"


def test_a_topic_and_its_medicine_card_are_no_scatter():
    card, topic = source(1, "artesunate"), source(2, "severe malaria")
    told = [DOSE, sentence("Refer it.", 2), sentence("Check it.", 2), sentence("Watch it.", 2)]
    assert level("artesunate dose child", told, sources=(card, topic)) == "high"
    third = source(3, "fever")
    told = [DOSE, sentence("Refer it.", 2), sentence("Check it.", 3), sentence("Watch it.", 2)]
    assert level("artesunate dose child", told, sources=(card, topic, third)) == "low"
