"""Which rules are shown, and what a name, a colon and a week of pregnancy mean to them."""

from __future__ import annotations

import pytest

from elara_local.emergency import judge_subject, screen
from elara_local.screening.emergency_rules import read_emergency_rules


def fired(text):
    return [rule.id for rule in screen(text).rules]


def test_an_urgent_rule_that_says_the_same_words_again_is_not_shown():
    levels = {rule.id: (rule.level, rule.group) for rule in read_emergency_rules().rules}
    assert levels["airway-breathing"] == ("emergency", "airway and breathing")
    assert levels["breathless"] == ("urgent", "airway and breathing")
    assert "breathless" in fired("he is breathless")
    found = screen("severe shortness of breath")
    assert found.level == "emergency"
    assert [rule.id for rule in found.rules] == ["airway-breathing"]


def test_words_of_its_own_keep_an_urgent_rule():
    assert "breathless" in fired("stridor at rest. Also short of breath on stairs for days.")


@pytest.mark.parametrize(
    "text",
    [
        "Infarto de miocardio: ¿cuándo se indica la trombólisis?",
        "Stroke: which drug lowers pressure?",
        "Stroke clinic review: no new symptoms",
        "Fell from own height",
    ],
)
def test_a_head_of_a_question_and_a_name_are_no_scene(text):
    assert screen(text).level == "none"


@pytest.mark.parametrize(
    "text",
    [
        "Stroke: which drug? His face droops since an hour.",
        "BP 82/40: what dose of fluids?",
        "Severe chest pain at asthma review",
        "Fell from a height of three metres",
    ],
)
def test_a_patient_in_such_words_is_a_scene(text):
    assert judge_subject(text) == "patient"
    assert screen(text).level == "emergency"


def test_weeks_over_forty_tell_a_pregnancy():
    assert "obstetric-danger" in fired("34/40 bleeding")
    assert "obstetric-danger" not in fired("BP 134/40, bleeding")
