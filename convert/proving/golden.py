"""What a model is asked in the proof: windows of clinical text, and ten golden questions.

The text is the handbook's own (English, with doses and units) and the five languages of the
roles' notices. The questions are the first golden question of ten specialties, each with the
handbook's passages that hold its answer, in the prompt of the program. Nothing is copied here: a
report names the version by the text's sha256. It knows no engine by name and no limit.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from convert.dialogues import read_passages
from convert.proving.logits import Logits
from elara_local.engines.chat.templates import Part, render
from elara_local.ports import Message
from elara_local.prompts import messages
from elara_local.records import Evidence, Passage
from elara_local.roles import LANGUAGES, read_roles
from elara_local.settings import HANDBOOK, REPOSITORY

QUESTIONS = REPOSITORY / "elara_local" / "content" / "golden"
TEN = 10
FIRST = 12  # tokens written to each golden question
WINDOW = 256  # tokens of one window
TOPICS = ("malaria-uncomplicated", "acute-heart-failure", "postpartum-haemorrhage")
MOST_PASSAGES = 2


class Tongue(Protocol):
    """What turns text into a model's tokens and back."""

    context: int
    template: str
    bos: str

    def tokenize(self, parts: Sequence[Part]) -> list[int]:
        """Return the tokens of a text."""
        ...

    def text_of(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens."""
        ...


@dataclass(frozen=True)
class Golden:
    """One golden question and its prompt."""

    question: str
    messages: tuple[Message, ...]


def read_windows(tongue: Tongue, handbook: Path = HANDBOOK) -> list[list[int]]:
    """Return windows of WINDOW tokens: one for each topic, one of the other languages.

    Shorter where the model's context is.
    """
    size = min(WINDOW, tongue.context)
    return [tongue.tokenize([Part(text, False)])[:size] for text in read_texts(handbook)]


def read_texts(handbook: Path = HANDBOOK) -> list[str]:
    """Return the texts of the windows, each longer than a window needs."""
    passages = read_passages(handbook)
    texts = ["\n".join(p.text for p in passages[topic]) for topic in TOPICS]
    roles = read_roles().values()
    notices = [role.disclaimer_in(code) for role in roles for code in LANGUAGES[1:]]
    return [*texts, "\n".join(notices)]


def read_golden(handbook: Path = HANDBOOK) -> list[Golden]:
    """Return the ten golden questions with their prompts."""
    passages = read_passages(handbook)
    role = read_roles()["professional"]
    found: list[Golden] = []
    for path in sorted(QUESTIONS.glob("*.toml")):
        entry = tomllib.loads(path.read_text(encoding="utf-8"))["question"][0]
        if entry["topic"]:
            evidence = _choose(entry["words"], passages[entry["topic"]])
            prompt = messages(role, entry["text"], evidence)
            found.append(Golden(entry["text"], tuple(prompt)))
    return found[:TEN]


def read_prompt(golden: Golden, tongue: Tongue) -> list[int]:
    """Return the prompt's tokens; its end alone where the model's context is too small."""
    parts = render(golden.messages, tongue.template, tongue.bos, True)
    return tongue.tokenize(parts)[-(tongue.context - FIRST) :]


def write_first(model: Logits, prompt: Sequence[int], count: int = FIRST) -> list[int]:
    """Return the first tokens that the model writes, always the most likely one."""
    tokens, start = list(prompt), len(prompt) - 1
    for _ in range(count):
        *_, row = model.logits(tokens, start)
        start = len(tokens)
        tokens.append(int(row.argmax()))
    return tokens[len(prompt) :]


def _choose(words: Sequence[str], passages: Sequence[Passage]) -> list[Evidence]:
    """Return the passages that hold the answer, or the first ones."""
    held = [p for p in passages if any(part in p.text for w in words for part in w.split("|"))]
    return [
        Evidence(f"s{number}", p.text, p.title, p.section, p.populations, p.start)
        for number, p in enumerate((held or list(passages))[:MOST_PASSAGES], 1)
    ]
