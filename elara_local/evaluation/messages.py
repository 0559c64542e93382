"""The messages suite: is the right topic found when a question is told as people tell it?

Each message of content/messages.toml is asked in short and as it was sent; each golden question
plain and between greetings and a story (`wrap`). What the figures show: how much is lost by
asking at length, and whether the gate still refuses what no source answers. They were written
by the hand that wrote the list of synonyms, so that figures flatter it.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from elara_local.evaluation.golden import Golden, read_golden
from elara_local.evaluation.suites import Bench, Case, Item, Suite
from elara_local.retrieve import Retriever

MESSAGES = Path(__file__).resolve().parent.parent / "content" / "messages.toml"
TOP = 12
BEFORE = (
    "Good morning doctor, I hope you and your family are well.",
    "Hello everyone, I found this page through a friend and I am new here.",
    "Hi, sorry to disturb you so late, the bus comes only twice a week.",
)
STORY = (
    "My husband works in the next town and I was busy when my neighbour came with this.",
    "It started last week when we came back from a wedding and everybody was tired.",
)
AFTER = (
    "Thank you so much and God bless you.",
    "Please answer when you have time, I will check my phone again tomorrow.",
    "Sorry for the long message, greetings from all of us.",
)


@dataclass(frozen=True)
class Message:
    """A message as sent, the same in short, and the topic that answers both.

    `also` names medicine cards and topics that answer it as well.
    """

    text: str
    short: str
    topic: str
    half: str  # "dev" or "test"
    also: tuple[str, ...] = ()


def read_messages(path: Path = MESSAGES) -> list[Message]:
    """Read the messages."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["message"]
    return [
        Message(e["text"], e["short"], e["topic"], e["half"], tuple(e.get("also", ())))
        for e in entries
    ]


def wrap(question: str, number: int) -> str:
    """Return a question between a greeting, a story and thanks; the number chooses them."""
    asked = question if question.rstrip().endswith("?") else f"{question.rstrip(' .')}."
    parts = (
        BEFORE[number % len(BEFORE)],
        STORY[number % len(STORY)],
        asked,
        AFTER[number % len(AFTER)],
    )
    return " ".join(parts)


def judge(retriever: Retriever, text: str, answering: set[str]) -> Case:
    """Search with one text and compare what was found with the documents that answer it.

    With some: topic_first, topic_in_three and about (the gate let it pass); with none: refused.
    """
    found = retriever.search(text, TOP)
    if not answering:
        return Case({"refused": not found.about})
    documents = [hit.passage.document for hit in found.hits]
    return Case(
        {
            "topic_first": not answering.isdisjoint(documents[:1]),
            "topic_in_three": not answering.isdisjoint(documents[:3]),
            "about": found.about,
        }
    )


def ways(
    messages: Sequence[Message], golden: Sequence[Golden]
) -> Iterator[tuple[str, str, str, set[str]]]:
    """Yield (way of asking, half, text, ids of documents that answer) of every question."""
    for message in messages:
        answering = {message.topic, *message.also}
        yield "message in short", message.half, message.short, answering
        yield "message as sent", message.half, message.text, answering
    for number, asked in enumerate(golden):
        answering = {asked.topic, *asked.also} if asked.topic else set()
        yield "golden, plain", asked.half, asked.text, answering
        yield "golden, told", asked.half, wrap(asked.text, number), answering


def _read(bench: Bench) -> Iterator[Item]:
    retriever = bench.elara().retriever
    for way, half, text, answering in ways(read_messages(), read_golden()):
        if bench.half in ("all", half):
            name = hashlib.sha256(text.encode()).hexdigest()[:12]
            deed = partial(_judge, retriever, text, answering, (way, f"{way}, {half}"))
            yield Item(f"{way}/{name}", deed)


def _judge(retriever: Retriever, text: str, answering: set[str], groups: tuple[str, ...]) -> Case:
    case = judge(retriever, text, answering)
    missed = not case.values.get("topic_in_three", case.values.get("refused"))
    return Case(case.values, groups, f"{groups[0]}: {text[:200]}" if missed else "")


SUITE = Suite(
    "messages",
    "Questions told as people tell them",
    "Messages in short and as sent, golden questions plain and between greetings and a story: "
    "how much is lost by asking at length. They were written by the hand that wrote the list of "
    "synonyms, so the figures flatter it. Dev halves were used to tune, test halves not.",
    _read,
)
