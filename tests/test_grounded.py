"""Grounded examples: each passes the check of a draft, and what is held out stays held out."""

import json
from collections import Counter
from random import Random

import pytest

from convert.__main__ import main
from convert.dialogues import find_faults, is_held_out, read_passages
from convert.grounded import make, make_examples, read_pools
from convert.questions import Wish, name_topic, phrase, read_conflicts, read_questions
from convert.shelf import open_shelf
from convert.verbs.examples import JUDGED, choose_judged
from elara_local.patient import fits, read_patient
from elara_local.prompts import silence
from elara_local.roles import ROLE_IDS, read_roles
from elara_local.settings import HANDBOOK

COUNT = 250


@pytest.fixture(scope="module")
def made():
    return make(HANDBOOK, 7, COUNT)


@pytest.fixture(scope="module")
def documents():
    return {p.text: p.document for held in read_passages(HANDBOOK).values() for p in held}


def homes_of(evidence, documents):
    """The documents that hold the lines of one numbered passage, which may have been cut."""
    lines = [line for line in evidence.text.split("\n") if line]
    return {d for text, d in documents.items() if lines and all(line in text for line in lines)}


def test_every_example_passes_the_checks_of_a_drafted_answer(made):
    assert len(made.examples) == COUNT
    assert [fault for e in made.examples for fault in find_faults(e)] == []


def test_roles_come_in_turn_and_every_kind_has_its_share(made):
    roles = Counter(e.role for e in made.examples)
    assert roles == dict.fromkeys(ROLE_IDS, COUNT // len(ROLE_IDS))
    kinds = Counter(e.kind for e in made.examples)
    assert 0.10 <= kinds["not in the sources"] / COUNT <= 0.24
    assert 0.01 <= kinds["conflict"] / COUNT <= 0.12
    assert len(made.left_out) >= 2 and all(made.left_out.values())


def test_the_same_seed_gives_the_same_examples_and_another_others(made):
    assert make_examples(HANDBOOK, 7, 20) == list(made.examples[:20])
    assert make_examples(HANDBOOK, 8, 20) != list(made.examples[:20])


def test_no_trained_example_shows_a_passage_of_a_held_out_document(made, documents):
    trained = [e for e in made.examples if not e.held_out]
    for example in trained:
        for item in example.evidence:
            homes = homes_of(item, documents)
            assert not homes or not all(is_held_out(home) for home in homes), example
    assert 0.1 < 1 - len(trained) / COUNT < 0.3


def test_answers_are_copied_with_marks_and_stand_at_any_number(made):
    numbers = Counter()
    for example in made.examples:
        if example.kind == "answer":
            found = [n for n, e in enumerate(example.evidence, 1) if f"[{n}]" in example.response]
            numbers.update(found)
            assert found, example
        elif example.kind == "not in the sources":
            assert example.response == silence()
    assert set(numbers) >= {1, 2, 3}
    assert any(
        len(set(e.response.split("[")[1:])) > 1 for e in made.examples if "[2]" in e.response
    )


def test_prompts_are_short_and_no_longer_than_a_role_allows(made):
    for example in made.examples:
        assert len(example.evidence) <= min(5, read_roles()[example.role].depth)
        assert sum(len(e.text.split()) for e in example.evidence) <= 260
        assert len(example.question.split()) <= 75


def test_where_nothing_answers_no_passage_holds_the_question(made):
    with open_shelf(read_passages(HANDBOOK)) as shelf:
        for example in made.examples:
            if example.kind == "not in the sources":
                asked = shelf.terms(example.question)
                lines = [f"{e.title}. {e.text}" for e in example.evidence if "\n" not in e.text]
                assert all(shelf.share(asked, line) < 1 for line in lines), example


def test_what_stands_near_is_from_the_handbook(made, documents):
    lines = {line for text in documents for line in text.split("\n")}
    shown = [line for e in made.examples for i in e.evidence for line in i.text.split("\n") if line]
    assert sum(any(part in line for line in lines) for part in shown[:200]) == len(shown[:200])


def test_a_question_is_put_in_many_ways():
    gaps = {"medicine": "amoxicillin", "indication": "pneumonia", "who": "child 1 to 5 years"}
    wish = Wish("dose", gaps, "medicine-amoxicillin", ("Amoxicillin for pneumonia, child: 1 g.",))
    asked = {role: {phrase(wish, role, Random(n)) for n in range(150)} for role in ROLE_IDS}
    assert all(len(ways) >= 12 for ways in asked.values())
    for question in set().union(*asked.values()):
        assert "amoxicillin" in question.casefold() and "pneumonia" in question.casefold()
        assert fits(read_patient(question), wish.answers[0])


def test_every_template_has_its_words():
    known = set("topic medicine indication who act case what subject lead words".split())
    gaps = {name: f"<{name}>" for name in known}
    for frame, lists in read_questions().items():
        for template in [t for templates in lists.values() for t in templates]:
            assert frame == "scene" or "<" in template.format(**gaps), template


def test_both_sides_of_a_difference_name_their_guideline(documents):
    found = list(read_conflicts(read_passages(HANDBOOK)["sore-throat-and-rheumatic-fever"]))
    said = [" ".join(wish.answers) for wish in found]
    assert any("AHA 2009" in text and "MSF 2024" in text for text in said)


def test_pools_hold_every_kind():
    with open_shelf(read_passages(HANDBOOK)) as shelf:
        pools = read_pools(HANDBOOK, shelf)
    assert all(pools[kind] for kind in ("form", "heading", "card", "dose", "differ", "untold"))
    assert set(pools["form"]) >= {"dose", "forbidden", "case", "suspect", "refer", "why", "key"}
    assert name_topic("Heart attack (acute coronary syndrome)") == "heart attack"
    assert name_topic("HIV: first visit") == "HIV, first visit"


def test_the_verb_counts_and_writes_what_adapters_are_judged_by(tmp_path, capsys, made):
    out = tmp_path / "held-out.jsonl"
    assert main(["examples", "--json", "--held-out", "--count", "50", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    records = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert told["examples"] == len(records) and {r["half"] for r in records} == {"held out"}
    assert not list(tmp_path.glob("*.part"))
    assert max(Counter(e.role for e in choose_judged(made.examples)).values()) <= JUDGED
