"""The whole retrieve step on an index of 161,712 synthetic articles: Retriever.search.

    python -m benchmarks.retrieve [--keep FOLDER]

The articles are cut as `index build` cuts them. Vectors: a SAMPLE is embedded for real, the
rest is drawn around those rows (one of them, moved by what two others differ in), because
embedding all takes longer than all else together. Such rows are harder for the lists of an
approximate index than real ones, so it searches more of them. Half of the questions are
sentences of the articles, half are the golden questions, whose words this index mostly lacks:
the slow case for the mending of misspelt words. The best of three rounds counts. Asked for: p95
of 20 ms or less without embedding the question, 50 ms with it.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.articles import COUNT
from benchmarks.corpus import make_articles
from benchmarks.timing import time_queries
from elara_local.assemble import load_embedder
from elara_local.evaluation.golden import read_golden
from elara_local.passages.folder import open_index, write_index
from elara_local.passages.store import Document
from elara_local.ports import Embedder
from elara_local.records import Passage
from elara_local.retrieve import Retriever
from elara_local.settings import read_settings
from index.documents.blocks import Block, Parsed
from index.merge import Again
from index.slices import embedding_text, slice_document

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL = "all-minilm-l6-v2-int8"
SAMPLE = 2_000  # passages embedded for real
QUESTIONS = 150  # of each half
BATCH = 8_192
TOP = 5
MOVED = 0.3


@dataclass(frozen=True)
class Articles:
    """The synthetic articles as documents, passages and rows, made again each time."""

    count: int
    seeds: NDArray[np.float32]
    passages_in_all: int = 0

    def cut(self) -> Iterator[tuple[Document, list[Passage]]]:
        """Yield each article as it is stored."""
        first = 0
        for n, (article, _, _) in enumerate(make_articles(self.count)):
            block = Block(article["text"])
            parsed = Parsed(article["title"], (block,), article["date"], article["licence"])
            document, passages = slice_document(parsed, f"a{n}", first)
            first += len(passages)
            yield document, passages

    def rows(self) -> Iterator[NDArray[np.float32]]:
        """Yield rows of length 1: one embedded, moved by what two others differ in."""
        for start in range(0, self.passages_in_all, BATCH):
            draw = np.random.default_rng(start)
            size = min(BATCH, self.passages_in_all - start)
            one, two, three = (self.seeds[draw.integers(0, len(self.seeds), size)] for _ in "123")
            rows = one + MOVED * (two - three)
            yield (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


class Remembering:
    """An embedder that gives what it gave before: what is timed then is all but embedding."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[tuple[str, ...], NDArray[np.float32]] = {}

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        """Return the rows of texts, embedded the first time only."""
        if tuple(texts) not in self._known:
            self._known[tuple(texts)] = self._embedder.embed(texts)
        return self._known[tuple(texts)]


def build(folder: Path, embedder: Embedder, count: int) -> None:
    """Write the index."""
    sample: list[Passage] = []
    total = 0
    for _, passages in Articles(count, np.zeros((1, 1), np.float32)).cut():
        sample += passages[: SAMPLE - len(sample)]
        total += len(passages)
    seeds = embedder.embed([embedding_text(p) for p in sample])
    articles = Articles(count, seeds, total)
    write_index(
        folder,
        Again(lambda: (document for document, _ in articles.cut())),
        Again(lambda: (p for _, passages in articles.cut() for p in passages)),
        Again(articles.rows),
        {"name": "Synthetic articles", "edition": "", "embedding_model": MODEL},
    )


def questions() -> list[str]:
    """Sentences of articles and golden questions, in turn."""
    draw = random.Random(5)
    golden = [question.text for question in read_golden()][:QUESTIONS]
    sentences = [article["text"].split(". ")[0] for article, _, _ in make_articles(len(golden))]
    mixed = golden + sentences
    draw.shuffle(mixed)
    return mixed


def measure(count: int = COUNT, keep: Path | None = None) -> dict[str, Any]:
    """The figures by name."""
    embedder, _ = load_embedder(read_settings(), MODEL)
    with tempfile.TemporaryDirectory() as temp:
        folder = keep or Path(temp) / "index"
        begin = time.perf_counter()
        if not folder.exists():
            build(folder, embedder, count)
        built = time.perf_counter() - begin
        begin = time.perf_counter()
        index = open_index(folder, Path(temp) / "compared.json")
        opened = time.perf_counter() - begin
        begin = time.perf_counter()
        retriever = Retriever(index, Remembering(embedder))
        ready = time.perf_counter() - begin
        asked = questions()
        _, p50, p95 = time_queries(lambda text: retriever.search(text, TOP), asked)
        retriever.embedder = embedder
        _, whole50, whole95 = time_queries(lambda text: retriever.search(text, TOP), asked)
        return {
            "passages": index.keywords.count,
            "vectors": index.manifest["vectors"]["kind"],
            "built without embedding in s": round(built, 1),
            "opened with every byte compared in s": round(opened, 2),
            "retriever ready in s": round(ready, 2),
            "p50 ms without embedding": p50,
            "p95 ms without embedding": p95,
            "p50 ms with embedding": whole50,
            "p95 ms with embedding": whole95,
        }


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="build the index here once and use it again")
    print(json.dumps(measure(keep=parser.parse_args().keep), indent=2))


if __name__ == "__main__":
    main()
