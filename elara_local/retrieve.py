"""Hybrid search: keywords and vectors, fused, with a gate for "nothing here is about this".

Two fusions stand ready; which is the default was measured (docs/decisions.md). The gate
looks at the cosine of the best passages and at how much of what the question asks about
they hold, rare words counting more.

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

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from elara_local.common_words import topic_words
from elara_local.passages.folder import Index
from elara_local.ports import Embedder
from elara_local.records import Hit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

POOL = 50  # candidates of each leg before fusion
RRF_K = 60  # Cormack, Clarke and Büttcher 2009
FUSIONS = ("mean", "rrf", "keyword", "dense")
DEFAULT_FUSION = "mean"


@dataclass(frozen=True)
class Gate:
    """When passages are about the question: cosine or coverage at least this high."""

    cosine: float = 0.34  # below this the best passage is about something else
    coverage: float = 0.5  # share of the question's topic words, rarity-weighted
    sure_cosine: float = 0.62  # at this cosine other words carry the meaning


@dataclass(frozen=True)
class Found:
    """What a search found. `corrected` maps words as typed to the index's spelling."""

    hits: tuple[Hit, ...]
    about: bool
    coverage: float
    unknown: tuple[str, ...] = ()
    corrected: Mapping[str, str] = field(default_factory=dict)
    embed_ms: float = 0.0
    search_ms: float = 0.0


class Retriever:
    """Searches one opened index with the embedder that built it."""

    def __init__(
        self,
        index: Index,
        embedder: Embedder,
        fusion: str = DEFAULT_FUSION,
        gate: Gate | None = None,
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._fusion = fusion
        self._gate = gate or Gate()
        self._words = index.store.words()
        self._long_words = [word for word in self._words if len(word) >= 5]

    def search(self, text: str, top: int) -> Found:
        """Return the `top` best passages for a question in the index's language."""
        corrected = self._correct(text)
        asked = " ".join([text, *corrected.values()])
        began = time.perf_counter()
        query = self._embedder.embed([_substitute(text, corrected)])[0]
        embedded = time.perf_counter()
        hits = self._rank(asked, query, top)
        coverage, unknown = self._cover(text, corrected, hits)
        return Found(
            hits=tuple(hits),
            about=self._about(hits, coverage, unknown),
            coverage=coverage,
            unknown=unknown,
            corrected=corrected,
            embed_ms=(embedded - began) * 1000,
            search_ms=(time.perf_counter() - embedded) * 1000,
        )

    def _rank(self, asked: str, query: NDArray[np.float32], top: int) -> list[Hit]:
        keyword = dict(self._index.keywords.search(asked, POOL))
        dense = dict(self._index.vectors.search(query, POOL))
        lacking = [i for i in keyword if i not in dense]
        dense |= dict(zip(lacking, self._index.vectors.cosines(query, lacking), strict=True))
        fused = fuse(keyword, dense, self._fusion)
        order = sorted(fused, key=lambda i: (-fused[i], i))[:top]
        best = max(keyword.values(), default=1.0)
        return [
            Hit(
                passage,
                fused[passage.id],
                keyword.get(passage.id, 0.0) / best,
                dense.get(passage.id, 0.0),
            )
            for passage in self._index.store.read(order)
        ]

    def _about(self, hits: Sequence[Hit], coverage: float, unknown: Sequence[str]) -> bool:
        cosine = max((hit.cosine for hit in hits), default=0.0)
        if cosine < self._gate.cosine or (coverage < self._gate.coverage and unknown):
            return False
        return coverage >= self._gate.coverage or cosine >= self._gate.sure_cosine

    def _correct(self, text: str) -> dict[str, str]:
        """Map each unknown word to the index word it most likely misspells, if there is one."""
        corrected = {}
        for word in topic_words(text):
            if word in self._words or len(word) < 5 or word[0].isdigit():
                continue
            furthest = 1 if len(word) < 8 else 2
            found = process.extractOne(
                word, self._long_words, scorer=DamerauLevenshtein.distance, score_cutoff=furthest
            )
            if found:
                corrected[word] = found[0]
        return corrected

    def _cover(
        self, text: str, corrected: Mapping[str, str], hits: Sequence[Hit]
    ) -> tuple[float, tuple[str, ...]]:
        """Return the rarity-weighted share of topic words the hits hold, and those unknown."""
        keywords = self._index.keywords
        asked = [corrected.get(word, word) for word in topic_words(text)]
        held: set[str] = set()
        for hit in hits:
            p = hit.passage
            held.update(keywords.terms(f"{p.title} {p.section} {p.text}"))
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


def fuse(keyword: Mapping[int, float], dense: Mapping[int, float], fusion: str) -> dict[int, float]:
    """Fuse BM25 scores and cosines into one score in [0, 1] for each id.

    "mean" is the mean of the min-max normalised legs, "rrf" reciprocal rank fusion scaled to
    its best possible value, "keyword" and "dense" one leg alone.
    """
    if fusion == "keyword":
        return _normalise(keyword)
    if fusion == "dense":
        return _normalise(dense)
    ids = set(keyword) | set(dense)
    if fusion == "rrf":
        legs = (_reciprocal_ranks(keyword), _reciprocal_ranks(dense))
        return {i: sum(leg.get(i, 0.0) for leg in legs) * (RRF_K + 1) / 2 for i in ids}
    left, right = _normalise(keyword), _normalise(dense)
    return {i: (left.get(i, 0.0) + right.get(i, 0.0)) / 2 for i in ids}


def _normalise(scores: Mapping[int, float]) -> dict[int, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    spread = (high - low) or 1.0
    return {i: (score - low) / spread if high > low else 1.0 for i, score in scores.items()}


def _reciprocal_ranks(scores: Mapping[int, float]) -> dict[int, float]:
    order = sorted(scores, key=lambda i: (-scores[i], i))
    return {i: 1.0 / (RRF_K + rank + 1) for rank, i in enumerate(order)}


def _substitute(text: str, corrected: Mapping[str, str]) -> str:
    if not corrected:
        return text
    return " ".join(corrected.get(word.casefold().strip("?.,!;:"), word) for word in text.split())
