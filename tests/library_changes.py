"""Changes a library for ever, state after state, until it is killed; for test_library.

In state n there are documents doc-0 ... doc-(n % 4), and every passage says "state n".
"""

import importlib
import itertools

import numpy as np

from elara_local.passages.holdings import File, read_holdings
from elara_local.passages.store import Document
from elara_local.passages.volumes import Addition, change
from elara_local.records import Passage

ABOUT = {"name": "Own documents", "edition": "", "shelf": "own", "embedding_sha256": "e"}
DIMENSIONS = 16


def rows(count, seed):
    found = np.random.default_rng(seed).standard_normal((count, DIMENSIONS)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def addition(name, words, count=3):
    line = f"{name} says {words}."
    text = f"{name}\n" + "\n".join([line] * count)
    starts = [len(name) + 1 + n * (len(line) + 1) for n in range(count)]
    passages = tuple(
        Passage(n, name, name, "", line, start, start + len(line)) for n, start in enumerate(starts)
    )
    return Addition(Document(name, name, text, format="text"), passages, rows(count, 1))


def documents_of(state):
    return [f"doc-{n}" for n in range(state % 4 + 1)]


def go_to(folder, state):
    """Change the library to a state in one step: some are replaced, some new, some removed."""
    names = documents_of(state)
    held = read_holdings(folder).documents
    change(
        folder,
        ABOUT,
        [addition(name, f"state {state}") for name in names],
        {name: File(f"{state}", (name,)) for name in names},
        [d for d in held if d not in names],
    )


def run(folder, first, ready):
    for name in ("faiss", "tantivy"):
        importlib.import_module(name)
    ready.set()
    for state in itertools.count(first):
        go_to(folder, state)
