"""Which questions the passages found are about, on the prebuilt index with the real embedder."""

import pytest

from elara_local.gate import names_unknown
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
    "question",
    [
        "toddler pulled boiling water over chest and arms",
        "man shouting, hears voices, threatens staff",
        "farmer found drooling small pupils sweating after spraying",
    ],
)
def test_what_happened_to_a_person_opens_where_the_passages_agree(retriever, question):
    assert retriever.search(question, 12).about


def test_an_attested_word_is_no_made_up_one_in_its_language():
    spoken = likely_languages("intoxicación por metanol, ¿cuándo diálisis?")
    assert not names_unknown("intoxicación, ¿cuándo diálisis?", ["diálisis"], spoken)
    assert names_unknown("¿dosis de larpidona?", ["larpidona"], spoken)
    assert names_unknown("fibromyalgia pain", ["fibromyalgia"], frozenset({"en"}))
