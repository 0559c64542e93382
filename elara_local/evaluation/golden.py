"""Golden questions: asked end to end, every answer compared with what it must hold.

A question names the topic that answers it and words that a right answer shows, or no topic
when the handbook does not answer it. The thresholds of the gate were set on the "dev" half;
the "test" half is only reported. The questions live in content/golden/, a file for each
specialty and one for what the handbook does not answer. The fields of a question:
topic: the file name of a handbook topic without .md; "" when the handbook does not answer it.
also: medicine cards or topics that show the same words, and so may stand first as well.
words: fragments copied from one or two bullets of the topic; "|" joins alternatives.
kind: what is asked (dose, first, signs, refer, avoid), or why the handbook has no answer.
half: thresholds may be set on "dev"; "test" is only reported. language: left out for English.
absent: key words of an unanswerable question that stand nowhere in the handbook.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from elara_local.assistant import Assistant
from elara_local.errors import ElaraError
from elara_local.events import Finished
from elara_local.metrics import percentile
from elara_local.records import Answer, Question

GOLDEN = Path(__file__).resolve().parent.parent / "content" / "golden"


@dataclass(frozen=True)
class Golden:
    """One question; `topic` "" means the handbook does not answer it."""

    text: str
    topic: str
    words: tuple[str, ...]  # each must stand in the answer, as alternatives joined by "|"
    half: str  # "dev" or "test"
    also: tuple[str, ...] = ()

    def is_answered_by(self, documents: Sequence[str]) -> bool:
        """True when one of these documents is the topic, or says the same."""
        return not {self.topic, *self.also}.isdisjoint(documents)


@dataclass(frozen=True)
class GoldenFigures:
    """Shares in [0, 1] for one generator on one half; times in milliseconds."""

    generator: str
    half: str
    answerable: int
    unanswerable: int
    topic_first: float  # the right topic's passage stands first
    topic_in_three: float
    answered: float  # of the answerable ones, some answer was shown
    complete: float  # of the answerable ones, every word the answer must hold was shown
    refused: float  # of the unanswerable ones, "not in the sources" was said
    fell_back: float  # of those answered, quoted because nothing written passed
    passed: float  # of the drafted sentences, those that passed their check
    first_sentence_p50_ms: float
    total_p50_ms: float


def read_golden(folder: Path = GOLDEN) -> list[Golden]:
    """Read the golden questions of every file in a folder, by file name."""
    files = [
        tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.toml"))
    ]
    return [
        Golden(e["text"], e["topic"], tuple(e["words"]), e["half"], tuple(e.get("also", ())))
        for file in files
        for e in file["question"]
    ]


def evaluate_golden(
    assistant: Assistant,
    generator: str,
    questions: Sequence[Golden],
    say: Callable[[str], None],
) -> list[GoldenFigures]:
    """Ask every question with one generator; return the figures of each half."""
    figures = []
    for half in ("dev", "test"):
        chosen = [question for question in questions if question.half == half]
        say(f"{generator}, {half}: {len(chosen)} questions ...")
        answers = [ask(assistant, golden.text, generator) for golden in chosen]
        figures.append(_measure(generator, half, chosen, answers))
    return figures


def ask(assistant: Assistant, text: str, generator: str) -> Answer:
    """Ask one question and return its whole answer."""
    for event in assistant.answer(Question(text, generator=generator)):
        if isinstance(event, Finished):
            return event.answer
    raise ElaraError("The answer was not finished.", "Run the suite again.")


def is_complete(golden: Golden, answer: Answer) -> bool:
    """True when the answer shows every word it must hold, in one of its spellings."""
    shown = " ".join(sentence.text for sentence in answer.sentences).casefold()
    return bool(answer.sentences) and all(
        any(part.casefold() in shown for part in word.split("|")) for word in golden.words
    )


def _measure(
    generator: str, half: str, questions: Sequence[Golden], answers: Sequence[Answer]
) -> GoldenFigures:
    pairs = list(zip(questions, answers, strict=True))
    known = [(q, a) for q, a in pairs if q.topic]
    strange = [a for q, a in pairs if not q.topic]
    shown = [a for _, a in known if a.sentences]
    drafted = sum(len(a.sentences) + a.dropped for _, a in known)
    first = [a.timings_ms.first_sentence or 0.0 for a in shown]
    return GoldenFigures(
        generator=generator,
        half=half,
        answerable=len(known),
        unanswerable=len(strange),
        topic_first=_share(
            [q.is_answered_by([s.document for s in a.sources[:1]]) for q, a in known]
        ),
        topic_in_three=_share(
            [q.is_answered_by([s.document for s in a.sources[:3]]) for q, a in known]
        ),
        answered=_share([bool(a.sentences) for _, a in known]),
        complete=_share([is_complete(q, a) for q, a in known]),
        refused=_share([a.status in ("not_in_sources", "escalated") for a in strange]),
        fell_back=_share([a.status == "quoted" for a in shown]),
        passed=sum(len(a.sentences) for a in shown) / drafted if drafted else 0.0,
        first_sentence_p50_ms=percentile(first, 0.5) if first else 0.0,
        total_p50_ms=percentile([a.timings_ms.total or 0.0 for _, a in known], 0.5),
    )


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
