"""The messages suite: is the right topic found when a question is told as people tell it?

Each message of content/messages.toml is asked in short and as it was sent; each golden question
plain and between greetings and a story (`wrap`). What the figures show: how much is lost by
asking at length, and whether the gate still refuses what no source answers. They were written
by the hand that wrote the list of synonyms, so that figures flatter it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from elara_local.evaluation.golden import Golden
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


@dataclass(frozen=True)
class MessageFigures:
    """Shares in [0, 1] of questions asked in one way; `refused` of those without an answer."""

    asked: str
    half: str
    answerable: int
    unanswerable: int
    topic_first: float
    topic_in_three: float
    about: float  # of the answerable ones, the gate let them pass
    refused: float


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


def evaluate_messages(
    retriever: Retriever,
    messages: Sequence[Message],
    golden: Sequence[Golden],
    say: Callable[[str], None],
) -> list[MessageFigures]:
    """Ask every message and every golden question in its two ways; figures for each half."""
    figures = []
    for half in ("dev", "test"):
        sent = [m for m in messages if m.half == half]
        asked = [g for g in golden if g.half == half]
        say(f"{half}: {len(sent)} messages, {len(asked)} golden questions, each twice ...")
        ways = {
            "message in short": [(m.short, {m.topic, *m.also}) for m in sent],
            "message as sent": [(m.text, {m.topic, *m.also}) for m in sent],
            "golden, plain": [(g.text, _answering(g)) for g in asked],
            "golden, told": [(wrap(g.text, n), _answering(g)) for n, g in enumerate(asked)],
        }
        figures += [_measure(name, half, retriever, pairs) for name, pairs in ways.items()]
    return figures


def _answering(golden: Golden) -> set[str]:
    """The documents that answer a golden question; none for an unanswerable one."""
    return {golden.topic, *golden.also} if golden.topic else set()


def _measure(
    asked: str, half: str, retriever: Retriever, pairs: Sequence[tuple[str, set[str]]]
) -> MessageFigures:
    found = [(answering, retriever.search(text, TOP)) for text, answering in pairs]
    known = [([h.passage.document for h in f.hits], ids, f.about) for ids, f in found if ids]
    strange = [f.about for ids, f in found if not ids]
    return MessageFigures(
        asked=asked,
        half=half,
        answerable=len(known),
        unanswerable=len(strange),
        topic_first=_share([not ids.isdisjoint(found[:1]) for found, ids, _ in known]),
        topic_in_three=_share([not ids.isdisjoint(found[:3]) for found, ids, _ in known]),
        about=_share([about for *_, about in known]),
        refused=_share([not about for about in strange]),
    )


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
