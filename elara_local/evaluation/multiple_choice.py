"""Multiple-choice questions: read, put to a model, and answered by log-probabilities.

The prompt names the options by letters. A model is not asked to write: what it finds most
likely after "Answer:" counts, by the letter, by the option's text, or by the text for each of
its tokens (long options are not punished). It knows no data set but MIRAGE's file form:
{"set": {"id": {"question": ..., "options": {"A": ...}, "answer": "A"}}}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from elara_local.errors import WrongFile
from elara_local.evaluation.likelihood import Score
from elara_local.ports import Message
from elara_local.prompts import defuse

SYSTEM = "You answer multiple-choice questions on medicine. Reply with one option."
PASSAGES = "Passages that may help (leave aside those that are not about the question):"
OPENING = "Answer:"
WAYS = ("letter", "text", "text_mean")
LONGEST_PASSAGE = 1_200  # characters


@dataclass(frozen=True)
class Choice:
    """A question, its options by letter, and the letter of the right one."""

    set: str
    id: str
    question: str
    options: Mapping[str, str]
    answer: str


class Scoring(Protocol):
    """What scores continuations; `likelihood.Likelihood` fits."""

    size: int

    def read_prompt(self, messages: Sequence[Message], opening: str = "") -> list[int]:
        """Return the tokens of a prompt."""

    def read_text(self, text: str) -> list[int]:
        """Return the tokens of a continuation."""

    def score(self, prompt: Sequence[int], continuations: Sequence[Sequence[int]]) -> list[Score]:
        """Return the score of each continuation."""


def read_choices(path: Path) -> list[Choice]:
    """Read questions in MIRAGE's form.

    Raises:
        WrongFile: the file is not of that form, or an answer is none of the options.
    """
    try:
        told: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found = [
            Choice(name, str(key), str(e["question"]), dict(e["options"]), str(e["answer"]))
            for name, entries in told.items()
            for key, e in entries.items()
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongFile(
            f"{path.name} does not hold questions in MIRAGE's form ({type(error).__name__}).",
            'Write {"set": {"id": {"question": ..., "options": {"A": ...}, "answer": "A"}}}.',
        ) from error
    for choice in found:
        if choice.answer not in choice.options or len(choice.options) < 2:
            raise WrongFile(
                f"The answer of question {choice.id} of {path.name} is none of its options.",
                "Correct the file.",
            )
    return found


def write_messages(choice: Choice, passages: Sequence[str] = ()) -> list[Message]:
    """Return the prompt; with passages they come before the question."""
    options = "\n".join(f"{letter}. {text}" for letter, text in choice.options.items())
    parts = [f"Question: {defuse(choice.question, 2_000)}\n{options}"]
    if passages:
        shown = "\n".join(f"[{n}] {defuse(p, LONGEST_PASSAGE)}" for n, p in enumerate(passages, 1))
        parts.insert(0, f"{PASSAGES}\n{shown}")
    return [Message("system", SYSTEM), Message("user", "\n\n".join(parts))]


def answer_choice(
    model: Scoring, choice: Choice, passages: Sequence[str] = ()
) -> tuple[Mapping[str, str], int]:
    """Return the letter chosen in each of WAYS, and how many passages the prompt held.

    Passages that do not fit the context are left out from the last on. Ties go to the first.
    """
    letters = list(choice.options)
    named = [model.read_text(f" {letter}") for letter in letters]
    texts = [model.read_text(f" {choice.options[letter]}") for letter in letters]
    room = model.size - max(map(len, [*named, *texts]))
    kept = list(passages)
    prompt = model.read_prompt(write_messages(choice, kept), OPENING)
    while kept and len(prompt) > room:
        kept.pop()
        prompt = model.read_prompt(write_messages(choice, kept), OPENING)
    by_letter = model.score(prompt, named)
    by_text = model.score(prompt, texts)
    scores = {
        "letter": [s.total for s in by_letter],
        "text": [s.total for s in by_text],
        "text_mean": [s.mean for s in by_text],
    }
    return {way: letters[found.index(max(found))] for way, found in scores.items()}, len(kept)
