"""The golden questions, against the handbook they were written for.

Each rule is a small function that returns what breaks it, so that it is tried on a broken
question as well as on the shipped ones. No engine or index is needed.
"""

import re
import tomllib
from collections import Counter
from itertools import combinations_with_replacement

import pytest

from elara_local.settings import HANDBOOK
from index.handbook import read_topics
from index.leaflets import MEDICINES, read_leaflets
from tests.conftest import ROOT

GOLDEN = ROOT / "elara_local" / "content" / "golden"
FILES = [*HANDBOOK.glob("*.md"), *HANDBOOK.glob(f"{MEDICINES}/*.toml")]
NEEDED = {"text", "topic", "words", "kind", "half"}
OPTIONAL = {"language", "absent", "also"}
ANSWERABLE = {"dose", "first", "signs", "refer", "avoid"}
NAMING = {"uncovered", "other drug", "invented"}
UNANSWERABLE = NAMING | {"not medical", "nonsense or injection"}
PER_LANGUAGE = 5
LEAST_PER_TOPIC = 2
MOST_BULLETS = 2


@pytest.fixture(scope="module")
def questions():
    found = []
    for path in sorted(GOLDEN.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        assert content["version"] == "2026-11", path.name
        assert content["source"] == "written for Elara", path.name
        found += content["question"]
    return found


@pytest.fixture(scope="module")
def answerable(questions):
    return [question for question in questions if question["topic"]]


@pytest.fixture(scope="module")
def topics():
    return {topic.id: topic for topic in read_topics(HANDBOOK)}


@pytest.fixture(scope="module")
def documents(topics):
    return topics | {leaflet.id: leaflet for leaflet in read_leaflets(HANDBOOK / MEDICINES)}


@pytest.fixture(scope="module")
def handbook():
    return "\n".join(path.read_text(encoding="utf-8") for path in FILES)


def bullets_of(topic):
    return [bullet.text for _, bullets in topic.sections for bullet in bullets]


def find_strays(words, bullets):
    """The alternatives of `words` that stand in no single bullet."""
    parts = [part for word in words for part in word.split("|")]
    return [part for part in parts if not any(part in bullet for bullet in bullets)]


def stand_together(words, bullets):
    """True when at most two bullets show every word, in one of its spellings."""
    return any(
        all(any(part in bullet for part in word.split("|") for bullet in pair) for word in words)
        for pair in combinations_with_replacement(bullets, MOST_BULLETS)
    )


def find_present(terms, text):
    """The terms that stand in the text as whole words, in any case."""
    return [term for term in terms if re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text, re.I)]


def is_balanced(halves):
    """True when "dev" and "test" differ by at most a tenth of all, or by one."""
    count = Counter(halves)
    return abs(count["dev"] - count["test"]) <= max(1, len(halves) / 10)


def test_every_question_has_its_fields(questions):
    for question in questions:
        text = question["text"]
        assert set(question) >= NEEDED, text
        assert set(question) <= NEEDED | OPTIONAL, text
        assert text == text.strip() and text, text
        assert question["half"] in {"dev", "test"}, text
        assert question.get("language", "fr") in {"fr", "es", "pt", "sw"}, text
        assert all(part.strip() for word in question["words"] for part in word.split("|")), text


def test_only_an_answerable_question_names_words(questions):
    for question in questions:
        kinds = ANSWERABLE if question["topic"] else UNANSWERABLE
        assert question["kind"] in kinds, question["text"]
        assert len(question["words"]) in ({1, 2, 3} if question["topic"] else {0})


def test_texts_are_unique(questions):
    texts = Counter(question["text"].casefold() for question in questions)
    assert [text for text, count in texts.items() if count > 1] == []


def test_there_are_enough_questions_of_every_kind(questions):
    kinds = Counter(question["kind"] for question in questions)
    assert sum(kinds[kind] for kind in ANSWERABLE) >= 150
    assert all(kinds[kind] >= 10 for kind in ANSWERABLE), kinds
    least = {"uncovered": 25, "other drug": 15, "invented": 15, "not medical": 10}
    assert all(kinds[kind] >= count for kind, count in least.items()), kinds
    assert kinds["nonsense or injection"] >= 5


def test_halves_are_balanced_as_a_whole_and_by_kind(questions):
    assert is_balanced([question["half"] for question in questions])
    for kind in ANSWERABLE | UNANSWERABLE:
        assert is_balanced([q["half"] for q in questions if q["kind"] == kind]), kind


def test_halves_are_balanced_by_topic_and_by_language(answerable, topics):
    for topic in topics:
        assert is_balanced([q["half"] for q in answerable if q["topic"] == topic]), topic
    for language in ("fr", "es", "pt", "sw"):
        asked = [q["half"] for q in answerable if q.get("language") == language]
        assert len(asked) >= PER_LANGUAGE, language
        assert is_balanced(asked), language


def test_every_topic_is_asked_about_and_exists(answerable, topics):
    asked = Counter(question["topic"] for question in answerable)
    assert set(asked) == set(topics)
    assert [topic for topic in topics if asked[topic] < LEAST_PER_TOPIC] == []


def test_every_word_stands_verbatim_in_a_document_that_answers(answerable, documents):
    for question in answerable:
        asked = (question["topic"], *question.get("also", ()))
        bullets = [bullet for id in asked for bullet in bullets_of(documents[id])]
        assert find_strays(question["words"], bullets) == [], question["text"]


def test_the_words_of_a_question_stand_in_at_most_two_bullets(answerable, documents):
    for question in answerable:
        for id in (question["topic"], *question.get("also", ())):
            assert stand_together(question["words"], bullets_of(documents[id])), (id, question)


def test_a_question_in_another_language_uses_a_name_of_its_topic(answerable, topics):
    for question in answerable:
        if language := question.get("language"):
            names = topics[question["topic"]].names[language]
            assert any(name.casefold() in question["text"].casefold() for name in names), names


def test_the_key_words_of_an_unanswerable_question_are_not_in_the_handbook(questions, handbook):
    for question in questions:
        absent = question.get("absent", [])
        assert bool(absent) == (question["kind"] in NAMING), question["text"]
        assert find_present(absent, question["text"]) == absent
        assert find_present(absent, handbook) == [], question["text"]


def test_a_word_that_no_bullet_holds_is_found():
    bullets = ["Give 2 mg once.", "Give 4 mg twice daily."]
    assert find_strays(["2 mg", "4 mg|5 mg"], bullets) == ["5 mg"]
    assert find_strays(["once. Give"], bullets) == ["once. Give"]
    assert stand_together(["2 mg", "4 mg|5 mg"], bullets)
    assert not stand_together(["a", "b", "c"], ["a", "b", "c"])


def test_a_term_is_sought_as_a_whole_word():
    assert find_present(["hernia", "gout"], "Brain herniation. Gout is painful.") == ["gout"]


def test_uneven_halves_are_found():
    assert is_balanced(["dev"] * 6 + ["test"] * 5)
    assert not is_balanced(["dev"] * 15 + ["test"] * 5)
