"""Where examples come from: held-out topics are never learned from, and no line is believed."""

import dataclasses
import json

import pytest

from convert.dialogues import EXAMPLES, read_examples
from convert.training.settings import Training, as_record
from convert.training.sources import (
    choose_role,
    digest,
    draw,
    part_of,
    read_lines,
    read_sources,
    split,
)
from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.roles import ROLE_IDS
from elara_local.settings import HANDBOOK


@pytest.fixture(scope="module")
def dialogues():
    return read_examples(EXAMPLES, HANDBOOK)


@pytest.fixture(scope="module")
def both():
    return read_sources(["dialogues", "grounded:60"], seed=7)


def write(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def test_no_topic_stands_in_two_parts_and_none_that_is_judged_is_learned_from(both):
    parts = split(both)
    topics = [
        {example.topic for example in held}
        for held in (parts.training, parts.validation, parts.held_out)
    ]
    assert all(topics)
    assert not topics[0] & topics[1] and not topics[0] & topics[2] and not topics[1] & topics[2]
    assert not any(e.held_out for e in (*parts.training, *parts.validation))
    assert all(e.held_out for e in parts.held_out)
    assert sum(map(len, (parts.training, parts.validation, parts.held_out))) == len(both)


def test_the_part_of_an_example_is_that_of_its_topic_in_every_source(both):
    found = {}
    for example in both:
        assert found.setdefault(example.topic, part_of(example)) == part_of(example)
    assert {"dialogues", "grounded"} == {
        "grounded" if e.file == "grounded" else "dialogues" for e in both
    }


def test_a_role_gets_its_own_examples_and_all_gets_all(dialogues):
    assert choose_role(dialogues, "all") == dialogues
    parts = [choose_role(dialogues, role) for role in ROLE_IDS]
    assert sum(map(len, parts)) == len(dialogues)
    assert all(e.role == role for role, part in zip(ROLE_IDS, parts, strict=True) for e in part)


@pytest.mark.parametrize("role", ["nurse", "emergency"])
def test_a_role_that_is_unknown_or_has_no_example_is_refused(dialogues, role):
    others = [e for e in dialogues if e.role != "emergency"]
    with pytest.raises(WrongUse, match=role):
        choose_role(others, role)


def test_lines_that_the_program_wrote_are_read_as_they_were(dialogues, tmp_path):
    records = [dataclasses.asdict(example) for example in dialogues[:9]]
    assert read_lines(write(tmp_path / "some.jsonl", *records)) == dialogues[:9]
    assert read_sources([str(tmp_path / "some.jsonl"), "dialogues:9"], 7) == dialogues[:9]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"response": "Give aspirin 3000 mg now. [1]"}, "fails its check"),
        ({"response": "A sentence without a mark."}, "no mark"),
        ({"role": "nurse"}, "not known"),
        ({"evidence": "none"}, "no example"),
        ({"evidence": [{"id": "s1", "words": "?"}]}, "no example"),
    ],
)
def test_a_line_that_fails_is_refused_with_its_number(dialogues, tmp_path, change, why):
    good = dataclasses.asdict(dialogues[0])
    path = write(tmp_path / "some.jsonl", good, {**good, **change})
    with pytest.raises(WrongFile, match=f"Line 2 of some.jsonl: .*{why}"):
        read_lines(path)


def test_a_line_without_a_field_or_without_json_is_refused(dialogues, tmp_path):
    record = dataclasses.asdict(dialogues[0])
    del record["question"]
    with pytest.raises(WrongFile, match="question"):
        read_lines(write(tmp_path / "some.jsonl", record))
    (tmp_path / "other.jsonl").write_text("{", "utf-8")
    with pytest.raises(WrongFile, match="Line 1"):
        read_lines(tmp_path / "other.jsonl")


def test_what_is_no_source_is_refused(tmp_path):
    with pytest.raises(WrongUse, match="'notes.txt'"):
        read_sources(["notes.txt"], 7)
    with pytest.raises(WrongUse, match="grounded:many"):
        read_sources(["grounded:many"], 7)
    with pytest.raises(Missing, match="absent.jsonl"):
        read_sources([str(tmp_path / "absent.jsonl")], 7)


def test_the_hash_tells_one_changed_word_and_the_drawn_are_always_the_same(dialogues):
    changed = [dataclasses.replace(dialogues[0], question="Another?"), *dialogues[1:]]
    assert digest(changed) != digest(dialogues) == digest(list(dialogues))
    assert draw(dialogues, 5) == draw(dialogues[::-1], 5)
    assert len(draw(dialogues, 10_000)) == len(dialogues)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rank": 0},
        {"rate": 0.0},
        {"rate": float("nan")},
        {"dropout": 1.0},
        {"warmup": 1.5},
        {"batch": 0},
        {"longest": 3},
        {"precision": "fp8"},
        {"targets": ()},
    ],
)
def test_settings_that_no_run_can_have_are_refused(wrong):
    with pytest.raises(WrongUse):
        Training(**wrong)


def test_settings_go_into_json():
    assert json.loads(json.dumps(as_record(Training(layers=(3, 4)))))["layers"] == [3, 4]
