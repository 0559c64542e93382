"""Whether the sentences found name the medicines whose dose is asked for."""

import pytest

from elara_local.presence import Told, find_absent, read_asked, read_matter, read_wanted


def absent(question, *texts, title="Stroke"):
    return find_absent(read_asked(question, question), [Told(title, t, 1.0) for t in texts])


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Which statin dose after a stroke?", "Alteplase for stroke is 0.9 mg/kg IV."),
        ("atorvastatin dose after a stroke", "After a stroke an adult takes simvastatin 40 mg."),
        ("atorvastatin dose after a stroke", "After a stroke an adult takes a statin."),
        ("dose of magnesium sulfate", "Give magnesium hydroxide 10 mL."),
        ("Quelle dose de statine après un AVC ?", "Give aspirin 300 mg."),
        ("¿Dosis de estatina?", "Give aspirin 300 mg."),
        ("aspirin and simvastatin dose", "Give aspirin 300 mg."),
        ("propranolol dose for a patient on insulin", "Give insulin 10 units."),
    ],
)
def test_a_medicine_that_no_sentence_names_is_absent(question, text):
    assert absent(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Which statin dose after a stroke?", "After a stroke an adult takes atorvastatin 40 mg."),
        ("acetaminophen dose", "Give paracetamol 15 mg/kg."),
        ("Panadol dose for a child", "Give paracetamol 15 mg/kg."),
        ("paracetamol dose for a child", "Panadol 15 mg/kg."),
        ("Lipitor dose", "Give atorvastatin 40 mg."),
        ("amoxicilin dose", "Give amoxicillin 40 mg/kg."),
        ("dosis de amoxicilina", "Give amoxicillin 40 mg/kg."),
        ("dose d'artésunate", "Give artesunate 2.4 mg/kg."),
        ("dozi ya artesunate", "Give artesunate 2.4 mg/kg."),
        ("artesunate dose", "Artésunate : 2,4 mg/kg."),
        ("dose de sulfate de magnésium", "Give magnesium sulfate 4 g."),
        ("MgSO4 dose", "Give magnesium sulfate 4 g."),
        ("penicillin dose", "Give benzylpenicillin 50 000 units/kg."),
        ("LMWH dose", "Give enoxaparin 1 mg/kg."),
        ("RHZE dose", "Give rifampicin 10 mg/kg."),
        ("vitamin A dose", "Give vitamin A 200 000 units."),
        ("metoprolol dose for a man on warfarin", "Give metoprolol 50 mg."),
        ("dose of azithromycin, allergic to penicillin", "Give azithromycin 500 mg."),
        ("Hémorragie, pas d'oxytocine : dose de misoprostol ?", "Give misoprostol 800 µg."),
        ("ergometrine is not available: misoprostol dose", "Give misoprostol 800 µg."),
        ("paracetamol overdose, acetylcysteine dose", "Give acetylcysteine 140 mg/kg."),
        ("insulin dose, glucose 25", "Give insulin 10 units."),
        ("which statin after a stroke", "Alteplase for stroke is 0.9 mg/kg IV."),
        ("how much water to cool a burn", "Cool it for 20 minutes."),
    ],
)
def test_a_medicine_that_is_named_or_not_asked_for_is_not_absent(question, text):
    assert absent(question, text) == []


def test_a_medicine_is_called_as_it_was_said():
    assert absent("Which statin dose?", "Give aspirin.") == ["statin"]


def test_the_dose_for_another_disease_is_no_answer():
    asked = read_asked("statin dose after a stroke", "statin dose after a stroke")
    stroke = Told("Stroke", "Give aspirin 300 mg.", 1.0)
    heart = Told("Heart attack", "Give atorvastatin 40 mg.", 0.1)
    assert find_absent(asked, [stroke, heart]) == ["statin"]
    assert find_absent(asked, [stroke, Told("Prevention", heart.text, 0.9)]) == []
    assert find_absent(asked, [heart, stroke]) == []  # found first: the matter in other words


def test_a_matter_that_no_source_has_words_for_forbids_nothing():
    asked = read_asked("dose de statine après un AVC", "dose de statine après un AVC")
    told = [Told("Stroke", "Give aspirin.", 0.2), Told("Heart", "Give atorvastatin 40 mg.", 0.0)]
    assert find_absent(asked, told) == []


def test_a_document_on_the_medicine_is_on_the_matter():
    asked = read_asked("amlodipine dose in hypertension", "amlodipine dose in hypertension")
    told = [Told("Hypertension", "Measure twice.", 1.0), Told("Amlodipine", "5 mg once.", 0.0)]
    assert find_absent(asked, told) == []


def test_nothing_found_names_nothing():
    assert find_absent(read_asked("statin dose", "statin dose"), []) == ["statin"]


def test_what_stands_in_a_bracket_behind_a_name_is_the_same_medicine():
    said = [w.said for w in read_wanted("paracetamol (acetaminophen), or Brufen (ibuprofen) dose")]
    assert said == ["paracetamol", "ibuprofen"]


def test_the_matter_is_the_question_without_its_medicines():
    assert read_matter("magnesium sulfate dose, eclampsia (fits)") == "dose eclampsia fits"
