"""The retrieval suite: each leg alone and the search as it is used, on public question sets.

Every set is asked in the pool that it is given, in which other sets' texts are distractors.
Texts are cut into windows as the index would cut them, with their title and heading; a text
ranks where its best window does. A window is embedded once and kept in the cache folder.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from elara_local.evaluation.datasets import Asked, QuestionSet, Text
from elara_local.metrics import hit, ndcg, percentile, recall, reciprocal_rank
from elara_local.passages.folder import open_index, write_index
from elara_local.passages.holdings import Holdings
from elara_local.passages.library import Library
from elara_local.passages.shelves import Shelf
from elara_local.passages.store import Document
from elara_local.ports import Embedder, for_queries
from elara_local.records import Passage
from elara_local.retrieve import POOL, Retriever
from elara_local.text import sentence_spans

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WINDOW_WORDS = 150
DEPTH = 100  # windows of a leg that is asked alone: several may belong to one text
BLOCK = 2_000  # windows that are embedded between two lines of progress
LEGS = ("keyword", "dense", "fused")

Search = Callable[[str], list[str]]  # a question -> ids of texts, best first


@dataclass(frozen=True)
class Figures:
    """What one way of searching reaches on one question set; all shares in [0, 1]."""

    set: str
    leg: str
    questions: int
    texts: int
    ndcg10: float
    recall10: float
    hit1: float
    hit10: float
    mrr10: float
    p95_ms: float


def evaluate_retrieval(
    pools: Sequence[Sequence[QuestionSet]],
    embedder: Embedder,
    fingerprint: str,
    cache: Path,
    say: Callable[[str], None],
) -> list[Figures]:
    """Ask the sets of each pool among all texts of that pool; return the figures.

    `fingerprint` names the embedder. Sets without questions only lend their texts.
    """
    figures = []
    for sets in pools:
        library = open_pool(sets, embedder, fingerprint, cache, say)
        for questions in sets:
            if questions.questions:
                say(f"{questions.name}: {len(questions.questions)} questions ...")
                figures += measure(questions, library, embedder)
        library.close()
    return figures


def measure(questions: QuestionSet, library: Library, embedder: Embedder) -> list[Figures]:
    """Ask one set with each leg alone and with the search as it is used."""
    searches = open_searches(library, embedder)
    return [_measure(questions, library, leg, searches[leg]) for leg in LEGS]


def open_searches(library: Library, embedder: Embedder) -> Mapping[str, Search]:
    """Return the ways of searching a pool, by their names in LEGS."""
    owners = [passage.document for passage in library.store.passages()]
    retriever = Retriever(library, embedder)

    def search_words(text: str) -> list[str]:
        return _distinct(owners[i] for i, _ in library.keywords.search(text, DEPTH))

    def search_vectors(text: str) -> list[str]:
        query = for_queries(embedder).embed([text])[0]
        return _distinct(owners[i] for i, _ in library.vectors.search(query, DEPTH))

    def search_both(text: str) -> list[str]:
        return _distinct(found.passage.document for found in retriever.search(text, POOL).hits)

    return dict(zip(LEGS, (search_words, search_vectors, search_both), strict=True))


def _measure(questions: QuestionSet, library: Library, leg: str, search: Search) -> Figures:
    scores: list[tuple[float, ...]] = []
    spent = []
    for asked in questions.questions:
        began = time.perf_counter()
        ranked = search(asked.text)
        spent.append((time.perf_counter() - began) * 1000)
        scores.append(_score(ranked, asked))
    ndcg10, recall10, hit1, hit10, mrr10 = (
        sum(column) / len(scores) for column in zip(*scores, strict=True)
    )
    p95 = percentile(spent, 0.95)
    texts = int(library.manifest["documents"])
    return Figures(
        questions.name, leg, len(scores), texts, ndcg10, recall10, hit1, hit10, mrr10, p95
    )


def _score(ranked: Sequence[str], asked: Asked) -> tuple[float, ...]:
    relevant = asked.relevant
    return (
        ndcg(ranked, dict.fromkeys(relevant, 1.0)),
        recall(ranked, relevant),
        hit(ranked, relevant),
        hit(ranked, relevant, 10),
        reciprocal_rank(ranked, relevant),
    )


def _distinct(owners: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(owners))


def open_pool(
    sets: Sequence[QuestionSet],
    embedder: Embedder,
    fingerprint: str,
    cache: Path,
    say: Callable[[str], None],
) -> Library:
    """Return the texts of all sets as a library of one shelf, built once in the cache folder."""
    texts = {i: text for questions in sets for i, text in questions.texts.items()}
    key = hashlib.sha256(f"{fingerprint} {WINDOW_WORDS} {sorted(texts.items())}".encode())
    folder = cache / key.hexdigest()[:16]
    if not (folder / "manifest.json").is_file():
        passages = list(_windows(texts))
        rows = _embed(passages, embedder, cache / f"{fingerprint[:16]}-windows.npz", say)
        documents = [Document(i, text.title, text.body) for i, text in texts.items()]
        about = {"embedding_sha256": fingerprint, "shelf": "collection"}
        write_index(folder, documents, passages, rows, about)
    index = open_index(folder)
    return Library([Shelf(index, "collection", 0)], Holdings(), folder, ())


def _embed(
    passages: Sequence[Passage], embedder: Embedder, kept: Path, say: Callable[[str], None]
) -> NDArray[np.float32]:
    """Embed windows as an index does, taking from `kept` those that were embedded before."""
    import numpy as np

    wanted = [_embedding_text(passage) for passage in passages]
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in wanted]
    rows: dict[str, NDArray[np.float32]] = {}
    if kept.is_file():
        with np.load(kept) as stored:
            rows = dict(zip(stored["keys"].tolist(), stored["rows"], strict=True))
    new = sorted({k: t for k, t in zip(keys, wanted, strict=True) if k not in rows}.items(),
                 key=lambda pair: len(pair[1]))  # fmt: skip
    for start in range(0, len(new), BLOCK):
        say(f"Embedding windows, once: {start} of {len(new)} ...")
        block = new[start : start + BLOCK]
        vectors = embedder.embed([text for _, text in block])
        rows |= {key: row for (key, _), row in zip(block, vectors, strict=True)}
    if new:
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, keys=np.array(list(rows)), rows=np.stack(list(rows.values())))
    return np.stack([rows[key] for key in keys])


def _embedding_text(passage: Passage) -> str:
    """Return what an index embeds for a passage (index/slices.py): title, heading, words."""
    if not passage.title and not passage.section:
        return passage.text
    return f"{passage.title}. {passage.section}. {passage.text}"


def _windows(texts: Mapping[str, Text]) -> Iterator[Passage]:
    number = 0
    for name, text in texts.items():
        for start, end in _cut(text.body):
            yield Passage(number, name, text.title, text.section, text.body[start:end], start, end)
            number += 1


def _cut(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of runs of sentences of up to WINDOW_WORDS words."""
    start, end, count = 0, 0, 0
    for left, right in sentence_spans(text):
        size = len(text[left:right].split())
        if count and count + size > WINDOW_WORDS:
            yield start, end
            start, count = left, 0
        end, count = right, count + size
    if end > start:
        yield start, end
