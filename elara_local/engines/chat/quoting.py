"""The generator that needs no language model: it picks sentences of the passages, verbatim.

A sentence is chosen for its nearness to the question (cosine, where an embedder is given),
for the question's topic words it holds, for a heading that fits the kind of question, and
for the rank of its passage; a sentence for another patient is never chosen. It can't be
wrong about its source; it can pick a sentence that is beside the point. It knows no index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from elara_local.common_words import topic_words
from elara_local.errors import Stopped
from elara_local.grounding.drugs import read_drugs
from elara_local.grounding.populations import populations_in
from elara_local.intent import read_intent
from elara_local.patient import fits, read_patient
from elara_local.ports import Embedder, Limits, Message, Token, Usage
from elara_local.records import Evidence
from elara_local.text import sentence_spans, words

RANK_WEIGHT = 0.2  # what the best passage's rank is worth beside a cosine of 1
WORD_WEIGHT = 0.4  # what holding every topic word of the question is worth
SECTION_WEIGHT = 0.15  # what a heading that fits the kind of question is worth
DOSE_WEIGHT = 0.25  # what an amount of the medicine asked about is worth, for a dose
FLOOR = 0.55  # a further sentence scores at least this share of the best one
MIN_WORDS = 4
STRANGER = 0.15  # off a sentence for a group that the question does not name
OTHER_TITLE = 0.1  # off a sentence of another document than the best passage's
SAME = 0.6  # share of common words from which two sentences with equal numbers are one
NEAR = 90  # characters between a medicine and its amount
AMOUNT = re.compile(r"\d\s*(?:mg|g|micrograms?|ml|units?|mmol|l|drops|tablets?|iu)\b")
SPECIAL = frozenset({"newborn", "young infant", "preterm", "pregnancy", "breastfeeding"})


@dataclass(frozen=True)
class Candidate:
    """One sentence of the evidence; `place` is (passage number from 0, sentence number)."""

    place: tuple[int, int]
    text: str
    evidence: Evidence


class Quoting:
    """Picks and orders whole sentences; every one ends with the mark of its passage."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._embedder = embedder

    def generate(self, messages: Sequence[Message], limits: Limits) -> Iterator[Token]:
        """Yield one token per chosen sentence: its words, its mark, a line break."""
        asked = messages[-1]
        candidates = read_candidates(asked.evidence, asked.question)
        chosen = self._choose(candidates, asked.question, limits.max_sentences)
        for candidate in chosen:
            if limits.stop.is_set():
                raise Stopped()
            yield Token(f"{candidate.text} [{candidate.place[0] + 1}]\n")
        yield Token("", Usage(0, 0, len(chosen), 0.0, 0.0))

    def _choose(
        self, candidates: Sequence[Candidate], question: str, count: int
    ) -> list[Candidate]:
        if not candidates:
            return []
        scores = self._score(candidates, question)
        order = sorted(range(len(candidates)), key=lambda i: (-scores[i], candidates[i].place))
        chosen: list[Candidate] = []
        for i in order:
            if len(chosen) == count or scores[i] < FLOOR * scores[order[0]]:
                break
            if not any(is_repeat(candidates[i].text, other.text) for other in chosen):
                chosen.append(candidates[i])
        return chosen

    def _score(self, candidates: Sequence[Candidate], question: str) -> list[float]:
        asked = set(topic_words(question))
        named, intent = read_patient(question).groups, read_intent(question)
        medicines = [word for word in asked if word in read_drugs()]
        best = candidates[0].evidence.title
        cosines = self._cosines(candidates, question)
        scores = []
        for candidate, cosine in zip(candidates, cosines, strict=True):
            held = set(words(f"{candidate.evidence.title} {candidate.text}"))
            share = len(asked & held) / len(asked) if asked else 0.0
            strange = bool(populations_in(candidate.text) & SPECIAL - named)
            dosed = intent.id == "dose" and states_dose(candidate.text, medicines)
            scores.append(
                cosine
                + WORD_WEIGHT * share
                + RANK_WEIGHT / (1 + candidate.place[0])
                + SECTION_WEIGHT * intent.fit(candidate.evidence.section)
                + DOSE_WEIGHT * dosed
                - STRANGER * strange
                - OTHER_TITLE * (candidate.evidence.title != best)
            )
        return scores

    def _cosines(self, candidates: Sequence[Candidate], question: str) -> list[float]:
        if self._embedder is None:
            return [0.0] * len(candidates)
        texts = [f"{c.evidence.title}. {c.evidence.section}. {c.text}" for c in candidates]
        rows = self._embedder.embed([question, *texts])
        return [float(cosine) for cosine in rows[1:] @ rows[0]]


def read_candidates(evidence: Sequence[Evidence], question: str) -> list[Candidate]:
    """Return the sentences that may be quoted: long enough, for the patients asked about."""
    candidates = []
    patient = read_patient(question)
    for n, item in enumerate(evidence):
        for m, (start, end) in enumerate(sentence_spans(item.text)):
            text = " ".join(item.text[start:end].split())
            if len(words(text)) >= MIN_WORDS and fits(patient, text):
                candidates.append(Candidate((n, m), text, item))
    return candidates


def is_repeat(text: str, other: str) -> bool:
    """True when two sentences hold the same numbers and mostly the same words."""
    left, right = words(text), words(other)
    if [w for w in sorted(left) if w[0].isdigit()] != [w for w in sorted(right) if w[0].isdigit()]:
        return False
    ours, theirs = set(left), set(right)
    return len(ours & theirs) >= SAME * len(ours | theirs)


def states_dose(sentence: str, medicines: Sequence[str]) -> bool:
    """True when an amount follows each of these medicines, with no other one in between."""
    text = sentence.casefold()
    known = read_drugs()
    for medicine in medicines:
        found = text.find(medicine)
        after = text[found + len(medicine) : found + len(medicine) + NEAR]
        amount = AMOUNT.search(after)
        if found < 0 or not amount or any(w in known for w in words(after[: amount.start()])):
            return False
    return bool(medicines or AMOUNT.search(text))
