"""Small pools for suites that ask whole answers: sampled questions among their sets' texts.

A sample is drawn from each public set by the seed; the texts are those that answer the sampled
questions and as many again that do not, from every set. They are indexed once, beside the runs.
What it does not show: how an answer would be found among the millions of texts of PubMed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from elara_local.assemble import Elara
from elara_local.assistant import Assistant
from elara_local.errors import Missing
from elara_local.evaluation.datasets import (
    Asked,
    QuestionSet,
    Text,
    read_bioasq,
    read_medquad,
    read_pubmedqa,
)
from elara_local.evaluation.retrieval import POOLS, open_pool
from elara_local.evaluation.suites import Bench
from elara_local.passages.library import Library
from elara_local.retrieve import Retriever

OTHERS = 150  # texts of each set that answer none of the sampled questions
log = logging.getLogger(__name__)


def read_sets(bench: Bench) -> list[QuestionSet]:
    """Return the public sets with the questions of the bench's half.

    Raises:
        Missing: there is no folder of public sets, or one of them is not in it.
    """
    folder = require_data(bench)
    sets = [read_pubmedqa(folder), read_bioasq(folder), read_medquad(folder)]
    return [
        replace(s, questions=tuple(q for q in s.questions if bench.half in ("all", q.half)))
        for s in sets
    ]


def require_data(bench: Bench) -> Path:
    """Return the folder of public question sets.

    Raises:
        Missing: there is none.
    """
    if bench.data is None:
        raise Missing("There is no folder of public question sets.", "Name it with --data.")
    return bench.data


def draw(questions: Sequence[Asked], count: int, seed: int) -> tuple[Asked, ...]:
    """Return `count` questions that only the seed and their words decide."""
    return tuple(sorted(questions, key=lambda q: _digest(seed, q.text))[:count])


def draw_pool(sets: Sequence[QuestionSet], seed: int) -> list[QuestionSet]:
    """Return the sets with only the texts that a small pool holds."""
    return [replace(s, texts=_choose(s, seed)) for s in sets]


def open_assistant(elara: Elara, sets: Sequence[QuestionSet]) -> tuple[Assistant, Library]:
    """Return the assistant as it is, over the texts of these sets alone, and its library."""
    embedder, name = elara.retriever.embedder, elara.index.manifest["embedding_sha256"]
    folder = elara.settings.home / "evaluation" / POOLS
    library = open_pool(sets, embedder, name, folder, log.info)
    return replace(elara.assistant, retriever=Retriever(library, embedder)), library


def _choose(questions: QuestionSet, seed: int) -> Mapping[str, Text]:
    own = {name for asked in questions.questions for name in asked.relevant}
    rest = sorted(questions.texts.keys() - own, key=lambda name: _digest(seed, name))[:OTHERS]
    return {name: questions.texts[name] for name in sorted(own.union(rest))}


def _digest(seed: int, text: str) -> bytes:
    return sha256(f"{seed} {text}".encode()).digest()
