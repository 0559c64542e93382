"""Hybrid search: keywords and vectors, fused, with a gate for "nothing here is about this".

How a passage is scored stands in elara_local.ranking. The gate looks at the cosine of the best
passages and at how much of what the question asks about they hold, rare words counting more.

What the gate covers: questions on other matters, made-up drugs and diseases (a word that no
document holds). What it does not: a question whose words all occur while the answer is
absent; the grounding check and the reader stand behind it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from elara_local.common_words import topic_words
from elara_local.intent import Kinds, read_intent
from elara_local.passages.folder import Index
from elara_local.passages.library import Library
from elara_local.ports import Embedder
from elara_local.precedence import Standing, rank, say_older
from elara_local.ranking import fuse, lift
from elara_local.records import Hit, Passage
from elara_local.spelling import Spelling, is_medicine, is_ordinary, substitute

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

POOL = 50  # candidates of each leg before fusion
DEPTH = 200  # keyword hits read, so that most candidates of the vectors have a keyword score
AGREEING = 4  # best passages that must stand in one document to agree
STORY = 6  # topic words from which a question is a story told at length
GATE_HITS = 5  # passages that the gate looks at


@dataclass(frozen=True)
class Gate:
    """When passages are about the question; set on the dev half of the golden questions.

    Any of four is enough: every topic word is covered; cosine and coverage both reach the
    first pair; for words that are told otherwise in the sources, the second pair; or the
    third, where the best passages all stand in one document (a story told at length). A word
    that no source holds and that is a medicine's name or no ordinary word closes the gate.
    """

    cosine: float = 0.34
    coverage: float = 0.5  # share of the question's topic words, rarity-weighted
    sure_cosine: float = 0.5
    sure_coverage: float = 0.2
    agreed_cosine: float = 0.4
    agreed_coverage: float = 0.35
    full_coverage: float = 0.95


@dataclass(frozen=True)
class Found:
    """What a search found.

    `corrected` maps words as typed to the index's spelling, `read` is the question so spelt.
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

    def search(self, text: str, top: int) -> Found:
        """Return the `top` best passages for a question in the index's language."""
        corrected = self._spelling.correct(text)
        asked = " ".join([text, *corrected.values()])
        began = time.perf_counter()
        read = substitute(text, corrected)
        query = self.embedder.embed([read])[0]
        embedded = time.perf_counter()
        hits = self._rank(asked, query, top)
        coverage, unknown = self._cover(text, corrected, hits[:GATE_HITS])
        return Found(
            hits=tuple(hits),
            about=self._about(hits[:GATE_HITS], coverage, unknown, told_at_length(text)),
            coverage=coverage,
            unknown=unknown,
            corrected=corrected,
            embed_ms=(embedded - began) * 1000,
            search_ms=(time.perf_counter() - embedded) * 1000,
            read=read,
        )

    def _is_stemmed(self, word: str) -> bool:
        """True when a passage holds another form of the word: "induce", "induced"."""
        keywords = self._index.keywords
        return any(keywords.frequency(term) for term in keywords.terms(word))

    def _rank(self, asked: str, query: NDArray[np.float32], top: int) -> list[Hit]:
        keyword = dict(self._index.keywords.search(asked, DEPTH))
        dense = dict(self._index.vectors.search(query, POOL))
        lacking = [i for i in list(keyword)[:POOL] if i not in dense]
        dense |= dict(zip(lacking, self._index.vectors.cosines(query, lacking), strict=True))
        fused = fuse({i: keyword.get(i, 0.0) for i in dense}, dense)
        passages = self._index.store.read(sorted(fused, key=lambda i: (-fused[i], i))[:POOL])
        shares = self._shares(asked, passages)
        intent, kinds = read_intent(asked), Kinds(asked)
        standings = {
            p.id: Standing(
                lift(
                    fused[p.id],
                    shares[p.id],
                    (intent if p.shelf in ("", "handbook") else kinds).fit(p.section),
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
            for passage in passages[:top]
        ]

    def _shares(self, asked: str, passages: Sequence[Passage]) -> dict[int, float]:
        """Return the rarity-weighted share of the question's topic words in each passage."""
        keywords = self._index.keywords
        rarity = {
            term: math.log(1 + self._index.vectors.size / (1 + keywords.frequency(term)))
            for term in keywords.terms(" ".join(topic_words(asked)))
        }
        total = sum(rarity.values()) or 1.0
        held = {p.id: set(keywords.terms(f"{p.title} {p.section} {p.text}")) for p in passages}
        return {i: sum(rarity[t] for t in rarity if t in own) / total for i, own in held.items()}

    def _about(
        self, hits: Sequence[Hit], coverage: float, unknown: Sequence[str], story: bool
    ) -> bool:
        gate = self._gate
        cosine = max((hit.cosine for hit in hits), default=0.0)
        if not hits or any(is_medicine(word) or not is_ordinary(word) for word in unknown):
            return False
        if not unknown and coverage >= gate.full_coverage:
            return True
        pairs = [(gate.cosine, gate.coverage), (gate.sure_cosine, gate.sure_coverage)]
        if story and len({hit.passage.document for hit in hits[:AGREEING]}) == 1:
            pairs.append((gate.agreed_cosine, gate.agreed_coverage))
        return any(cosine >= least and coverage >= share for least, share in pairs)

    def _cover(
        self, text: str, corrected: Mapping[str, str], hits: Sequence[Hit]
    ) -> tuple[float, tuple[str, ...]]:
        """Return the rarity-weighted share of topic words the hits hold, and those unknown."""
        keywords = self._index.keywords
        asked = [corrected.get(word, word) for word in topic_words(text)]
        documents = self._index.store.keywords_of({hit.passage.document for hit in hits})
        parts = [f"{h.passage.title} {h.passage.section} {h.passage.text}" for h in hits]
        held = set(keywords.terms(" ".join([*parts, *documents.values()])))
        total = covered = 0.0
        unknown = []
        for word in asked:
            for term in keywords.terms(word):
                frequency = keywords.frequency(term)
                weight = math.log(1 + self._index.vectors.size / (1 + frequency))
                total += weight
                covered += weight * (term in held)
                if not frequency:
                    unknown.append(word)
        return (covered / total if total else 0.0), tuple(dict.fromkeys(unknown))


def told_at_length(text: str) -> bool:
    """True for a question with so many topic words that no passage can hold most of them."""
    return len(topic_words(text)) >= STORY
