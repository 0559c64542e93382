"""The generator that needs no language model: it picks sentences of the passages, verbatim.

A sentence is chosen for its nearness to the question (cosine, where an embedder is given),
for the question's topic words it holds, for a heading that fits the kind of question, and
for the rank of its passage; for the amount of the medicine asked about and not of another;
for saying not to give it. A sentence for another patient or that can't be read alone is never
chosen, an item of a list comes with the line that leads into it, and one that says nothing
without the sentence before it comes with that one. Where first actions are asked
for, those of the best document come first and in its order; a loading dose comes before
the maintenance dose. It can't be wrong about its
source; it can pick a sentence that is beside the point. It knows no index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from elara_local.aspects import aspects_intent
from elara_local.common_words import topic_words
from elara_local.emergency import screen
from elara_local.engines.chat.candidates import (
    Candidate,
    read_candidates,
    read_medicines,
    strays,
)
from elara_local.engines.chat.courses import put_start_first
from elara_local.engines.chat.indications import (
    are_apart,
    count_beside,
    is_as_wide,
    keep_asked,
    list_indications,
)
from elara_local.engines.chat.leaflet import keep_asked_part
from elara_local.engines.chat.repeats import adds_dose, holds_all, is_repeat, is_same_dose
from elara_local.errors import Stopped
from elara_local.grounding.populations import populations_in
from elara_local.intent import Intent, read_intent
from elara_local.medicines import (
    gives_another,
    prohibits,
    routes_in,
    states_dose,
)
from elara_local.patient import read_patient
from elara_local.ports import Embedder, Limits, Message, Token, Usage
from elara_local.text import words

RANK_WEIGHT = 0.2  # what the best passage's rank is worth beside a cosine of 1
WORD_WEIGHT = 0.4  # what holding every topic word of the question is worth
SECTION_WEIGHT = 0.15  # what a heading that fits the kind of question is worth
DOSE_WEIGHT = 0.25  # what an amount of the medicine asked about is worth, for a dose
ANOTHER = 0.3  # off a sentence that gives another medicine than those asked about
PROHIBITED = 0.25  # what "do not give" the medicine asked about is worth
BESIDE = 0.05  # off a card's dose for each word of its indication that was not asked about
OTHER_ROUTE = 0.15  # off a sentence that gives only by other routes than those asked about
NOT_TO_DO = 0.2  # off what not to do where it is asked what to do
FIRST_WEIGHT = 0.2  # what a first action of the best document is worth where that is asked
NEAR_BEST = 0.8  # share of the best score from which a first action may open an answer
TITLES = 2  # best documents among which first actions are looked for
FIRST_ACTIONS = "First actions"
OWN = "own"
OWN_NEAR = 0.7  # share of the best score from which the user's passage comes first or at all
OWN_PLACES = 2 / 3  # of the sentences are the user's own at most, where others are near too
FLOOR = 0.55  # a further sentence scores at least this share of the best one
STRANGER = 0.15  # off a sentence for a group that the question does not name
OTHER_TITLE = 0.2  # off a sentence of another document than the best passage's
SPECIAL = frozenset({"newborn", "young infant", "preterm", "pregnancy", "breastfeeding"})


class Quoting:
    """Picks and orders whole sentences; every one ends with the mark of its passage."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._embedder = embedder

    def generate(self, messages: Sequence[Message], limits: Limits) -> Iterator[Token]:
        """Yield one token per chosen sentence: its words, its mark, a line break."""
        asked = messages[-1]
        candidates = read_candidates(asked.evidence, asked.question)
        medicines = read_medicines(asked.question, asked.evidence)
        chosen = self._choose(candidates, asked.question, medicines, limits.max_sentences)
        for candidate in chosen:
            if limits.stop.is_set():
                raise Stopped()
            yield Token(f"{candidate.text} [{candidate.place[0] + 1}]\n")
        yield Token("", Usage(0, 0, len(chosen), 0.0, 0.0))

    def _choose(
        self, candidates: Sequence[Candidate], question: str, medicines: Sequence[str], count: int
    ) -> list[Candidate]:
        intent = read_kind(question)
        candidates = [c for c in candidates if not strays(c, medicines)]
        candidates = keep_asked(candidates, question, medicines)
        part = keep_asked_part(candidates, question)
        if len(part) < len(candidates):
            intent = aspects_intent(question, intent)
            return self._pick(part, question, intent, medicines, count, 0.0)
        listed = list_indications(part, question, medicines, count)
        return listed or self._pick(part, question, intent, medicines, count)

    def _pick(
        self,
        candidates: Sequence[Candidate],
        question: str,
        intent: Intent,
        medicines: Sequence[str],
        count: int,
        least: float = 1.0,  # share of the floor that a further sentence must reach
    ) -> list[Candidate]:
        if not candidates:
            return []
        scores = self._score(candidates, question, intent, medicines)
        order = sorted(range(len(candidates)), key=lambda i: (-scores[i], candidates[i].place))
        wants_first = "first" in intent.kinds and not medicines and count > 1
        first = choose_first_actions(candidates, scores) if wants_first else []
        chosen = first[:1]
        floor = least * scores[order[0]]
        order = [i for i in order if scores[i] >= _floor(candidates[i]) * floor]
        others = sum(candidates[i].evidence.shelf != OWN for i in order)
        for i in order:
            wanted = [c for c in (candidates[i].lead, candidates[i]) if c and c not in chosen]
            own = sum(c.evidence.shelf == OWN for c in (*chosen, *wanted))
            full = own > max(OWN_PLACES * count, count - others)
            if len(chosen) + len(wanted) > count or (full and candidates[i].evidence.shelf == OWN):
                continue
            take(chosen, wanted)
        if first:
            chosen.sort(key=lambda c: (c not in first, c.start * (c in first)))
        before = min((c.place[0] for c in candidates if c.evidence.shelf != OWN), default=count)
        near = {
            c.evidence.id
            for c, score in zip(candidates, scores, strict=True)
            if c.place[0] < before and score >= OWN_NEAR * scores[order[0]]
        }
        chosen.sort(key=lambda c: c.evidence.id not in near)
        chosen = put_start_first(chosen, [candidates[i] for i in order], question, count)
        return put_warning_first(chosen, question, medicines)

    def _score(
        self,
        candidates: Sequence[Candidate],
        question: str,
        intent: Intent,
        medicines: Sequence[str],
    ) -> list[float]:
        asked, named = set(topic_words(question)), read_patient(question).groups
        best, routes = candidates[0].evidence.title, routes_in(question)
        said = "first" in read_intent(question).kinds
        scores = []
        for candidate, cosine in zip(candidates, self._cosines(candidates, question), strict=True):
            text, heading = candidate.told, candidate.evidence.section
            held = set(words(f"{candidate.evidence.title} {text}"))
            score = cosine + RANK_WEIGHT / (1 + candidate.place[0])
            score += WORD_WEIGHT * len(asked & held) / len(asked) if asked else 0.0
            forbids = prohibits(text, medicines)
            fit = intent.fit(heading)
            score += SECTION_WEIGHT * (max(fit, 0.0) if forbids else fit)
            score += DOSE_WEIGHT * ("dose" in intent.kinds and states_dose(text, medicines))
            score += PROHIBITED * forbids - ANOTHER * gives_another(text, medicines)
            score -= BESIDE * count_beside(candidate, question) if medicines else 0.0
            if routes and (other := routes_in(text)) and not routes & other:
                score -= OTHER_ROUTE
            score -= STRANGER * bool(populations_in(text) & SPECIAL - named)
            score -= OTHER_TITLE * (candidate.evidence.title != best)
            if "first" in intent.kinds:
                score += FIRST_WEIGHT * is_first_action(candidate, best)
                score -= NOT_TO_DO * (said and text.startswith(("Do not", "Never", "Avoid")))
            scores.append(score)
        return scores

    def _cosines(self, candidates: Sequence[Candidate], question: str) -> list[float]:
        if self._embedder is None:
            return [0.0] * len(candidates)
        texts = [f"{c.evidence.title}. {c.evidence.section}. {c.text}" for c in candidates]
        rows = self._embedder.embed([question, *texts])
        return [float(cosine) for cosine in rows[1:] @ rows[0]]


def take(chosen: list[Candidate], wanted: Sequence[Candidate]) -> None:
    """Add a sentence and what leads into it, unless it is there; the fuller of two that are one."""
    if not wanted:
        return
    text = wanted[-1].text
    if any(is_repeat(text, other.text) for other in chosen):
        return
    new = wanted[-1]
    same = [c for c in chosen if is_same_dose(text, c.text) and not are_apart(new, c)]
    led = {id(c.lead) for c in chosen}
    free = [c for c in same if c.lead is None and id(c) not in led and is_as_wide(new, c)]
    held = [c for c in free if holds_all(text, c.text)]
    if new.is_card:  # of two that say as much the topic's stays
        held = [c for c in held if c.is_card or not holds_all(c.text, text)]
    if held and len(wanted) == 1:
        chosen[chosen.index(held[0])] = new
        chosen[:] = [c for c in chosen if c not in held]
    elif not same or adds_dose(text, [c.text for c in same]):
        chosen += wanted


def _floor(candidate: Candidate) -> float:
    """The share of the best score that a further sentence needs: more in other people's prose."""
    return FLOOR if candidate.evidence.shelf in ("", "handbook") else OWN_NEAR


def put_warning_first(
    chosen: Sequence[Candidate], question: str, medicines: Sequence[str]
) -> list[Candidate]:
    """Put "do not give" the medicine asked about before a dose from another document.

    It must fit the question no worse than that dose, and be for the same people.
    """
    asked = set(topic_words(question))

    def share(candidate: Candidate) -> int:
        return len(asked & set(words(f"{candidate.evidence.title} {candidate.text}")))

    warnings = [
        c
        for c in chosen
        if prohibits(c.text, medicines)
        and c.evidence.title != chosen[0].evidence.title
        and share(c) >= share(chosen[0])
        and populations_in(c.text) & populations_in(chosen[0].text)
    ]
    if "avoid" in read_intent(question).kinds:
        return list(chosen)
    return [*warnings, *(c for c in chosen if c not in warnings)]


def read_kind(question: str) -> Intent:
    """Return what the question wants; an emergency told without a question wants first actions."""
    intent = read_intent(question)
    if intent.kinds == {"action"} and screen(question).level == "emergency":
        return read_intent(f"{question} what to do")
    return intent


def choose_first_actions(
    candidates: Sequence[Candidate], scores: Sequence[float]
) -> list[Candidate]:
    """Return the first actions that may open an answer, in the order of their document.

    They are of the first of the best documents whose best first action comes near the best
    sentence of all, and each comes near that one: "keep a child with stridor calm" doesn't
    come before the back blows of a child who chokes.
    """
    scored = list(zip(candidates, scores, strict=True))
    for title in list(dict.fromkeys(c.evidence.title for c in candidates))[:TITLES]:
        found = [(c, score) for c, score in scored if is_first_action(c, title)]
        best = max((score for _, score in found), default=0.0)
        if found and best >= NEAR_BEST * max(scores):
            near = [c for c, score in found if score >= NEAR_BEST * best]
            return sorted(near, key=lambda c: c.start)
    return []


def is_first_action(candidate: Candidate, title: str) -> bool:
    """True for a sentence under "First actions" of the document with this title."""
    return candidate.evidence.title == title and candidate.evidence.section == FIRST_ACTIONS
