"""ALCE's definitions on cases made by hand, with a judge whose verdicts are known."""

import numpy as np
import pytest

from elara_local.evaluation.citation_quality import is_supported, judge_by, measure_citations
from elara_local.records import Evidence, Sentence

PASSAGES = {name: Evidence(name, text) for name, text in {
    "s1": "zinc", "s2": "salts", "s3": "malaria", "s4": "zinc again",
}.items()}  # fmt: skip


def judge(text, cited):
    """True when every word of the sentence stands in what it cites."""
    told = " ".join(evidence.text for evidence in cited).split()
    return set(text.split()) <= set(told)


def measure(*sentences):
    made = [Sentence(text, tuple(citations)) for text, citations in sentences]
    found = measure_citations(made, PASSAGES, judge)
    return found.recall, found.precision


def test_a_supported_sentence_with_its_one_citation_is_whole():
    assert measure(("zinc", ["s1"])) == (1, 1)


def test_a_sentence_without_a_citation_counts_0():
    assert measure(("zinc", []), ("zinc", ["s1"])) == (0.5, 1)


def test_a_citation_of_no_passage_counts_0():
    assert measure(("zinc", ["s9"])) == (0, 0)
    assert measure(("zinc", ["s1", "s9"])) == (0, 0)


def test_an_unsupported_sentence_makes_its_citations_wrong():
    assert measure(("malaria", ["s1", "s2"]), ("zinc", ["s1"])) == (0.5, pytest.approx(1 / 3))


def test_a_superfluous_citation_lowers_precision_alone():
    assert measure(("zinc", ["s1", "s3"])) == (1, 0.5)


def test_two_that_each_support_alone_are_both_needed_by_the_definition():
    assert measure(("zinc", ["s1", "s4"])) == (1, 1)


def test_two_that_support_only_together_are_both_needed():
    assert measure(("zinc salts", ["s1", "s2"])) == (1, 1)
    assert measure(("zinc salts", ["s1", "s2", "s3"])) == (1, pytest.approx(2 / 3))


def test_an_empty_answer_has_nothing():
    assert measure() == (0, 0)


def test_the_grounding_check_is_the_judge_by_default():
    source = Evidence("s1", "Give zinc 20 mg once daily for 10 days.", "Diarrhoea")
    assert is_supported("Give zinc 20 mg once daily for 10 days.", [source])
    assert not is_supported("Give zinc 200 mg once daily for 10 days.", [source])
    found = measure_citations([Sentence("Give zinc 20 mg daily.", ("s1",))], {"s1": source})
    assert found.recall in (0, 1) and found.precision == found.recall


def test_an_entailment_model_reads_all_cited_passages_at_once():
    class Reading:
        """Entails what stands in the premise."""

        def judge(self, pairs):
            return np.array([[1, 0, 0] if h in p else [0, 1, 0] for p, h in pairs], np.float32)

    ask = judge_by(Reading())
    one, two = Evidence("s1", "zinc", "Diarrhoea"), Evidence("s2", "salts")
    assert ask("salts", [one, two]) and ask("Diarrhoea", [one]) and not ask("salts", [one])


def test_a_passages_own_heading_is_no_claim():
    source = Evidence("s1", "Give zinc 20 mg once daily.", "Diarrhoea", "Treatment › Zinc")
    for lead in ("Zinc", "Diarrhoea › Zinc", "Diarrhoea › Treatment › Zinc"):
        assert is_supported(f"{lead}: Give zinc 20 mg once daily.", [source])
        assert not is_supported(f"{lead}: Give zinc 200 mg once daily.", [source])
    assert not is_supported("Never do this: Give zinc 20 mg once daily.", [source])
