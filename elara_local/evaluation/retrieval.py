"""The retrieval suite: each leg alone and the search as it is used, on public question sets.

Every set is asked in the pool that it is given, in which other sets' texts are distractors.
Texts are cut into windows as the index would cut them, with their title and heading; a text
ranks where its best window does. A window is embedded once and kept in the cache folder.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from elara_local.errors import Missing
from elara_local.evaluation.datasets import Asked, QuestionSet, Text, read_pools
from elara_local.evaluation.suites import Bench, Case, Goal, Item, Suite
from elara_local.metrics import hit, ndcg, recall, reciprocal_rank
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

log = logging.getLogger(__name__)

POOLS = "pools"  # folder of the indexes of the pools, beside the runs
WINDOW_WORDS = 150
DEPTH = 100  # windows of a leg that is asked alone: several may belong to one text
BLOCK = 2_000  # windows that are embedded between two lines of progress
LEGS = ("keyword", "dense", "fused")

Search = Callable[[str], list[str]]  # a question -> ids of texts, best first


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


def judge(searches: Mapping[str, Search], asked: Asked) -> Case:
    """Ask one question by every leg; a metric is named after its leg: "fused ndcg10".

    The milliseconds are those of the search as it is used.
    """
    values: dict[str, float] = {}
    for leg, search in searches.items():
        began = time.perf_counter()
        ranked = search(asked.text)
        spent = (time.perf_counter() - began) * 1000
        values |= {f"{leg} {name}": score for name, score in score_ranking(ranked, asked).items()}
    return Case({**values, "fused ms": spent})


def score_ranking(ranked: Sequence[str], asked: Asked) -> dict[str, float]:
    """Return the figures of one ranking of texts, all in [0, 1]."""
    relevant = asked.relevant
    return {
        "ndcg10": ndcg(ranked, dict.fromkeys(relevant, 1.0)),
        "recall10": recall(ranked, relevant),
        "hit1": hit(ranked, relevant),
        "hit5": hit(ranked, relevant, 5),
        "hit10": hit(ranked, relevant, 10),
        "mrr10": reciprocal_rank(ranked, relevant),
    }


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


def _read(bench: Bench) -> Iterator[Item]:
    if bench.data is None:
        raise Missing("There is no folder of public question sets.", "Name it with --data.")
    for sets in read_pools(bench.data):
        searches = cache(partial(_open, bench, sets))  # opened when its first question is asked
        for questions in sets:
            for asked in questions.questions:
                if bench.half in ("all", asked.half):
                    name = hashlib.sha256(asked.text.encode()).hexdigest()[:12]
                    groups = (questions.name, f"{questions.name}, {asked.half}")
                    deed = partial(_judge, searches, asked, groups)
                    yield Item(f"{questions.name}/{name}", deed)


def _open(bench: Bench, sets: Sequence[QuestionSet]) -> Mapping[str, Search]:
    elara = bench.elara()
    embedder, name = elara.retriever.embedder, elara.index.manifest["embedding_sha256"]
    kept = elara.settings.home / "evaluation" / POOLS
    return open_searches(open_pool(sets, embedder, name, kept, log.info), embedder)


def _judge(
    searches: Callable[[], Mapping[str, Search]], asked: Asked, groups: tuple[str, ...]
) -> Case:
    case = judge(searches(), asked)
    missed = "" if case.values["fused hit10"] else f"not in the first ten: {asked.text}"
    return Case(case.values, groups, missed)


SUITE = Suite(
    "retrieval",
    "Retrieval on public question sets",
    "BioASQ, PubMedQA and MedQuAD questions among the texts of their pools, by keywords, by "
    "vectors and as the search is used. Weights were set on the dev half of each set (a hash of "
    "the question's words), test is only reported. The pools are small beside PubMed, so the "
    "figures flatter; nothing here says that an answer is right.",
    _read,
    {
        "BioASQ: fused ndcg10": Goal(0.82),
        "BioASQ: fused recall10": Goal(0.79),
        "BioASQ: fused hit5": Goal(0.93),
        "PubMedQA: fused hit1": Goal(0.9),
        "PubMedQA: fused hit10": Goal(0.975),
    },
)
