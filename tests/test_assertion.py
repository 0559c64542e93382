from __future__ import annotations

import pytest

from elara_local.screening.assertion import Reading
from elara_local.screening.emergency_rules import read_emergency_rules
from elara_local.screening.phrases import Lexicon, tokens

PAIN = Lexicon({("x", "x"): ["chest pain"]})


def read(text, language="en", measured=False):
    words = tokens(text)
    cues = read_emergency_rules().cues.find(words)
    return Reading(words, cues, frozenset({language}), measured), PAIN.find(words)[0]


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("no chest pain", True),
        ("denies fever and chest pain", True),
        ("no fever, cough or chest pain", True),
        ("chest pain: none", True),
        ("without any chest pain", True),
        ("no fever, chest pain", False),
        ("no fever but chest pain", False),
        ("no relief of chest pain", False),
        ("cannot rule out chest pain", False),
        ("No fever. Chest pain", False),
        ("chest pain no better", False),
    ],
)
def test_negated(text, negated):
    reading, finding = read(text)
    assert reading.negated(finding) is negated


@pytest.mark.parametrize(
    ("text", "past"),
    [
        ("history of chest pain", True),
        ("her mother had chest pain", True),
        ("chest pain three years ago", True),
        ("history of chest pain for 2 hours", False),
        ("a 2 day history of chest pain", False),
        ("her mother had chest pain 20 minutes ago", False),
        ("her mother has chest pain", False),
        ("chest pain", False),
    ],
)
def test_past(text, past):
    reading, finding = read(text)
    assert reading.past(finding) is past


@pytest.mark.parametrize(
    ("text", "measured", "topical"),
    [
        ("what causes chest pain?", False, True),
        ("in chest pain, which drug is given?", False, True),
        ("risk of chest pain", False, True),
        ("what causes chest pain?", True, False),
        ("my son says chest pain, what is the dose?", False, False),
        ("chest pain", False, False),
        ("exam question about my patient, what causes chest pain?", False, True),
    ],
)
def test_topical(text, measured, topical):
    reading, finding = read(text, measured=measured)
    assert reading.topical(finding) is topical


def test_cues_of_another_language_do_not_count():
    reading, finding = read("chest pain no")
    assert reading.negated(finding)
    reading, finding = read("chest pain no", language="sw")
    assert not reading.negated(finding)
