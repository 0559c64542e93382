"""What models of meaning may do to a verdict: refuse, and rescue ordinary words alone."""

import numpy as np
import pytest

from elara_local.grounding.check import check_sentence
from elara_local.grounding.meaning import LOWEST_COSINE, RULES_ALONE, Meaning, Nearness
from elara_local.records import Evidence


class FixedEmbedder:
    """Gives every pair of texts the same cosine."""

    def __init__(self, cosine):
        self.rows = np.array([[1, 0], [cosine, (1 - cosine**2) ** 0.5]], dtype=np.float32)

    def embed(self, texts):
        return self.rows[: len(texts)]


class FixedEntailment:
    """Gives every pair the same row; remembers the pairs."""

    def __init__(self, entailed, contradicted=0.0):
        self.row = [entailed, 1 - entailed - contradicted, contradicted]
        self.pairs = []

    def judge(self, pairs):
        self.pairs += pairs
        return np.array([self.row] * len(pairs), dtype=np.float32)


NEAR, FAR = FixedEmbedder(0.9), FixedEmbedder(0.2)
SURE, UNSURE = FixedEntailment(0.99), FixedEntailment(0.6)
SOURCE = "Give amoxicillin 500 mg every 8 hours for 5 days to adults with a chest infection."
SAME = "Adults with a chest infection receive amoxicillin 500 mg every 8 hours for 5 days."
# One ordinary word that the source does not have.
NEW_WORD = "Give amoxicillin 500 mg every 8 hours for 5 days to adults with an abdominal infection."
WORDS_ALONE = [
    "content: 'abdomen' is not in the source sentence",
    "content: the source says 'enlarged', the sentence leaves it out",
]


def verdict(claim, embedder=None, entailment=None, source=SOURCE):
    return check_sentence(claim, [Evidence("s1", source)], embedder, entailment)


def test_a_contradiction_refuses_what_the_rules_let_pass():
    assert verdict(SAME, NEAR, FixedEntailment(0.3, 0.4)).support == "supported"
    refused = verdict(SAME, NEAR, FixedEntailment(0.1, 0.8))
    assert refused.reasons == ("content: the source sentence contradicts it",)
    assert verdict(SAME, None, FixedEntailment(0.1, 0.8)).support == "unsupported"


def test_the_source_is_the_premise():
    engine = FixedEntailment(0.9)
    verdict(SAME, NEAR, engine)
    assert engine.pairs == [(SOURCE, SAME)]


def test_a_quotation_needs_no_model():
    assert verdict(SOURCE, FAR, FixedEntailment(0.0, 1.0)).support == "quoted"


@pytest.mark.parametrize("number", [float("nan"), 1.0])
def test_what_is_no_probability_refuses(number):
    assert not verdict(SAME, NEAR, FixedEntailment(0.0, number)).passed


def test_a_broken_model_refuses():
    class Broken:
        def judge(self, pairs):
            raise RuntimeError("no model")

    assert verdict(SAME, NEAR, Broken()).reasons == ("the check failed",)


def test_ordinary_words_are_forgiven_only_when_both_models_agree():
    assert Meaning(NEAR, SURE).forgives(WORDS_ALONE, NEW_WORD, SOURCE)
    for meaning in (Meaning(NEAR, UNSURE), Meaning(FAR, SURE), Meaning(NEAR), Meaning(None, SURE)):
        assert not meaning.forgives(WORDS_ALONE, NEW_WORD, SOURCE)
    assert not RULES_ALONE.forgives(WORDS_ALONE, NEW_WORD, SOURCE)


def test_nearness_alone_never_rescues():
    assert not verdict(NEW_WORD).passed
    assert not verdict(NEW_WORD, FixedEmbedder(1.0)).passed


@pytest.mark.parametrize(
    "fault",
    [
        "number: '250 mg' is not what the source says",
        "drug: ampicillin is not in the source sentence",
        "negation: one says not to do it, the other does not",
        "modality: 'may' is not the same as 'should' or 'must'",
        "population: child is not whom the source means",
        "order: 'chest' stands with other words in the source",
        "condition: the source says 'severe'",
        "content: 'withhold' is not in the source sentence",  # turns an order round
        "content: 'severe' is not in the source sentence",  # narrows
        "content: 'augmentin' is not in the source sentence",  # may be a brand
        "content: its meaning is far from the source sentence",
    ],
)
def test_no_other_fault_is_forgiven(fault):
    certain = Meaning(FixedEmbedder(1.0), FixedEntailment(1.0))
    assert not certain.forgives([fault], NEW_WORD, SOURCE)
    assert not certain.forgives([WORDS_ALONE[0], fault], NEW_WORD, SOURCE)


def test_many_words_are_not_forgiven():
    certain = Meaning(FixedEmbedder(1.0), FixedEntailment(1.0))
    assert not certain.forgives(WORDS_ALONE * 2, NEW_WORD, SOURCE)
    assert not certain.forgives([], NEW_WORD, SOURCE)


@pytest.mark.parametrize(
    "claim",
    [
        "Adults with a chest infection receive amoxicillin 250 mg every 8 hours for 5 days.",
        "Adults with a chest infection receive ampicillin 500 mg every 8 hours for 5 days.",
        "Children with a chest infection receive amoxicillin 500 mg every 8 hours for 5 days.",
        "Adults with a chest infection receive amoxicillin 500 mg every 12 hours for 5 days.",
        "Do not give amoxicillin 500 mg every 8 hours for 5 days to adults with a chest infection.",
        "Adults may receive amoxicillin 500 mg every 8 hours for 5 days for a chest infection.",
    ],
)
def test_models_that_are_sure_change_nothing_about_a_wrong_fact(claim):
    assert not verdict(claim, FixedEmbedder(1.0), FixedEntailment(1.0)).passed


def test_nearness_obeys_the_port_of_entailment():
    for cosine in (-1.0, LOWEST_COSINE, 0.7, 1.0):
        rows = Nearness(FixedEmbedder(cosine)).judge([("a", "b"), ("c", "d")])
        assert rows.shape == (2, 3)
        assert np.allclose(rows.sum(axis=1), 1)
        assert not rows[:, 2].any()
    near, far = (Nearness(FixedEmbedder(c)).judge([("a", "b")])[0, 0] for c in (0.9, 0.3))
    assert near > 0.8
    assert far == 0
    assert Nearness(NEAR).judge([]).shape == (0, 3)
