"""What the words of a question alone tell: names, animals, people, language."""

import pytest

from elara_local.naming import (
    is_foreign,
    is_of_animal,
    is_story,
    is_used_as_name,
    tells_of_person,
)


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ("Marlowe manoeuvre for shoulder dystocia", "marlowe"),
        ("maladie de Renard : quel traitement ?", "renard"),
        ("dose of bliss in adults", "bliss"),
        ("bliss 40 mg at night", "bliss"),
        ("Renard's syndrome", "renard"),
    ],
)
def test_a_word_beside_a_naming_word_is_a_name(told, word):
    assert is_used_as_name(told, word)


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ("tablets no longer enough: dose of insulin", "enough"),
        ("injection in child w fever", "w"),
        ("native valve cloxacillin dose", "native"),
        ("quase sempre, dose inicial", "quase"),
    ],
)
def test_a_word_elsewhere_is_none(told, word):
    assert not is_used_as_name(told, word)


def test_a_question_without_small_words_is_foreign_by_its_letters():
    everything = frozenset({"en", "fr", "es", "pt", "sw"})
    assert is_foreign("retención urinaria ¿furosemida?", everything)
    assert not is_foreign("urinary retention furosemide?", everything)
    assert is_foreign("raio-X do osso: sinais?", frozenset({"en", "pt"}))
    assert is_foreign("dawa ya malaria", frozenset({"sw"}))


@pytest.mark.parametrize(
    ("told", "animal"),
    [
        ("my dog has diarrhoea, how many tablets", True),
        ("dose of ivermectin for cattle", True),
        ("Ma chèvre tousse, quel antibiotique ?", True),
        ("stray dog bite, which vaccine", False),
        ("farmer kicked by a horse, belly pain", False),
        ("Mordedura de perro: ¿vacuna?", False),
        ("swollen calf after surgery", False),
        ("bull neck diphtheria", False),
    ],
)
def test_an_ill_animal_is_told_from_a_person_that_it_hurt(told, animal):
    assert is_of_animal(told) == animal


def test_a_story_has_many_topic_words():
    assert is_story("boy stung by bee, lips swelling, wheezing, adrenaline dose, weight")
    assert not is_story("acute sarcoidosis attack treatment")


def test_a_person_is_told_of_by_age_kin_or_work():
    assert tells_of_person("farmer found drooling") and tells_of_person("my wife, fever")
    assert not tells_of_person("screen burn on a monitor")
