"""The prebuilt index of the handbook: its size, opening it, searching it.

    python -m benchmarks.index --only handbook

Asked are the golden questions. The peer of the same run is SQLite's FTS5 (porter, bm25) over the
same passages. Opening compares the sizes of all files, not their checksums. Asked for: at most
20 MB; the peer is there to say how fast this machine is.
"""

from __future__ import annotations

import re
import sqlite3
import time
from pathlib import Path
from typing import Any

from benchmarks.timing import time_queries
from elara_local.assemble import load_embedder
from elara_local.evaluation.golden import read_golden
from elara_local.passages.folder import open_index
from elara_local.passages.store import Store
from elara_local.retrieve import Retriever
from elara_local.settings import PREBUILT_INDEX, read_settings

MODEL = "all-minilm-l6-v2-int8"
TOP = 5
EVERY = 4  # of the golden questions, one in so many is asked


def open_times(folder: Path, rounds: int = 5) -> float:
    """Milliseconds to open an index, the best of some rounds."""
    spent = []
    for _ in range(rounds):
        begin = time.perf_counter()
        open_index(folder).close()
        spent.append((time.perf_counter() - begin) * 1000)
    return round(min(spent), 1)


def measure_fts5(store: Store, questions: list[str]) -> dict[str, Any]:
    """Ask FTS5 over the same passages, any word of the question counting."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(title, body, tokenize='porter unicode61')")
    rows = ((passage.title, passage.text) for passage in store.passages())
    database.executemany("INSERT INTO t VALUES (?, ?)", rows)

    def search(text: str) -> object:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", text))
        ranked = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY bm25(t) LIMIT ?"
        return database.execute(ranked, (words, TOP)).fetchall()

    _, p50, p95 = time_queries(search, questions)
    return {"FTS5 p50 ms": p50, "FTS5 p95 ms": p95}


def measure() -> dict[str, Any]:
    """The figures of the index, of searching it, and of the peer."""
    questions = [golden.text for golden in read_golden()][::EVERY]
    embedder, _ = load_embedder(read_settings(), MODEL)
    index = open_index(PREBUILT_INDEX)
    keywords = time_queries(lambda text: index.keywords.search(text, TOP), questions)
    retriever = Retriever(index, embedder)
    whole = time_queries(lambda text: retriever.search(text, TOP), questions)
    size = sum(path.stat().st_size for path in PREBUILT_INDEX.rglob("*") if path.is_file())
    figures = {
        "passages": sum(1 for _ in index.store.passages()),
        "size MB": round(size / 1e6, 1),
        "opened ms": open_times(PREBUILT_INDEX),
        "keywords p50 ms": keywords[1],
        "keywords p95 ms": keywords[2],
        "whole search p50 ms": whole[1],
        "whole search p95 ms": whole[2],
    }
    return figures | measure_fts5(index.store, questions)
