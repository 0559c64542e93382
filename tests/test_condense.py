"""Long messages: what stays, what goes, and that the search finds the topic again."""

import pytest

from elara_local.condense import LONG, condense
from elara_local.evaluation.golden import read_golden
from elara_local.evaluation.messages import judge, read_messages, ways, wrap
from elara_local.retrieve import Retriever

# Shares of passages as the handbook holds these words, rounded.
SHARES = {"blood": 0.1, "convulsion": 0.05, "pregnant": 0.08, "child": 0.3, "fever": 0.15}
STORY = (
    "Good morning doctor, I hope your family is well. My husband came home late yesterday and we "
    "were all at the wedding of my cousin. The child had fever and a convulsion, we gave "
    "panadol 250 mg and zorblax. What should we do now? Thank you and God bless."
)


def share(word):
    return SHARES.get(word.casefold(), 0.0)


def test_a_short_question_stays_as_it_is():
    question = "my husband says hello, what is the dose of amoxicillin for a child?"
    assert condense(question, share) == question


def test_the_question_and_the_telling_words_stay():
    told = condense(STORY, share)
    assert "What should we do now?" in told
    for word in ("child", "fever", "convulsion", "250", "panadol", "zorblax"):
        assert word in told.split()


@pytest.mark.parametrize("word", ["wedding", "husband", "morning", "bless", "home"])
def test_small_talk_goes(word):
    assert word not in condense(STORY, share)


def test_phrases_to_keep_stay_whole():
    assert "had fever" in condense(STORY, share, ["had fever"])


def test_a_message_without_a_telling_word_stays():
    message = " ".join(["we went there and then we came back to them again"] * 4)
    assert len(message.split()) > LONG
    assert condense(message, share) == message


def test_a_word_that_no_source_holds_is_not_lost():
    """Else a question on glaucoma would be answered from "acute" and "drops"."""
    story = STORY.replace("convulsion", "glaucoma")
    assert "glaucoma" in condense(story, share)


def test_messages_keep_their_halves_and_topics(prebuilt):
    messages = read_messages()
    topics = {document.id for document in prebuilt.store.documents()}
    assert len(messages) >= 40 and {m.topic for m in messages} <= topics
    assert [m.half for m in messages].count("dev") == len(messages) / 2
    assert all(len(m.text.split()) > LONG > len(m.short.split()) for m in messages)


def test_a_wrapped_question_holds_it_and_more():
    for number in range(6):
        told = wrap("dose of zinc", number)
        assert "dose of zinc." in told and len(told.split()) > LONG


def test_what_asking_at_length_may_lose(prebuilt, embedder):
    """A floor a little under what was measured (docs/decisions.md)."""
    golden = [g for n, g in enumerate(read_golden()) if n % 3 == 0]
    retriever = Retriever(prebuilt, embedder)
    found = {}
    for way, half, text, answering in ways(read_messages(), golden):
        for metric, value in judge(retriever, text, answering).values.items():
            found.setdefault((way, half, metric), []).append(value)
    shares = {key: sum(values) / len(values) for key, values in found.items()}
    for half, first in (("dev", 0.65), ("test", 0.3)):
        assert shares["message in short", half, "topic_first"] >= 0.9
        assert shares["message as sent", half, "topic_first"] >= first
        assert shares["message as sent", half, "about"] >= 0.7
        assert shares["golden, told", half, "refused"] >= 0.9
        assert shares["golden, told", half, "about"] >= 0.75
