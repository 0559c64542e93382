"""Whether a finding is said of this patient, now: negation, history, other people, topics.

A reading of one text with the cue words of content/emergency/<language>.toml, which a clinician
can correct. What is covered: "no", "denies", lists ("no A, B or C"), "B: none", "history of",
"her mother had", "three years ago", "risk of", and questions about a topic ("dose in eclampsia?")
told from questions about a patient (age, weight, "my son", "now", vital signs). What is not
covered: sarcasm, double negation beyond the listed cues, a "no" two sentences away. When in
doubt a finding stands: a missed emergency is worse than a banner too many. This module knows no
emergency rule.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from elara_local.screening.phrases import Match, Token

CUES = (
    "negates",  # reaches to the end of its clause
    "denies",  # reaches to the end of its sentence
    "not_negation",  # holds a negating word and does not negate
    "negates_after",  # stands right after what it negates
    "breaks",  # ends the reach of a negation or of a history
    "joins",  # "and": ends the reach of "no", not of "denies"
    "lists",  # "or": carries a negation over commas
    "past",  # before a finding of long ago
    "past_after",  # after a finding of long ago
    "kin",  # other people ...
    "had",  # ... and the verb that tells their story
    "now",  # makes a finding current
    "hypothetical",  # risk, prevention, "in case of"
    "prevents",  # what follows at once is to be prevented: it has not happened
    "topic",  # asks about a subject
    "defines",  # asks what a thing is, its causes and signs: the whole sentence is a question
    "opening",  # "in eclampsia, what ...": opens a clause that belongs to the question
    "patient",  # says that a patient is meant
    "lesson",  # study, exam: a topic even with "my patient" in it (never with vital signs)
)
FAR = 40  # words that "denies" reaches over
REACH = 7  # words that a negation or a history reaches over
NEAR = 2  # words between "prevent" and what is to be prevented
AFTER = 3  # words between a finding and a cue behind it


class Reading:
    """What the cues say about one text.

    Args:
        words: the tokens of the text.
        cues: the cue matches, with key (language, kind).
        languages: whose cues count: the languages that the text may be in.
        measured: True when a vital sign, an age or a weight of a patient was read.
        heads: clauses that end in a colon: with a question behind it they are its subject.
    """

    def __init__(
        self,
        words: list[Token],
        cues: Iterable[Match],
        languages: frozenset[str],
        measured: bool,
        heads: frozenset[int] = frozenset(),
    ) -> None:
        self._words = words
        self._cues: dict[str, list[Match]] = {kind: [] for kind in CUES}
        for cue in sorted(cues, key=lambda match: match.start):
            if cue.key[0] in languages:
                self._cues[cue.key[1]].append(cue)
        self._drop_harmless()
        self._cues["stories"] = self._collect_stories()
        self._starts = {kind: [c.start for c in found] for kind, found in self._cues.items()}
        self._now = {words[c.start].clause for c in self._cues["now"]}
        self._current = self._collect_current()
        self._last_or = {words[c.start].sentence: c.start for c in self._cues["lists"]}
        self._asking = {words[c.start].sentence for c in self._cues["topic"]}
        self._defined = {words[c.start].sentence for c in self._cues["defines"]}
        self._asked = {words[i].clause for c in self._cues["topic"] for i in (c.start, c.end - 1)}
        self._opened = {
            words[c.start].clause for c in self._cues["opening"] if self._opens(c)
        } | heads
        told = bool(self._cues["patient"]) and not self._cues["lesson"]
        self._measured = measured
        self.about_patient = measured or told

    @property
    def subject(self) -> str:
        """What the text was judged to be about: "patient" or "topic"."""
        asks = self._cues["topic"] or self._cues["defines"]
        return "patient" if self.about_patient or not asks else "topic"

    def stands(self, finding: Match, even_as_topic: bool = False) -> bool:
        """True when the finding is said of a patient now, or may be."""
        if self.negated(finding) or self.past(finding):
            return False
        return even_as_topic or not (self.topical(finding) or self._prevented(finding))

    def negated(self, finding: Match) -> bool:
        """True when a cue denies the finding."""
        for cue in self._before("negates", finding, REACH):
            if self._same_clause(cue, finding) or self._listed(cue):
                return True
        if self._before("denies", finding, FAR):
            return True
        return any(
            cue.end == len(self._words)
            or self._words[cue.end].clause != self._words[cue.end - 1].clause
            for cue in self._between("negates_after", finding.end, finding.end + AFTER)
            if self._same_sentence(cue, finding)
        )

    def past(self, finding: Match) -> bool:
        """True when the finding is told of long ago or of somebody else."""
        clause = self._words[finding.start].clause
        later = self._between("past_after", finding.start, finding.end + REACH)
        dated = any(self._same_clause(cue, finding) for cue in later)
        if clause in self._now or (clause in self._current and not dated):
            return False
        return (
            dated
            or bool(self._before("past", finding, REACH))
            or bool(self._before("stories", finding, REACH))
        )

    def topical(self, finding: Match) -> bool:
        """True when the finding is the subject of a question and no patient is meant."""
        if self.about_patient:
            return False
        if self._before("hypothetical", finding, REACH):
            return True
        here = self._words[finding.start]
        if here.sentence in self._defined:
            return True
        return here.sentence in self._asking and (
            here.clause in self._asked or here.clause in self._opened
        )

    def _prevented(self, finding: Match) -> bool:
        """True when the words just before speak of keeping the finding away, and none measured."""
        return not self._measured and bool(self._before("prevents", finding, NEAR))

    def _drop_harmless(self) -> None:
        """A cue inside a longer phrase that does not negate ("no relief of") is none."""
        covered = {i for cue in self._cues["not_negation"] for i in range(cue.start, cue.end)}
        for kind in ("negates", "denies", "negates_after"):
            self._cues[kind] = [
                c for c in self._cues[kind] if not covered.issuperset(range(c.start, c.end))
            ]

    def _collect_current(self) -> set[int]:
        """Clauses told as happening now: a cue's own, and its sentence's unless it says "has"."""
        verbs = {self._words[c.start].clause for c in self._cues["breaks"] if not self._is_now(c)}
        sentences: set[int] = set()
        for cue in self._cues["now"]:
            word = self._words[cue.start]
            if word.clause not in verbs:
                sentences.add(word.sentence)
        return self._now | {word.clause for word in self._words if word.sentence in sentences}

    def _is_now(self, cue: Match) -> bool:
        return any(cue.start == other.start for other in self._cues["now"])

    def _collect_stories(self) -> list[Match]:
        """Somebody else followed by "had": from the one to the end of the other."""
        verbs = {had.start: had for had in self._cues["had"]}
        return [
            Match(kin.key, kin.start, verbs[index].end)
            for kin in self._cues["kin"]
            for index in range(kin.end, kin.end + AFTER + 1)
            if index in verbs and self._same_clause(kin, verbs[index])
        ]

    def _before(self, kind: str, finding: Match, reach: int) -> list[Match]:
        """Cues of a kind that stand before the finding and reach it with nothing in between."""
        return [
            cue
            for cue in self._between(kind, finding.start - reach - AFTER, finding.start)
            if cue.end <= finding.start <= cue.end + reach
            and self._same_sentence(cue, finding)
            and not self._between("breaks", cue.end, finding.start)
            and (kind == "denies" or not self._between("joins", cue.end, finding.start))
        ]

    def _between(self, kind: str, low: int, high: int) -> list[Match]:
        """Cues of a kind that begin in [low, high)."""
        starts = self._starts[kind]
        return self._cues[kind][bisect_left(starts, low) : bisect_left(starts, high)]

    def _listed(self, cue: Match) -> bool:
        """True when an "or" further on in the sentence carries the negation over commas."""
        return self._last_or.get(self._words[cue.start].sentence, -1) >= cue.end

    def _opens(self, cue: Match) -> bool:
        before = self._words[cue.start - 1].clause if cue.start else -1
        return before != self._words[cue.start].clause

    def _same_clause(self, one: Match, other: Match) -> bool:
        return self._words[one.end - 1].clause == self._words[other.start].clause

    def _same_sentence(self, one: Match, other: Match) -> bool:
        return self._words[one.start].sentence == self._words[other.start].sentence
