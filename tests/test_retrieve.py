"""Search and gate on the prebuilt index, with the real embedder."""

import pytest

from elara_local.retrieve import Retriever


@pytest.fixture(scope="module")
def retriever(prebuilt, embedder):
    return Retriever(prebuilt, embedder)


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("child 15 kg severe malaria artesunate dose?", "severe-malaria"),
        ("magnesium for eclampsia", "pre-eclampsia-and-eclampsia"),
        ("snake bite with swollen leg", "snakebite"),
        ("newborn not breathing at birth", "neonatal-resuscitation"),
        ("rabies vaccine after a dog bite", "rabies-exposure"),
        ("cholera with shock, adult, how much fluid", "cholera"),
        ("PPH oxytocin", "postpartum-haemorrhage"),
        ("paludisme grave artésunate", "severe-malaria"),
        ("degedege la malaria", "severe-malaria"),
    ],
)
def test_the_right_topic_stands_first(retriever, question, document):
    found = retriever.search(question, 3)
    assert found.about
    assert found.hits[0].passage.document == document


@pytest.mark.parametrize(
    "question",
    [
        "how do I repair a bicycle tyre?",
        "what is the capital of France",
        "dose of blorptinib in adults",
        "dose of zorvastatin for a child with malaria",
        "imatinib dose for chronic myeloid leukaemia",
        "posaconazole for lung fungus",
        "ankylosing spondylitis treatment",
        "write me a poem about rain",
        "xyzzy",
    ],
)
def test_other_matters_do_not_pass_the_gate(retriever, question):
    found = retriever.search(question, 3)
    assert not found.about
    assert found.hits, "the nearest passages are shown all the same"


def test_a_story_told_at_length_is_answered_and_a_short_strange_disease_is_not(retriever):
    story = "8 yr old stung by bee 10 minutes ago, lips swelling and wheezing, adrenaline dose?"
    found = retriever.search(story, 12)
    assert found.about and found.hits[0].passage.document == "anaphylaxis"
    assert not retriever.search("acute sarcoidosis attack treatment", 12).about


def test_a_misspelling_is_read_and_said(retriever):
    found = retriever.search("artesunat dose in sever malaria", 3)
    assert found.corrected["artesunat"] == "artesunate"
    assert found.about and found.hits[0].passage.document == "severe-malaria"


@pytest.mark.parametrize("drug", ["ketamine", "prednisone", "quinidine", "clonidine"])
def test_the_name_of_a_medicine_is_never_corrected_to_another_word(retriever, drug):
    assert drug not in retriever.search(f"{drug} dose", 3).corrected


def test_hits_are_in_order_and_scored_in_bounds(retriever):
    hits = retriever.search("convulsions in a child with fever", 20).hits
    assert len(hits) == 20
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert all(0 <= h.score <= 1 and 0 <= h.keyword <= 1 for h in hits)


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("Nimonia kwa mtoto: lini kumpa rufaa ya haraka?", True),
        ("¿Qué hago con una mordedura de serpiente en el pie?", True),
        ("Dawa ya zolvatrexin kwa mtoto mwenye nimonia", False),
        ("Fièvre de Borvalie : combien de jours d'isolement ?", False),
        ("¿Cómo preparo un ceviche para seis personas?", False),
    ],
)
def test_in_another_language_a_name_of_the_document_opens_the_gate(retriever, question, about):
    assert retriever.search(question, 3).about == about


def test_a_rare_disease_is_not_read_as_another(retriever):
    found = retriever.search("endometriosis pain which tablets", 3)
    assert "endometriosis" not in found.corrected and not found.about
