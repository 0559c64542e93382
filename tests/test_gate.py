"""Which questions the passages found are about, on the prebuilt index with the real embedder."""

import pytest

from elara_local.gate import (
    is_foreign,
    is_of_animal,
    is_story,
    is_used_as_name,
    names_unknown,
)
from elara_local.retrieve import Retriever
from elara_local.screening.function_words import likely_languages


@pytest.fixture(scope="module")
def retriever(prebuilt, embedder):
    return Retriever(prebuilt, embedder)


@pytest.mark.parametrize(
    "question",
    [
        "naltrexone for pathological gambling",
        "morphine dose for a broken engine",
        "Marlowe manoeuvre for shoulder dystocia",
        "Botox units for spasticity",
        "praziquandol 40 mg/kg schistosomiasis",
        "hepatorenal measles of Duarte vitamin A dose",
        "injection moulding temperature",
        "cow mastitis teat treatment",
        "goat vaccination schedule",
        "how to fix a leaking roof",
        "screen burn on a monitor",
        "neck of a guitar bent",
    ],
)
def test_a_question_that_shares_words_with_the_sources_stays_outside(retriever, question):
    found = retriever.search(question, 12)
    assert not found.about
    assert found.hits, "the nearest passages are shown all the same"


@pytest.mark.parametrize(
    "question",
    [
        "Comment réparer une voiture diesel ?",
        "¿Cuánto cuesta un motor diésel usado?",
        "Como trocar o óleo do motor diesel?",
        "A minha vaca tem mastite, o que dou?",
        "Comment payer mes impôts en ligne ?",
        "bébé de 10 jours qui ne tète plus, température 35,2",
    ],
)
def test_in_another_language_an_everyday_word_opens_nothing(retriever, question):
    assert not retriever.search(question, 12).about


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("Cesariana sem complicações: continuo antibiótico 5 dias?", {"caesarean-after-care"}),
        ("intoxicación por metanol, cuándo diálisis", {"methanol-and-alcohol-poisoning"}),
        (
            "Mgonjwa ana uti wa mgongo wa kriptokokasi, lini kuanza ARV?",
            {"cryptococcal-meningitis"},
        ),
        ("crisis asmática en un adulto: ¿dosis de prednisolona?", {"medicine-prednisolone"}),
    ],
)
def test_in_another_language_only_what_is_called_by_name_is_found(retriever, question, documents):
    found = retriever.search(question, 12)
    assert found.about
    assert {hit.passage.document for hit in found.hits} == documents


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


def test_an_attested_word_is_no_made_up_one_in_its_language():
    spoken = likely_languages("intoxicación por metanol, ¿cuándo diálisis?")
    assert not names_unknown("intoxicación, ¿cuándo diálisis?", ["diálisis"], spoken)
    assert names_unknown("¿dosis de larpidona?", ["larpidona"], spoken)
    assert names_unknown("fibromyalgia pain", ["fibromyalgia"], frozenset({"en"}))


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
