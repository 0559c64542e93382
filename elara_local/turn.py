"""What one question has gathered so far: the notebook of the assistant's page.

A Turn belongs to one question and one thread. It stamps stage times and puts the answer
together from whatever is there, so that a failed stage still leaves a whole answer. It
knows no engine.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from elara_local.events import Shown
from elara_local.patient import Patient
from elara_local.records import (
    Answer,
    Confidence,
    Discord,
    Emergency,
    Hit,
    Passage,
    Provenance,
    Question,
    Refusal,
    Sentence,
    Source,
    Status,
    Timings,
)
from elara_local.roles import Role
from elara_local.sources import mark_sources, sources_of


@dataclass
class Turn:
    """The state of one question on its way to an answer."""

    question: Question
    role: Role
    provenance: Provenance
    began: float = field(default_factory=time.perf_counter)
    said: str = ""  # the cleaned question, as long as the rules read it
    asked: str = ""  # the cleaned question, as long as it is searched
    language: str = "en"
    english: str = ""
    read: str = ""  # the English question with its misspellings mended
    patient: Patient = field(default_factory=Patient)
    emergency: Emergency = field(default_factory=Emergency)
    refusal: Refusal | None = None
    hits: tuple[Hit, ...] = ()
    coverage: float = 0.0
    sources: tuple[Source, ...] = ()
    sentences: list[Sentence] = field(default_factory=list)
    dropped: list[Sentence] = field(default_factory=list)
    confidence: Confidence | None = None  # of an answer that rests on no passage
    worked: list[str] = field(default_factory=list)  # the cards of which a dose was worked out
    barred: set[str] = field(default_factory=set)  # the cards that warn of this person
    lacks: bool = False  # a fact that would choose the dose of one person
    discords: tuple[Discord, ...] = ()
    notes: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Add the time of the block to a stage, in milliseconds."""
        began = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - began) * 1000
            self.timings[stage] = self.timings.get(stage, 0.0) + spent

    def elapsed(self) -> float:
        """Milliseconds since the question was received."""
        return (time.perf_counter() - self.began) * 1000

    def show(self, sentence: Sentence) -> None:
        """Take a sentence that passed its check into the answer."""
        self.timings.setdefault("first_sentence", self.elapsed())
        self.sentences.append(sentence)

    def tell(self, sentences: Iterable[Sentence]) -> Iterator[Shown]:
        """Take sentences into the answer one by one, each as soon as it is there."""
        for sentence in sentences:
            self.show(sentence)
            yield Shown(sentence)

    @property
    def drafted(self) -> list[Sentence]:
        """The sentences of the answer that are no sums of code."""
        return [sentence for sentence in self.sentences if not sentence.is_worked]

    def cite(self, passage: Passage, words: str) -> str:
        """Return the id of the source that is a passage; a new one is taken in for its words."""
        for number, hit in enumerate(self.hits, start=1):
            if hit.passage.id == passage.id:
                return f"s{number}"
        self.hits += (Hit(passage, 0.0),)
        self.sources += sources_of(self.hits, words)[-1:]
        return self.sources[-1].id

    def finish(self, status: Status, confidence: Confidence) -> Answer:
        """Put together the answer as it stands."""
        self.timings["total"] = self.elapsed()
        cited = {c for s in self.sentences for c in s.citations}
        cited |= {s.source for discord in self.discords for s in discord.statements}
        top = self.question.top
        shown = [s for n, s in enumerate(self.sources) if n < top or s.id in cited]
        numbers = {source.id: source.id[1:] for source in shown}
        text = " ".join(
            s.text + "".join(f" [{numbers[c]}]" for c in s.citations) for s in self.sentences
        )
        return Answer(
            question=self.question.text,
            language=self.language,
            role=self.role.id,
            asked_in_english=self.english,
            emergency=self.emergency,
            refusal=self.refusal,
            status=status,
            text=text,
            sentences=tuple(self.sentences),
            sources=mark_sources(shown, self.sentences),
            confidence=confidence,
            notes=tuple(self.notes),
            disclaimer=self.role.disclaimer_in(self.language),
            timings_ms=replace(Timings(), **self.timings),
            provenance=self.provenance,
            dropped=len(self.dropped),
            discords=self.discords,
        )


def say_words(read: Mapping[str, str], unknown: Sequence[str]) -> list[str]:
    """Return what a reader must know of the words searched: how they were read, which lack."""
    notes = [f"'{typed}' was read as '{known}'." for typed, known in read.items()]
    if unknown:
        notes.append(f"Not in any installed source: {', '.join(unknown)}.")
    return notes
