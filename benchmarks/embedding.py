"""Documents embedded per second: CTranslate2 int8 against sentence-transformers float32.

    python -m benchmarks.embedding [--threads 2] [--texts 256] [--rounds 3] [--sweep]

Both sides get the same texts, the same number of threads, and take turns; the best round
of each counts. The overlap is of the ten nearest others of each text. The texts are handbook
paragraphs of the repository, cut into passages. Asked for: at least 2 times, overlap 0.97.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from elara_local.engines.embedding.conversion import convert_encoder
from elara_local.engines.embedding.ct2 import CTranslate2
from elara_local.engines.embedding.reference import SentenceTransformers
from elara_local.ports import Embedder

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCE = REPOSITORY / "models" / "all-minilm-l6-v2"


def read_texts(count: int) -> list[str]:
    """Take paragraphs of the handbook, of mixed length, repeated up to `count`."""
    found: list[str] = []
    for page in sorted((REPOSITORY / "index" / "handbook").glob("*.md")):
        found += [p for p in page.read_text("utf-8").split("\n\n") if len(p) > 40]
    if not found:
        found = [p for p in (SOURCE / "README.md").read_text("utf-8").split("\n") if len(p) > 40]
    joined = [" ".join(found[i : i + 1 + i % 3]) for i in range(len(found))]
    return [joined[i % len(joined)] for i in range(count)]


def rate(embedder: Embedder, texts: list[str]) -> float:
    """Documents per second of one pass."""
    begin = time.perf_counter()
    embedder.embed(texts)
    return len(texts) / (time.perf_counter() - begin)


def overlap(one: NDArray[np.float32], other: NDArray[np.float32], count: int = 10) -> float:
    """The share of each text's `count` nearest others that two sets of rows have in common."""
    nearest = []
    for rows in (one, other):
        cosines = rows @ rows.T
        np.fill_diagonal(cosines, -2)
        nearest.append(np.argsort(-cosines, axis=1)[:, :count])
    same = [len(set(a) & set(b)) for a, b in zip(*nearest, strict=True)]
    return round(float(np.mean(same)) / count, 4)


def compare(texts: list[str], threads: int, rounds: int, folder: Path) -> dict[str, float]:
    """Let the two take turns and keep the best round of each."""
    import torch

    torch.set_num_threads(threads)
    ours, theirs = CTranslate2(folder, threads), SentenceTransformers(SOURCE)
    int8, float32 = ours.embed(texts), theirs.embed(texts)
    cosines = (int8 * float32).sum(axis=1)
    turns = [(rate(ours, texts), rate(theirs, texts)) for _ in range(rounds)]
    best = np.max(np.array(turns), axis=0)
    one = [1000 / rate(ours, texts[i : i + 1]) for i in range(50)]
    return {
        "ct2_int8_docs_per_s": round(float(best[0]), 1),
        "sentence_transformers_docs_per_s": round(float(best[1]), 1),
        "ratio": round(float(best[0] / best[1]), 2),
        "lowest_ratio_of_a_round": round(min(a / b for a, b in turns), 2),
        "recall_at_10_overlap": overlap(int8, float32),
        "cosine_mean": round(float(cosines.mean()), 4),
        "cosine_min": round(float(cosines.min()), 4),
        "one_text_p50_ms": round(float(np.median(one)), 2),
        "one_text_p95_ms": round(float(np.percentile(one, 95)), 2),
    }


def sweep(texts: list[str], threads: int, folder: Path) -> None:
    """Print the rate for each arithmetic and batch size."""
    for kind in ("int8", "float32"):
        for tokens in (256, 512, 1024, 2048, 4096, 8192):
            embedder = CTranslate2(folder, threads, kind, tokens)
            embedder.embed(texts[:32])
            best = max(rate(embedder, texts) for _ in range(3))
            print(f"{kind:8} {tokens:5} tokens a batch: {best:7.1f} documents/s")


def main() -> None:
    """Print one JSON object, after the sweep if it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--texts", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sweep", action="store_true")
    options = parser.parse_args()
    texts = read_texts(options.texts)
    with tempfile.TemporaryDirectory() as temp:
        folder = Path(temp) / "encoder"
        convert_encoder(SOURCE, folder)
        if options.sweep:
            sweep(texts, options.threads, folder)
        print(json.dumps(compare(texts, options.threads, options.rounds, folder), indent=2))


if __name__ == "__main__":
    main()
