"""Hybrid search: keywords and vectors, fused, with a gate for "nothing here is about this".

How a passage is scored stands in elara_local.ranking, when the passages found are about the
question in elara_local.gate. It knows an index or library and an embedder, no engine by name.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from elara_local.aspects import aspects_intent
from elara_local.common_words import topic_words
from elara_local.condense import condense
from elara_local.coverage import Unit, read_units, share_held
from elara_local.gate import Gate, Seen, judge
from elara_local.intent import Intent, Kinds, read_intent
from elara_local.medicines import medicines_in
from elara_local.passages.folder import Index
from elara_local.passages.library import Library
from elara_local.patient import read_patient, suit
from elara_local.ports import Embedder, for_queries
from elara_local.precedence import Standing, leave_room, rank, say_older
from elara_local.ranking import AT_LENGTH, DENSE, OTHER_LANGUAGE, fuse, lift
from elara_local.records import Hit, Passage
from elara_local.screening.function_words import likely_languages
from elara_local.spelling import Spelling, substitute
from elara_local.synonyms import SILENT, Expansion, annotate, expand
from elara_local.text import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

POOL = 50  # candidates of each leg before fusion
DEPTH = 200  # keyword hits read, so that most candidates of the vectors have a keyword score
HELD = 0.5  # share of an expansion's words that the index must hold
CONDENSED = 0.85  # of the coverage of a message: what was left out of it may matter
LOOKED = 20  # passages that the gate looks at, however few are wanted
SUITABLE = 20  # candidates that are compared with the patient


@dataclass(frozen=True)
class Found:
    """What a search found.

    `corrected` maps words as typed to the index's spelling or to what they mean elsewhere
    ("PPH"), `read` is the question so read.
    """

    hits: tuple[Hit, ...]
    about: bool
    coverage: float
    unknown: tuple[str, ...] = ()
    corrected: Mapping[str, str] = field(default_factory=dict)
    embed_ms: float = 0.0
    search_ms: float = 0.0
    read: str = ""


class Retriever:
    """Searches an opened index or library with the embedder that built it."""

    def __init__(
        self,
        index: Index | Library,
        embedder: Embedder,
        gate: Gate | None = None,
    ) -> None:
        self._index = index
        self.embedder = embedder
        self._gate = gate or Gate()
        self._spelling = Spelling(index.store.words(), self._is_stemmed)
        self._terms = lru_cache(4096)(lambda text: frozenset(index.keywords.terms(text)))

    def search(self, text: str, top: int) -> Found:
        """Return the `top` best passages for a question in the index's language."""
        began = time.perf_counter()
        corrected = self._mend(text)
        whole = substitute(text, corrected)
        expansions = [e for e in expand(whole) if self._is_held(e)]
        told = condense(whole, self._share_of, [e.said for e in expansions])
        units = self._read_units(told, expansions)
        words_read = time.perf_counter()
        query = self._embed(
            dict.fromkeys([annotate(whole, expansions), annotate(told, expansions)])
        )
        embedded = time.perf_counter()
        searched_for = whole if told == whole else " ".join(topic_words(whole))
        asked = " ".join([searched_for, *corrected, *(e.means for e in expansions)])
        hits = self._rank(asked, told, query, units, weigh_nearness(whole, told), max(top, LOOKED))
        seen = self._see(told, units, hits, 1.0 if told == whole else CONDENSED)
        verdict = judge(self._gate, seen)
        if verdict.opens and verdict.documents:
            hits = [hit for hit in hits if hit.passage.document in verdict.documents]
        searched = time.perf_counter() - embedded + words_read - began
        return Found(
            hits=tuple(hits[:top]),
            about=verdict.opens,
            coverage=seen.cover(),
            unknown=tuple(seen.unknown),
            corrected=corrected | {e.said: e.means for e in expansions if e.kind not in SILENT},
            embed_ms=(embedded - words_read) * 1000,
            search_ms=searched * 1000,
            read=annotate(whole, expansions),
        )

    def _see(self, told: str, units: Sequence[Unit], hits: Sequence[Hit], weight: float) -> Seen:
        listed = self._index.store.keywords_of({hit.passage.document for hit in hits})
        return Seen(told, units, hits, listed, self._index.keywords.terms, weight)

    def hold(self, asked: str, hits: Sequence[Hit]) -> list[float]:
        """Return the share of the topic words of a question that each hit holds, 0 to 1."""
        units = self._read_units(asked, [e for e in expand(asked) if self._is_held(e)])
        shares = self._shares(units, [hit.passage for hit in hits])
        return [shares[hit.passage.id] for hit in hits]

    def words_of(self, hits: Sequence[Hit]) -> list[tuple[str, str]]:
        """Return title and further words of each document that was found, the best first."""
        titles = {hit.passage.document: hit.passage.title for hit in hits}
        further = self._index.store.keywords_of(titles)
        return [(title, further.get(document, "")) for document, title in titles.items()]

    def _embed(self, texts: Iterable[str]) -> NDArray[np.float32]:
        """Return the vector of a question: of a message and of it condensed, half way between."""
        middle: NDArray[np.float32] = for_queries(self.embedder).embed(list(texts)).sum(axis=0)
        length = float((middle @ middle) ** 0.5) or 1.0
        return middle / length

    def _share_of(self, word: str) -> float:
        """Return the share of passages that hold a word in one of its forms."""
        keywords = self._index.keywords
        terms = keywords.terms(word)
        return max(map(keywords.frequency, terms), default=0) / max(1, self._index.vectors.size)

    def _mend(self, text: str) -> dict[str, str]:
        """Map misspelt words to the index's; a word that means something elsewhere is none."""
        meant = {word for e in expand(text) for word in words(e.said)}
        return {k: v for k, v in self._spelling.correct(text).items() if k not in meant}

    def _is_held(self, expansion: Expansion) -> bool:
        """True when the index holds what is meant: all of it of a medicine, else half."""
        keywords = self._index.keywords
        terms = keywords.terms(expansion.means)
        held = sum(keywords.frequency(term) > 0 for term in terms)
        return held >= len(terms) * (1.0 if expansion.kind == "brand" else HELD) > 0

    def _read_units(self, text: str, expansions: Sequence[Expansion]) -> list[Unit]:
        meant = {e.said: e.means for e in expansions}
        return read_units(text, meant, self._index.keywords, self._index.vectors.size)

    def _is_stemmed(self, word: str) -> bool:
        """True when a passage holds another form of the word: "induce", "induced"."""
        keywords = self._index.keywords
        return any(keywords.frequency(term) for term in keywords.terms(word))

    def _rank(
        self,
        asked: str,
        told: str,
        query: NDArray[np.float32],
        units: Sequence[Unit],
        near: float,
        top: int,
    ) -> list[Hit]:
        keyword = dict(self._index.keywords.search(asked, DEPTH))
        dense = dict(self._index.vectors.search(query, POOL))
        lacking = [i for i in list(keyword)[:POOL] if i not in dense]
        dense |= dict(zip(lacking, self._index.vectors.cosines(query, lacking), strict=True))
        fused = fuse({i: keyword.get(i, 0.0) for i in dense}, dense, near)
        pool = sorted(fused, key=lambda i: (-fused[i], i))[: POOL * self._index.kinds]
        passages = self._index.store.read(pool)
        shares, named = self._shares(units, passages), self._name(units, passages)
        intent, kinds, patient = read_wish(told), Kinds(told), read_patient(told)
        likely = set(pool[:SUITABLE])
        standings = {
            p.id: Standing(
                lift(
                    fused[p.id],
                    shares[p.id],
                    named[p.document],
                    (intent if p.shelf in ("", "handbook") else kinds).fit(p.section),
                    suit(patient, p.text) if p.id in likely else 0.0,
                ),
                shares[p.id],
                dense[p.id],
            )
            for p in passages
        }
        fused = rank(passages, standings)
        passages = say_older(passages)
        best = max(keyword.values(), default=1.0)
        passages.sort(key=lambda p: (-fused[p.id], p.id))
        return [
            Hit(
                passage,
                fused[passage.id],
                keyword.get(passage.id, 0.0) / best,
                dense.get(passage.id, 0.0),
            )
            for passage in leave_room(passages, top)
        ]

    def _shares(self, units: Sequence[Unit], passages: Sequence[Passage]) -> dict[int, float]:
        """Return the share of what is asked about that each passage holds."""
        keywords = self._index.keywords
        held = {p.id: set(keywords.terms(f"{p.title} {p.section} {p.text}")) for p in passages}
        return {i: share_held(units, terms) for i, terms in held.items()}

    def _name(self, units: Sequence[Unit], passages: Sequence[Passage]) -> dict[str, float]:
        """Return the share of what is asked about that each document's title and keywords hold."""
        titles = {p.document: p.title for p in passages}
        further = self._index.store.keywords_of(titles)
        return {
            document: share_held(units, self._terms(f"{title} {further.get(document, '')}"))
            for document, title in titles.items()
        }


def read_wish(question: str) -> Intent:
    """Return what a question wants; of a medicine it may want another section than the doses."""
    intent = read_intent(question)
    return aspects_intent(question, intent) if medicines_in(topic_words(question)) else intent


def weigh_nearness(whole: str, told: str) -> float:
    """Return how much the cosines weigh for a question and what was told of it."""
    if "en" not in likely_languages(told):
        return OTHER_LANGUAGE
    return DENSE if told == whole else AT_LENGTH
