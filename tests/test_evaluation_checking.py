"""The grounding suite: what it reads, how it judges, and the handbook's own figures."""

import pytest

from elara_local.errors import Missing
from elara_local.evaluation.checking import (
    NAMED,
    SUITE,
    draw,
    is_named,
    judge,
    read_items,
    read_paraphrases,
)
from elara_local.evaluation.mutations import KINDS
from elara_local.evaluation.sourced import NAMES, Sourced, read_sourced
from elara_local.evaluation.suites import Bench
from elara_local.grounding.check import check_sentence
from elara_local.records import Evidence, Verdict
from tests.conftest import shared_data

EACH = 40
TEXT = "Give amoxicillin 500 mg every 8 hours for 5 days."
SOURCED = Sourced(TEXT, Evidence("s1", TEXT), Evidence("s1", f"{TEXT} Give zinc 20 mg daily."))


@pytest.fixture(scope="module")
def handbook():
    return read_sourced("handbook", None, 7)


def test_the_sentences_of_the_handbook_are_read_in_an_order_of_the_seed(handbook):
    assert len(handbook) > 10_000
    assert handbook[:50] == read_sourced("handbook", None, 7)[:50]
    assert handbook[:50] != read_sourced("handbook", None, 8)[:50]
    assert {s.half for s in handbook[:50]} == {"dev", "test"}
    assert all(s.text in " ".join(s.document.text.split()) for s in handbook[:50])


def test_every_sentence_of_the_handbook_may_be_shown_word_for_word(handbook):
    refused = [s.text for s in handbook if check_sentence(s.text, [s.passage]).support != "quoted"]
    assert refused == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "deletion"])
def test_almost_no_false_sentence_of_the_handbook_passes(kind, handbook):
    cases = [judge("handbook", kind, *pair) for pair in draw(kind, handbook, 7, EACH)]
    assert len(cases) == EACH
    assert [case.note for case in cases if case.note] == []


@pytest.mark.parametrize("name", NAMES[1:])
def test_public_sentences_are_read_and_quoted(name):
    folder = shared_data("pubmedqa").parent
    found = read_sourced(name, folder, 7)[:300]
    refused = [s.text for s in found if not check_sentence(s.text, [s.passage]).passed]
    assert len(found) == 300
    assert [text for text in refused if "http" not in text and "www." not in text] == []


def test_public_sentences_without_their_folder_are_missing():
    with pytest.raises(Missing):
        read_sourced("PubMedQA", None, 7)
    items = list(read_items(Bench(lambda: None)))
    assert len({item.id for item in items}) == len(items)
    assert not [item.id for item in items if item.id.startswith(("PubMedQA", "MedQuAD"))]


def test_a_false_sentence_is_judged_against_passage_and_document():
    case = judge("handbook", "number", SOURCED, TEXT.replace("500", "50"))
    assert case.values == {
        "number refused": 1.0,
        "number refused, whole document": 1.0,
        "number named": 1.0,
    }
    passed = judge("handbook", "number", SOURCED, TEXT)
    assert passed.values == {"number refused": 0.0, "number refused, whole document": 0.0}
    assert passed.note.startswith("passed: ")


def test_a_change_into_another_sentence_of_the_document_is_not_drawn():
    both = "Give zinc 10 mg daily now. Give zinc 20 mg daily now."
    source = Sourced("Give zinc 20 mg daily now.", Evidence("s1", both), Evidence("s1", both))
    made = {m for seed in range(60) for _, m in draw("number", [source], seed)}
    assert made
    assert "Give zinc 10 mg daily now." not in made


def test_a_reason_is_named_rightly_only_by_its_class():
    verdict = Verdict("unsupported", ("route: 'IV' is not what the source says",))
    assert is_named("route", verdict)
    assert not is_named("drug", verdict)
    assert set(NAMED) == {*KINDS, "citation"}


def test_the_paraphrases_have_two_halves_and_the_goals_name_every_class():
    found = read_paraphrases()
    assert len(found) >= 300
    assert {p.half for p in found} == {"dev", "test"}
    assert {f"{kind} refused" for kind in KINDS} <= set(SUITE.goals)
