"""What a question, a passage and an answer are made of.

The fields of Answer and of the records inside it are the stable JSON that
`ask --json` prints; `events.as_json` writes them, and tests/test_records.py compares the two.
Fields marked window-only help a face to draw and are left out of the JSON.
This module knows no engine, no file and no face.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Level = Literal["none", "urgent", "emergency", "crisis"]
Status = Literal["answered", "quoted", "not_in_sources", "refused", "escalated"]
Support = Literal["quoted", "supported", "unsupported"]
ConfidenceLevel = Literal["high", "moderate", "low", "none"]

LEVELS: tuple[Level, ...] = ("none", "urgent", "emergency", "crisis")
WINDOW_ONLY = {"json": False}
# The reason of a sentence that code has worked out: a dose, a score.
WORKED = "worked out by code from the cited dose"
CALCULATED = "calculated by code from the cited formula"
# Kinds of collection, the one that a clinician trusts most first.
SHELVES = ("own", "handbook", "collection", "forum")


@dataclass(frozen=True)
class Question:
    """What was asked and how: the text as typed, the role, the language ("auto" or a code)."""

    text: str
    role: str = "professional"
    language: str = "auto"
    top: int = 5
    generator: str = ""  # "" = the default of the installed model; else a name of engine_table


@dataclass(frozen=True)
class FiredRule:
    """One emergency rule that fired: its id, the user's words that fired it, what to do first."""

    id: str
    words: tuple[str, ...]
    action: str


@dataclass(frozen=True)
class Emergency:
    """The result of `emergency.screen`: the highest level and every rule that fired."""

    level: Level = "none"
    rules: tuple[FiredRule, ...] = ()

    def __or__(self, other: Emergency) -> Emergency:
        """Join two screenings (original words and their translation); the higher level wins."""
        level = max(self.level, other.level, key=LEVELS.index)
        seen = {rule.id for rule in self.rules}
        return Emergency(level, self.rules + tuple(r for r in other.rules if r.id not in seen))


@dataclass(frozen=True)
class Refusal:
    """Why a question is not answered: the rule's id and a reason with the nearest real help."""

    rule: str
    reason: str


@dataclass(frozen=True)
class Passage:
    """A stretch of one document, as the index stores it.

    `start` and `end` are character offsets into the stored text of `document`, so that
    `document_text[start:end] == text`. `section` is the heading path under the title,
    joined by " › ". Pages are 1-based, None where a document has none; `breaks` are the
    (document offset, page) at which further pages begin inside the passage. `notice` says
    what a reader must know of the document ("retracted"), `shelf` what kind of collection it
    stands in: one of SHELVES, "" where that is not known.
    """

    id: int
    document: str
    title: str
    section: str
    text: str
    start: int
    end: int
    page_from: int | None = None
    page_to: int | None = None
    edition: str = ""
    review: str = "unreviewed"
    licence: str = ""
    source: str = ""
    populations: tuple[str, ...] = ()
    breaks: tuple[tuple[int, int], ...] = ()
    notice: str = ""
    shelf: str = ""

    def page_at(self, offset: int) -> int | None:
        """Return the page on which a document offset inside this passage stands."""
        page = self.page_from
        for start, number in self.breaks:
            page = number if start <= offset else page
        return page


@dataclass(frozen=True)
class Hit:
    """A passage that a search found; scores are in [0, 1], higher is better.

    `keyword` is the normalised BM25 score, `cosine` the raw cosine of the vectors,
    `score` the fused one that the order follows.
    """

    passage: Passage
    score: float
    keyword: float = 0.0
    cosine: float = 0.0


@dataclass(frozen=True)
class Evidence:
    """A numbered passage as a generator and the grounding check see it: id "s1", "s2", ...

    `start` is its offset in the document, 0 where that is not known: the order of reading.
    """

    id: str
    text: str
    title: str = ""
    section: str = ""
    populations: tuple[str, ...] = ()
    start: int = 0
    shelf: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the grounding check found for one sentence."""

    support: Support
    reasons: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """True when the sentence may be shown as an answer."""
        return self.support != "unsupported"


@dataclass(frozen=True)
class Sentence:
    """One sentence of an answer and the sources it points at."""

    text: str
    citations: tuple[str, ...] = ()
    support: Support = "unsupported"
    reasons: tuple[str, ...] = ()

    @property
    def is_worked(self) -> bool:
        """True for a sum of code, which is no words of a source."""
        return bool({WORKED, CALCULATED} & set(self.reasons))


@dataclass(frozen=True)
class Source:
    """A passage shown beside an answer; `quote` is document_text[start:end], verbatim."""

    id: str
    title: str
    section: str
    page: int | None
    edition: str
    review: str
    document: str
    quote: str
    start: int
    end: int
    score: float
    context: str = field(default="", metadata=WINDOW_ONLY)  # the whole passage
    context_start: int = field(default=0, metadata=WINDOW_ONLY)  # its offset in the document
    marks: tuple[tuple[int, int], ...] = field(default=(), metadata=WINDOW_ONLY)  # into context
    licence: str = field(default="", metadata=WINDOW_ONLY)
    origin: str = field(default="", metadata=WINDOW_ONLY)  # guidance behind it, by name and year
    cited: bool = field(default=False, metadata=WINDOW_ONLY)
    page_to: int | None = field(default=None, metadata=WINDOW_ONLY)  # where the quote ends
    notice: str = field(default="", metadata=WINDOW_ONLY)
    shelf: str = field(default="", metadata=WINDOW_ONLY)
    breaks: tuple[tuple[int, int], ...] = field(default=(), metadata=WINDOW_ONLY)


@dataclass(frozen=True)
class Statement:
    """A sentence of one source, verbatim, with where it stands."""

    source: str  # "s1"
    text: str
    title: str
    edition: str


@dataclass(frozen=True)
class Discord:
    """Two sources that state a different dose of one medicine for the same people."""

    medicine: str
    statements: tuple[Statement, Statement]

    @property
    def line(self) -> str:
        """Both statements in one line, dated: the note of an answer that has no box for them."""
        sides = " against ".join(
            f'"{s.text}" ({", ".join(part for part in (s.title, s.edition) if part)})'
            for s in self.statements
        )
        return f"Sources differ on {self.medicine}: {sides}."


@dataclass(frozen=True)
class Confidence:
    """How far the evidence carries, in words, with the reasons."""

    level: ConfidenceLevel = "none"
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timings:
    """Milliseconds spent in each stage; None where the stage did not run."""

    screen: float | None = None
    embed: float | None = None
    search: float | None = None
    first_sentence: float | None = None
    generate: float | None = None
    check: float | None = None
    translate: float | None = None
    total: float | None = None


@dataclass(frozen=True)
class Provenance:
    """What made the answer: names and fingerprints, so that it can be made again."""

    chat_model: str = ""
    adapter: str = ""
    embedding_model: str = ""
    index: str = ""
    handbook: str = ""
    rules: str = ""


@dataclass(frozen=True)
class Answer:
    """The whole answer; `as_json(answer)` is the contract of `ask --json`."""

    question: str
    language: str
    role: str
    asked_in_english: str
    emergency: Emergency
    refusal: Refusal | None
    status: Status
    text: str
    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...]
    confidence: Confidence
    notes: tuple[str, ...]
    disclaimer: str
    timings_ms: Timings
    provenance: Provenance
    dropped: int = field(default=0, metadata=WINDOW_ONLY)  # drafted sentences left out
    discords: tuple[Discord, ...] = field(default=(), metadata=WINDOW_ONLY)

    @property
    def other_notes(self) -> tuple[str, ...]:
        """The notes without those on discords, for a face that shows these apart."""
        told = {discord.line for discord in self.discords}
        return tuple(note for note in self.notes if note not in told)


@dataclass(frozen=True)
class Listing:
    """What a search alone found; `as_json(listing)` is what `search --json` prints."""

    query: str
    about: bool  # False: nothing installed is about this; the nearest passages are listed
    sources: tuple[Source, ...]
    notes: tuple[str, ...]
    timings_ms: Timings
    provenance: Provenance
