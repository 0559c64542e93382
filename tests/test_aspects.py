"""What is asked of a medicine other than its dose."""

import pytest

from elara_local.aspects import aspects_intent, drop_aspects, read_aspects
from elara_local.intent import read_intent


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("paracetamol and warfarin interaction", {"interactions"}),
        ("metformin in renal failure", {"kidney"}),
        ("can a breastfeeding mother take doxycycline", {"breastfeeding"}),
        ("ciprofloxacine et allaitement", {"breastfeeding"}),
        ("antidote for heparin overdose", {"antidote"}),
        ("what strengths does amoxicillin come in", {"forms"}),
        ("gentamicin dose in renal failure", {"kidney"}),
        ("artesunate dose in pregnancy", set()),  # the dose of a pregnant woman
        ("enoxaparin dose 70 kg, normal kidneys", set()),
        ("enoxaparin dose, kidneys normal, not pregnant", set()),
        ("amoxicillin dose", set()),
    ],
)
def test_the_aspects_of_a_question(question, ids):
    assert {aspect.id for aspect in read_aspects(question)} == ids


def test_the_section_of_an_aspect_fits_best_and_doses_do_not():
    question = "paracetamol and warfarin interaction"
    intent = aspects_intent(question, read_intent(question))
    assert intent.fit("Interactions") == 1.0
    assert intent.fit("Dose for adults") < 0
    dosed = aspects_intent("gentamicin dose in ckd", read_intent("gentamicin dose in ckd"))
    assert dosed.fit("Kidney and liver") == 1.0
    assert dosed.fit("Dose for adults") > 0


def test_the_words_of_an_aspect_can_be_left_out():
    assert drop_aspects("metformin in renal failure").split() == ["metformin", "in"]
    assert drop_aspects("furosemide in heart failure") == "furosemide in heart failure"
    assert drop_aspects("enoxaparin dose, normal kidneys").split() == ["enoxaparin", "dose,"]
