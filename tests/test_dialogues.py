"""Training examples: every one passes the checks of a drafted answer, and a wrong one does not."""

from collections import Counter
from dataclasses import replace

import pytest

from convert.dialogues import (
    EXAMPLES,
    count,
    find_faults,
    find_passage,
    read_examples,
    read_passages,
)
from elara_local.errors import WrongFile
from elara_local.settings import HANDBOOK
from index.handbook import SPECIALTIES


@pytest.fixture(scope="module")
def examples():
    return read_examples(EXAMPLES, HANDBOOK)


@pytest.fixture(scope="module")
def aspirin(examples):
    return next(e for e in examples if e.topic == "heart-attack" and "Aspirin how" in e.question)


def test_every_example_passes_the_checks_of_a_drafted_answer(examples):
    assert [(e.file, e.question, fault) for e in examples for fault in find_faults(e)] == []


def test_no_question_is_asked_twice_in_a_role(examples):
    asked = Counter((e.question.casefold(), e.role) for e in examples)
    assert [question for question, times in asked.items() if times > 1] == []


def test_a_file_is_a_specialty_and_its_topics_exist(examples):
    slugs = {specialty.replace(" ", "-") for specialty in SPECIALTIES}
    assert {e.file for e in examples} <= slugs
    assert {e.topic for e in examples} <= set(read_passages(HANDBOOK))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("150 to 300 mg", "1500 to 3000 mg", "fails its check"),
        ("not enteric", "enteric", "fails its check"),
        ("an adult", "a child", "fails its check"),
        ("[1]", "", "no mark"),
        ("[1]", "[7]", "no passage"),
        ("Give an", " ".join(["See a doctor. [1]"] * 9) + " Give an", "sentences; the role"),
    ],
)
def test_a_response_that_its_passages_do_not_support_is_found(aspirin, old, new, complaint):
    assert list(find_faults(aspirin)) == []
    wrong = replace(aspirin, response=aspirin.response.replace(old, new))
    assert any(complaint in fault for fault in find_faults(wrong))


def test_one_side_of_a_conflict_and_other_words_of_silence_are_found(aspirin):
    assert "one side" in next(find_faults(replace(aspirin, kind="conflict")))
    assert "something else" in next(find_faults(replace(aspirin, kind="not in the sources")))
    assert "not known" in next(find_faults(replace(aspirin, role="pirate")))


def test_whole_topics_are_held_out(examples):
    for topic in {e.topic for e in examples}:
        assert len({e.held_out for e in examples if e.topic == topic}) == 1


def test_the_prompt_is_that_of_the_program(aspirin):
    system, user = aspirin.messages
    assert (system.role, user.role) == ("system", "user")
    assert "[1] Heart attack" in user.content and aspirin.question in user.content


def test_a_line_is_named_by_its_first_words():
    passages = read_passages(HANDBOOK)
    line = "heart-attack: Do not give ibuprofen"
    assert "Do not give ibuprofen" in find_passage(line, passages).text
    for line in ("heart-attack: No such line", "nothing: Do not", "heart-attack: ", "heart-attack"):
        with pytest.raises(WrongFile, match="not one"):
            find_passage(line, passages)


def test_an_example_with_a_strange_field_is_refused(tmp_path):
    text = (EXAMPLES / "cardiology.toml").read_text(encoding="utf-8")
    (tmp_path / "cardiology.toml").write_text(text.replace("question =", "asked =", 1))
    with pytest.raises(WrongFile, match="cardiology.toml, example 1"):
        read_examples(tmp_path, HANDBOOK)


def test_examples_are_counted(examples):
    counted = count(examples)
    assert sum(counted["role"].values()) == len(examples) == sum(counted["half"].values())
