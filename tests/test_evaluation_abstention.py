"""The questions of the abstention suite, and how an answer to them is counted."""

import re
from collections import Counter

import pytest

from elara_local.assistant import Assistant
from elara_local.engines.chat.quoting import Quoting
from elara_local.evaluation.abstention import MARK, SUITE, judge, read_fakes
from elara_local.records import Provenance
from elara_local.retrieve import Retriever
from elara_local.roles import read_roles
from elara_local.settings import HANDBOOK

FAKES = read_fakes()


@pytest.fixture(scope="module")
def assistant(prebuilt, embedder):
    """An assistant on the committed index that answers in exact quotes."""
    quoting = {"quoting": Quoting(embedder)}
    return Assistant(Retriever(prebuilt, embedder), quoting, "quoting", read_roles(), Provenance())


def test_there_are_enough_questions_in_balanced_halves():
    metrics = Counter(fake.metric for fake in FAKES)
    assert metrics["refused"] >= 240 and metrics["answered_misspelt"] >= 60
    assert metrics["off_topic"] >= 60 and metrics["foreign"] >= 90
    kinds = Counter((fake.kind, fake.half) for fake in FAKES)
    assert all(abs(kinds[kind, "dev"] - kinds[kind, "test"]) <= 1 for kind, _ in kinds)
    assert len({fake.text.casefold() for fake in FAKES}) == len(FAKES)


def test_what_is_marked_as_absent_stands_nowhere_in_the_handbook():
    files = [*HANDBOOK.glob("*.md"), *HANDBOOK.rglob("*.toml")]
    handbook = "\n".join(path.read_text(encoding="utf-8") for path in files)
    for fake in FAKES:
        for name, meant in fake.marks:
            held = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", handbook, re.IGNORECASE)
            assert meant or not held, fake.text


def test_marks_are_read_and_taken_away():
    assert MARK.sub(r"\1", "{amoxcillin>amoxicillin} dose") == "amoxcillin dose"
    assert all(fake.marks for fake in FAKES if fake.metric in ("refused", "answered_misspelt"))
    assert not any("{" in fake.text or ">" in fake.text for fake in FAKES)


def test_an_answer_is_counted_for_a_real_question_and_against_a_fake(assistant):
    real, fake = "paracetamol overdose antidote", "dose of zolvatrexin in adults"
    assert judge(assistant, real, "answered", ()).values == {"answered": 1.0}
    assert judge(assistant, fake, "refused", ()).values == {"refused": 1.0}
    missed = judge(assistant, real, "refused", ("dev",))
    assert missed.values == {"refused": 0.0} and real in missed.note


def test_a_sample_of_fakes_is_refused_and_of_misspelt_ones_answered(assistant):
    """A floor under what was measured on all of them (docs/decisions.md)."""
    for metric, least in (("refused", 0.9), ("answered_misspelt", 0.95), ("foreign", 0.9)):
        sample = [fake for fake in FAKES if fake.metric == metric][::10]
        found = [judge(assistant, fake.text, metric, ()).values[metric] for fake in sample]
        assert sum(found) / len(found) >= least, metric


def test_the_goals_are_those_that_were_asked_for():
    assert SUITE.goals["refused"].value == 0.8
    assert SUITE.goals["answered"].value == SUITE.goals["answered_misspelt"].value == 0.95
    assert SUITE.goals["refused_unanswerable"].value == 1.0
