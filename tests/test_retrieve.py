"""Search and gate on the prebuilt index, with the real embedder."""

import pytest

from elara_local.retrieve import FUSIONS, Retriever, fuse


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
        ("zinc in diarrhoea, 8 month old", "diarrhoea-dehydration-child"),
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
        "sofosbuvir for hepatitis C",
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
    assert not retriever.search("acute gout attack treatment", 12).about


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


@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_fusion_stays_in_bounds(fusion):
    fused = fuse({1: 9.0, 2: 3.0, 3: 1.0}, {1: 0.2, 3: 0.9, 4: 0.5}, fusion)
    assert fused and all(0 <= score <= 1.0000001 for score in fused.values())


def test_fusion_by_hand():
    mean = fuse({1: 10.0, 2: 0.0}, {1: 0.0, 2: 1.0, 3: 0.5}, "mean")
    assert mean == {1: 0.5, 2: 0.5, 3: 0.25}
    rrf = fuse({1: 2.0, 2: 1.0}, {1: 0.9}, "rrf")
    assert rrf[1] == pytest.approx(1.0)
    assert rrf[2] == pytest.approx(61 / 62 / 2)
    assert fuse({}, {}, "mean") == {}
    assert fuse({7: 3.0}, {7: 0.1}, "mean") == {7: 1.0}
