"""The keyword index of 161,712 synthetic articles, against SQLite's FTS5 in the same run.

    python -m benchmarks.keywords

Queries are six words in a row of an article, common words included, ten hits each, one thread,
the best of three rounds.
Asked for: built in 12 s or less, 65 MB or less, p95 of 2 ms or less.
"""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks.articles import COUNT
from benchmarks.corpus import make_articles
from benchmarks.timing import time_queries
from elara_local.passages.keywords import Entry, Keywords, write_keywords

QUERIES = 300
QUERIES_OF_FTS = 60
HITS = 10


def read_entries(count: int = COUNT) -> list[Entry]:
    """Make the articles, as the keyword index takes them."""
    return [
        Entry(n, article["text"], "", article["title"])
        for n, (article, _, _) in enumerate(make_articles(count))
    ]


def make_queries(entries: Sequence[Entry], count: int = QUERIES, seed: int = 3) -> list[str]:
    """Six words in a row, from articles spread over the whole."""
    draw = random.Random(seed)
    queries = []
    while len(queries) < count:
        words = draw.choice(entries).body.replace(".", "").split()
        if len(words) > 20:
            start = draw.randrange(len(words) - 6)
            queries.append(" ".join(words[start : start + 6]))
    return queries


def measure_tantivy(folder: Path, entries: Sequence[Entry], queries: Sequence[str]) -> Any:
    """Build and ask the index that Elara uses."""
    before, begin = psutil.Process().memory_info().rss, time.perf_counter()
    write_keywords(folder, entries)
    built = time.perf_counter() - begin
    grown = psutil.Process().memory_info().rss - before
    keywords = Keywords(folder)
    _, p50, p95 = time_queries(lambda query: keywords.search(query, HITS), queries)
    return {
        "built in s": round(built, 1),
        "MB": round(sum(path.stat().st_size for path in folder.iterdir()) / 1e6, 1),
        "memory grown by MB": round(grown / 1e6),
        "p50 ms": p50,
        "p95 ms": p95,
    }


def measure_fts5(path: Path, entries: Sequence[Entry], queries: Sequence[str]) -> Any:
    """Build and ask SQLite's full-text index: no content kept, Porter's stems, any of the words."""
    begin = time.perf_counter()
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE VIRTUAL TABLE t USING fts5(title, body, content='', tokenize='porter unicode61')"
    )
    rows: Iterator[tuple[int, str, str]] = ((e.id, e.title, e.body) for e in entries)
    connection.executemany("INSERT INTO t(rowid, title, body) VALUES (?,?,?)", rows)
    connection.execute("INSERT INTO t(t) VALUES ('optimize')")
    connection.commit()
    built = time.perf_counter() - begin
    query = f"SELECT rowid FROM t WHERE t MATCH ? ORDER BY bm25(t) LIMIT {HITS}"

    def search(text: str) -> object:
        terms = " OR ".join(f'"{word}"' for word in text.replace('"', "").split())
        return connection.execute(query, [terms]).fetchall()

    _, p50, p95 = time_queries(search, queries[:QUERIES_OF_FTS], rounds=1)
    connection.close()
    return {
        "FTS5 built in s": round(built, 1),
        "FTS5 MB": round(path.stat().st_size / 1e6, 1),
        "FTS5 p50 ms": p50,
        "FTS5 p95 ms": p95,
    }


def measure(count: int = COUNT) -> dict[str, Any]:
    """The figures by name."""
    entries = read_entries(count)
    queries = make_queries(entries)
    with tempfile.TemporaryDirectory() as temp:
        ours = measure_tantivy(Path(temp) / "keywords", entries, queries)
        return {"articles": count, **ours, **measure_fts5(Path(temp) / "fts", entries, queries)}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
