"""The retrieval suite: keyword leg, dense leg and both fusions on public question sets.

Every set is asked in one pool of all texts, so that each set's texts are distractors for the
other. Texts are cut into windows as the index would cut them; a text ranks where its best
window does. The pool is embedded once and kept in the cache folder it is given.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from elara_local.evaluation.datasets import QuestionSet
from elara_local.metrics import hit, ndcg, percentile, recall, reciprocal_rank
from elara_local.passages.folder import Index, open_index, write_index
from elara_local.passages.store import Document
from elara_local.ports import Embedder
from elara_local.records import Passage
from elara_local.retrieve import FUSIONS, fuse
from elara_local.text import sentence_spans

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WINDOW_WORDS = 150
POOL = 100  # windows of each leg before fusion: several may belong to one text


@dataclass(frozen=True)
class Figures:
    """What one way of ranking reaches on one question set; all shares in [0, 1]."""

    set: str
    fusion: str
    questions: int
    texts: int
    ndcg10: float
    recall10: float
    hit1: float
    mrr10: float
    search_p95_ms: float


def evaluate_retrieval(
    sets: Sequence[QuestionSet],
    embedder: Embedder,
    fingerprint: str,
    cache: Path,
    say: Callable[[str], None],
) -> list[Figures]:
    """Return the figures of every fusion on every set; `fingerprint` names the embedder."""
    index = _open_pool(sets, embedder, fingerprint, cache, say)
    owners = [passage.document for passage in index.store.passages()]
    figures = []
    for questions in sets:
        say(f"{questions.name}: {len(questions.questions)} questions ...")
        queries = embedder.embed([asked.text for asked in questions.questions])
        figures += [_measure(questions, queries, index, owners, name) for name in FUSIONS]
    index.close()
    return figures


def _measure(
    questions: QuestionSet,
    queries: NDArray[np.float32],
    index: Index,
    owners: Sequence[str],
    fusion: str,
) -> Figures:
    scores: list[tuple[float, float, float, float]] = []
    spent = []
    for asked, query in zip(questions.questions, queries, strict=True):
        began = time.perf_counter()
        ranked = rank_texts(asked.text, query, index, owners, fusion)
        spent.append((time.perf_counter() - began) * 1000)
        gains = dict.fromkeys(asked.relevant, 1.0)
        scores.append(
            (
                ndcg(ranked, gains),
                recall(ranked, asked.relevant),
                hit(ranked, asked.relevant),
                reciprocal_rank(ranked, asked.relevant),
            )
        )
    ndcg10, recall10, hit1, mrr10 = (
        sum(column) / len(scores) for column in zip(*scores, strict=True)
    )
    p95 = percentile(spent, 0.95)
    texts = len(set(owners))
    return Figures(questions.name, fusion, len(scores), texts, ndcg10, recall10, hit1, mrr10, p95)


def rank_texts(
    text: str, query: NDArray[np.float32], index: Index, owners: Sequence[str], fusion: str
) -> list[str]:
    """Return the ids of texts, best first: each stands where its best window does."""
    keyword = dict(index.keywords.search(text, POOL))
    dense = dict(index.vectors.search(query, POOL))
    lacking = [i for i in keyword if i not in dense]
    full = dense | dict(zip(lacking, index.vectors.cosines(query, lacking), strict=True))
    fused = fuse(keyword, dense if fusion == "dense" else full, fusion)
    order = sorted(fused, key=lambda i: (-fused[i], i))
    return list(dict.fromkeys(owners[i] for i in order))


def _open_pool(
    sets: Sequence[QuestionSet],
    embedder: Embedder,
    fingerprint: str,
    cache: Path,
    say: Callable[[str], None],
) -> Index:
    texts = {i: text for questions in sets for i, text in questions.texts.items()}
    key = hashlib.sha256(f"{fingerprint} {WINDOW_WORDS} {sorted(texts.items())}".encode())
    folder = cache / key.hexdigest()[:16]
    if not (folder / "manifest.json").is_file():
        passages = list(_windows(texts))
        say(f"Embedding {len(passages)} windows of {len(texts)} texts, once ...")
        rows = embedder.embed([p.text for p in passages])
        documents = [Document(i, "", text) for i, text in texts.items()]
        write_index(folder, documents, passages, rows, {"embedding_sha256": fingerprint})
    return open_index(folder)


def _windows(texts: dict[str, str]) -> Iterator[Passage]:
    number = 0
    for name, text in texts.items():
        for start, end in _cut(text):
            yield Passage(number, name, "", "", text[start:end], start, end)
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
