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

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from elara_local.assistant import QUOTING, Assistant
from elara_local.errors import ElaraError
from elara_local.evaluation.suites import Bench, Case, Goal, Item, Suite
from elara_local.events import Finished
from elara_local.records import Answer, Question
from elara_local.roles import ROLE_IDS

GOLDEN = Path(__file__).resolve().parent.parent / "content" / "golden"
READER = "professional"  # the role for which every question is asked of every generator
SHARE = 10  # of the questions, one in this many is asked in the other roles of a language model


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


def ask(assistant: Assistant, text: str, generator: str, role: str = READER) -> Answer:
    """Ask one question and return its whole answer."""
    for event in assistant.answer(Question(text, role, generator=generator)):
        if isinstance(event, Finished):
            return event.answer
    raise ElaraError("The answer was not finished.", "Run the suite again.")


def is_complete(golden: Golden, answer: Answer) -> bool:
    """True when the answer shows every word it must hold, in one of its spellings."""
    shown = " ".join(sentence.text for sentence in answer.sentences).casefold()
    return bool(answer.sentences) and all(
        any(part.casefold() in shown for part in word.split("|")) for word in golden.words
    )


def judge(golden: Golden, answer: Answer) -> Case:
    """Compare an answer with what it must hold, or with "not in the sources".

    Of a question with an answer: topic_first, topic_in_three, answered, complete, and of those
    that were answered fell_back (quoted, because nothing written passed), passed (share of the
    drafted sentences that passed their check) and first_sentence_ms. Of one without: refused.
    """
    if not golden.topic:
        refused = answer.status in ("not_in_sources", "escalated")
        return Case({"refused": refused}, note="" if refused else _note(golden, "was answered"))
    values: dict[str, float] = {
        "topic_first": golden.is_answered_by([s.document for s in answer.sources[:1]]),
        "topic_in_three": golden.is_answered_by([s.document for s in answer.sources[:3]]),
        "answered": bool(answer.sentences),
        "complete": is_complete(golden, answer),
    }
    if answer.sentences:
        values["fell_back"] = answer.status == "quoted"
        values["passed"] = len(answer.sentences) / (len(answer.sentences) + answer.dropped)
        values["first_sentence_ms"] = answer.timings_ms.first_sentence or 0.0
    missed = next(
        (name for name in ("answered", "topic_first", "complete") if not values[name]), ""
    )
    return Case(values, note=_note(golden, f"not {missed}") if missed else "")


def _note(golden: Golden, fault: str) -> str:
    return f"{fault}: {golden.text}"


def _read(bench: Bench) -> Iterator[Item]:
    assistant = bench.elara().assistant
    questions = [q for q in read_golden() if bench.half in ("all", q.half)]
    for generator in assistant.generators:
        for role in ROLE_IDS:
            for golden in questions:
                digest = hashlib.sha256(golden.text.encode()).hexdigest()
                if generator != QUOTING and role != READER and int(digest[:8], 16) % SHARE:
                    continue
                deed = partial(_judge, assistant, golden, generator, role)
                yield Item(f"{generator}/{role}/{digest[:12]}", deed)


def _judge(assistant: Assistant, golden: Golden, generator: str, role: str) -> Case:
    case = judge(golden, ask(assistant, golden.text, generator, role))
    way = f"{generator}, {role}"
    groups = (way, f"{way}, {golden.half}") if role == READER else (way,)
    return Case(case.values, groups, case.note)


SUITE = Suite(
    "golden",
    "Golden questions, end to end",
    "Questions written for the handbook, asked of every generator and every role (a language "
    f"model in roles other than '{READER}': one question in {SHARE}). The gate's thresholds were "
    "set on the dev half; test is only reported. Questions and handbook have the same authors, "
    "so other people's questions will be answered less often.",
    _read,
    {"answered": Goal(0.95), "refused": Goal(0.8)},
)
