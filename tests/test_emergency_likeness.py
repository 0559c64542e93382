import pytest

from elara_local.assistant import QUOTING, Assistant
from elara_local.emergency import screen
from elara_local.emergency_likeness import (
    ALIKE,
    ALIKE_ASKED,
    GRAVE,
    RULE,
    UNSEEN,
    is_grave,
    look_again,
    raise_alike,
    read_scenes,
)
from elara_local.engines.chat.quoting import Quoting
from elara_local.errors import WrongFile
from elara_local.evaluation.triage import read_crises, read_vignettes
from elara_local.events import Stage
from elara_local.records import Emergency, FiredRule, Provenance, Question
from elara_local.refusal import UNLIKENED
from elara_local.retrieve import Retriever
from elara_local.roles import LANGUAGES, read_roles
from elara_local.screening.likeness import liken
from elara_local.text import words

RAISED = [
    "My brother's hand went dead while he was holding a cup, and his words come out wrong.",
    "She gave birth this morning and blood keeps running through the sheets.",
    "My boy lies there floppy with half-open eyes and will not drink.",
]
UNNAMED = [  # the rules grow: the first on which they are still silent is asked
    "She turned the colour of wax and her head rolls from side to side.",
    "The little one hangs over my arm like a wet cloth and looks through me.",
]
SILENT = [
    "dose of amoxicillin for an ear infection",
    "What are the signs of eclampsia?",
    "My shoulder aches after carrying boxes yesterday.",
    "How do I treat athlete's foot?",
]


class Failing:
    fingerprint = "failing"

    def embed(self, texts):
        raise RuntimeError("no encoder")


def look(text, embedder):
    return look_again(text, text, "professional", screen(text), embedder)


@pytest.mark.parametrize("text", RAISED)
def test_a_scene_that_no_rule_names_is_raised_to_urgent(text, embedder):
    found = raise_alike(text, text, Emergency(), embedder)
    assert found.level == "urgent"
    [rule] = found.rules
    assert (rule.id, rule.action) == (RULE, read_scenes().action["en"])


@pytest.mark.parametrize("text", SILENT)
def test_harmless_texts_and_topics_are_not_raised(text, embedder):
    assert look(text, embedder) == (Emergency(), None, [])


def test_the_words_are_the_nearest_sentence(embedder):
    scene = "He lies there with open eyes and does not react."
    text = f"My son is ten. We ate rice at noon. {scene} What do we do?"
    assert raise_alike(text, text, Emergency(), embedder).rules[0].words == (scene,)


def test_it_only_raises_from_none(embedder):
    for level in ("urgent", "emergency", "crisis"):
        found = Emergency(level, (FiredRule("stroke", ("face",), "act"),))
        assert raise_alike(RAISED[0], RAISED[0], found, embedder) is found


def test_what_is_judged_a_topic_is_not_raised(embedder):
    text = "Why do lips go blue and grey in a child that gasps?"
    [(score, _)] = liken([text], GRAVE, embedder)
    assert score > ALIKE_ASKED, "choose another text: this one proves nothing"
    assert raise_alike(text, text, screen(text), embedder).level == "none"


def test_a_sentence_that_asks_must_be_more_alike():
    scene, between = "He has felt weak all over since Tuesday", (ALIKE + ALIKE_ASKED) / 2
    assert is_grave(between, scene)
    assert not is_grave(between, f"{scene}, what next?")
    assert is_grave(ALIKE_ASKED + 0.01, f"{scene}, what next?")
    assert not is_grave(ALIKE, scene)
    assert not is_grave(1.0, "What are the signs of shock?")


def test_where_the_embedder_fails_the_rules_stand_and_notes_say_so():
    said = "Convulsing and unconscious."
    rules = screen(said)
    assert rules.level == "emergency"
    assert look_again(said, said, "professional", rules, Failing()) == (rules, None, [UNLIKENED])
    quiet = "dose of insulin"
    assert look(quiet, Failing()) == (Emergency(), None, [UNLIKENED, UNSEEN])


def test_other_languages_are_left_to_the_rules_unless_translated(embedder):
    said = "Mtoto wangu amelala tu na macho wazi na hataki kunywa."
    assert raise_alike(said, said, Emergency(), embedder).level == "none"
    found = raise_alike(said, RAISED[2], Emergency(), embedder)
    assert found.rules[0].action == read_scenes().action["sw"]


def test_the_examples_are_many_and_each_stands_once():
    examples = read_scenes().examples
    assert sum(bool(label) for label in examples.labels) >= 500
    assert sum(not label for label in examples.labels) >= 600
    assert len(set(examples.texts)) == len(examples.texts)
    assert set(read_scenes().action) == set(LANGUAGES)


def test_no_example_is_taken_from_the_sets_it_is_judged_on():
    judged = {tuple(words(text)) for text, *_ in (*read_vignettes(), *read_crises())}
    assert not [t for (t,) in read_scenes().examples.texts if tuple(words(t)) in judged]


def test_a_broken_file_of_examples_is_told(tmp_path):
    path = tmp_path / "likeness.toml"
    path.write_text("[grave]\nheart = 3\n", encoding="utf-8")
    with pytest.raises(WrongFile, match="likeness.toml"):
        read_scenes(path)


def test_the_assistant_shows_it_and_still_answers(prebuilt, embedder):
    assistant = Assistant(
        Retriever(prebuilt, embedder),
        {QUOTING: Quoting(embedder)},
        QUOTING,
        read_roles(),
        Provenance(),
    )
    scene = next(text for text in UNNAMED if screen(text).level == "none")
    *events, last = assistant.answer(Question(f"{scene} Which fluid in dehydration?"))
    [told] = [event for event in events if isinstance(event, Stage) and event.emergency]
    assert told.emergency == last.answer.emergency
    assert [rule.id for rule in last.answer.emergency.rules] == [RULE]
    assert last.answer.emergency.level == "urgent"
    assert last.answer.sources
    assert UNSEEN not in last.answer.notes
