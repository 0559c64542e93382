"""The grounding check: tables of claims, one-change mutations, and failing closed."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elara_local.grounding.check import check, check_sentence
from elara_local.grounding.drugs import read_drugs
from elara_local.records import Evidence
from elara_local.text import sentence_spans
from tests.grounding_cases import read_cases, read_sources
from tests.grounding_mutations import KINDS, mutations

CASES = read_cases()
SOURCES = [s for s in read_sources() if "http" not in s and "Ignore" not in s]
SENTENCES = [(s[a:b], s) for s in SOURCES for a, b in sentence_spans(s)]
LARGEST_FALSE_ALARM_SHARE = 0.10


def of(mark: str) -> list:
    return [pytest.param(case, id=case.claim[:60]) for case in CASES if case.mark == mark]


def test_the_tables_are_large_enough():
    assert len(of("-")) >= 150
    assert len(of("+")) >= 40
    assert len(SENTENCES) >= 60


@pytest.mark.parametrize("case", of("="))
def test_a_claim_that_says_the_same_passes(case):
    verdict = check_sentence(case.claim, [case.evidence])
    assert verdict.passed, verdict.reasons


@pytest.mark.parametrize("case", of("-"))
def test_a_claim_that_says_something_else_is_refused_with_a_reason(case):
    verdict = check_sentence(case.claim, [case.evidence])
    assert not verdict.passed
    assert verdict.reasons


def test_most_paraphrases_pass():
    cases = [case for case in CASES if case.mark in "+="]
    refused = [c.claim for c in cases if not check_sentence(c.claim, [c.evidence]).passed]
    assert len(refused) / len(cases) <= LARGEST_FALSE_ALARM_SHARE, refused


@pytest.mark.parametrize("kind", KINDS)
def test_every_sentence_with_one_change_is_refused(kind):
    made = [(m, source) for text, source in SENTENCES for m in mutations(kind, text)]
    passed = [m for m, source in made if check(m, source).passed]
    assert len(made) >= 15
    assert passed == []


@pytest.mark.parametrize(("text", "source"), SENTENCES)
def test_a_whole_sentence_word_for_word_is_a_quotation(text, source):
    assert check(text, source).support == "quoted"
    assert check("  " + text.replace(" ", "   "), source).support == "quoted"


DRUGS = sorted(read_drugs())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SENTENCES), st.sampled_from(DRUGS))
def test_a_drug_that_the_source_does_not_name_is_refused(pair, other):
    text, source = pair
    known = read_drugs()
    for name in [n for n in DRUGS if len(n) > 4 and f" {n} " in f" {text} "]:
        same = known[name] == known[other] or other in name or name in other
        if not same:
            assert not check(text.replace(name, other), source).passed


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SENTENCES), st.sampled_from(SENTENCES))
def test_a_dose_of_another_source_is_refused(pair, other):
    if pair[1] != other[1] and re.search(r"\d", pair[0]):
        assert not check(pair[0], other[1]).passed


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SENTENCES), st.sampled_from(SENTENCES))
def test_a_foreign_sentence_added_is_refused(pair, other):
    if pair[1] != other[1] and not check(other[0], pair[1]).passed:
        assert not check(f"{pair[0]} {other[0]}", pair[1]).passed
        assert not check(f"{pair[0].rstrip('.')} and {other[0]}", pair[1]).passed


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_gets_a_verdict(claim, source):
    verdict = check(claim, source)
    assert verdict.passed or verdict.reasons


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SENTENCES), st.integers(0, 30), st.integers(0, 30))
def test_a_cut_that_loses_a_number_a_drug_or_a_negation_is_no_quotation(pair, left, right):
    text, source = pair
    parts = text.split()
    kept = " ".join(parts[left : len(parts) - right])
    verdict = check(kept, source)
    lost = set(parts) - set(kept.split())
    if lost & {"not", "never", "unless", "only", "without", "Do", "under", "maximum"}:
        assert verdict.support != "quoted" or f" {kept} " in f" {source} ".replace(text, "")


class FixedEmbedder:
    """Gives every pair of texts the same cosine."""

    def __init__(self, cosine: float) -> None:
        self.rows = np.array([[1, 0], [cosine, (1 - cosine**2) ** 0.5]], dtype=np.float32)

    def embed(self, texts):
        return self.rows[: len(texts)]


class BrokenEmbedder:
    def embed(self, texts):
        raise RuntimeError("no model")


SOURCE = Evidence("s1", "Give amoxicillin 500 mg every 8 hours for 5 days.")
SAME = "Amoxicillin 500 mg is given three times daily for 5 days."
OTHER = "Amoxicillin 250 mg is given three times daily for 5 days."


def test_the_embedder_may_refuse_and_never_rescues():
    assert check_sentence(SAME, [SOURCE], FixedEmbedder(0.9)).support == "supported"
    assert not check_sentence(SAME, [SOURCE], FixedEmbedder(0.1)).passed
    assert not check_sentence(OTHER, [SOURCE], FixedEmbedder(1.0)).passed


def test_an_error_inside_counts_as_a_fail():
    verdict = check_sentence(SAME, [SOURCE], BrokenEmbedder())
    assert verdict.support == "unsupported"
    assert verdict.reasons == ("the check failed",)


def test_no_citation_is_no_support():
    verdict = check_sentence(SOURCE.text, [])
    assert verdict.reasons == ("citation: it cites no passage",)


def test_a_citation_of_another_passage_does_not_count():
    zinc = Evidence("s2", "Zinc 20 mg daily is given for 10 days.")
    assert not check_sentence(SAME, [zinc]).passed
    assert check_sentence(SAME, [zinc, SOURCE]).passed


def test_the_convenience_reads_its_own_mark_and_no_other():
    assert check(f"{SAME} [1]", SOURCE.text).passed
    assert not check(f"{SAME} [2]", SOURCE.text).passed


REASONS = [
    ("Amoxicillin 250 mg every 8 hours for 5 days.", "number"),
    ("Amoxicillin 500 g every 8 hours for 5 days.", "unit|number"),
    ("Amoxicillin 500 mg/kg every 8 hours for 5 days.", "basis"),
    ("Amoxicillin 500 mg every 6 hours for 5 days.", "frequency"),
    ("Amoxicillin IV 500 mg every 8 hours for 5 days.", "route"),
    ("Ampicillin 500 mg every 8 hours for 5 days.", "drug"),
    ("Do not give amoxicillin 500 mg every 8 hours for 5 days.", "negation"),
    ("Amoxicillin 500 mg may be given every 8 hours for 5 days.", "modality"),
    ("Children take amoxicillin 500 mg every 8 hours for 5 days.", "population"),
    ("Amoxicillin up to 500 mg every 8 hours for 5 days.", "comparator"),
    ("Amoxicillin 500 mg every 8 hours for 5 days cures typhoid.", "content"),
    ("Amoxicillin 500 mg every 8 hours within 5 days.", "duration"),
]


@pytest.mark.parametrize(("claim", "name"), REASONS)
def test_the_reason_names_what_failed(claim, name):
    reasons = check_sentence(claim, [SOURCE]).reasons
    assert any(reason.split(":")[0] in name.split("|") for reason in reasons), reasons


LISTED = """Severe dengue

Do not give:
- aspirin
- ibuprofen

Give paracetamol for fever. Do not
give steroids.
"""


def test_a_list_item_carries_the_line_that_leads_into_it():
    assert not check("Give aspirin.", LISTED).passed
    assert not check("aspirin", LISTED).passed
    assert check("Do not give aspirin.", LISTED).passed
    assert check("Give paracetamol for fever.", LISTED).support == "quoted"


def test_a_line_broken_inside_a_sentence_is_joined():
    assert not check("give steroids.", LISTED).passed
    assert check("Do not give steroids.", LISTED).support == "quoted"
