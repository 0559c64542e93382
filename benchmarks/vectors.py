"""Vector indexes of 150,000 x 384: every kind against a plain exact one, one query at a time.

    python -m benchmarks.vectors

The rows are synthetic: 1,500 clusters. Times are of one thread, the best of three
rounds; recall@10 is against Flat, for
queries that are not in the index. Opening and private memory are those of a fresh process.
Asked for: exact p95 of 8 ms or less; approximate 0.5 ms or less at recall 0.98; opened in
10 ms with 5 MB or less.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np

from benchmarks.timing import time_queries
from elara_local.passages.vectors import Vectors, write_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNT, DIMENSIONS, CLUSTERS, SPREAD = 150_000, 384, 1_500, 0.9
QUERIES = 300
KINDS = ("exact", "half", "ivf", "hnsw", "rabitq")
OPEN = """
import sys, time
from elara_local.passages.vectors import Vectors
import faiss, numpy
def private():
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    return sum(int(l.split()[1]) for l in lines if l.startswith(("Anonymous:", "Swap:")))
numpy.zeros(9) @ numpy.zeros(9); before = private(); begin = time.perf_counter()
vectors = Vectors(sys.argv[1])
spent = (time.perf_counter() - begin) * 1000
vectors.search(numpy.ones(vectors.dimensions, dtype=numpy.float32), 10)
print(spent, (private() - before) / 1000)
"""


def make_rows(count: int, seed: int) -> NDArray[np.float32]:
    """Rows of length 1 around CLUSTERS centres, the same centres for every seed."""
    centres = np.random.default_rng(0).standard_normal((CLUSTERS, DIMENSIONS), dtype=np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    draw = np.random.default_rng(seed)
    noise = draw.standard_normal((count, DIMENSIONS), dtype=np.float32)
    rows = centres[draw.integers(0, CLUSTERS, count)] + SPREAD / np.sqrt(DIMENSIONS) * noise
    unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("f4")
    return unit


def open_fresh(path: Path) -> tuple[float, float]:
    """The median milliseconds of opening in a new process, and its private megabytes."""
    runs = []
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", OPEN, str(path)], capture_output=True, text=True, check=True
        )
        runs.append([float(number) for number in done.stdout.split()])
    opened, private = np.median(np.array(runs), axis=0)
    return round(float(opened), 2), round(float(private), 2)


def measure(count: int = COUNT) -> dict[str, Any]:
    """The figures by name."""
    rows, queries = make_rows(count, 1), make_rows(QUERIES, 2)
    faiss.omp_set_num_threads(1)
    flat = faiss.IndexFlatIP(DIMENSIONS)
    flat.add(rows)
    truth, p50, p95 = time_queries(lambda q: flat.search(q[None], 10)[1][0].tolist(), queries)
    figures: dict[str, Any] = {"flat p50 ms": p50, "flat p95 ms": p95}
    with tempfile.TemporaryDirectory() as temp:
        for kind in KINDS:
            path = Path(temp) / kind
            begin = time.perf_counter()
            said = write_vectors(path, [rows[i : i + 8192] for i in range(0, count, 8192)], kind)
            built = time.perf_counter() - begin
            index = Vectors(path)

            def search(query: NDArray[np.float32], index: Vectors = index) -> list[int]:
                return [row for row, _ in index.search(query, 10)]

            found, p50, p95 = time_queries(search, queries)
            right = sum(len(set(a) & set(b)) for a, b in zip(truth, found, strict=True))
            opened, private = open_fresh(path)
            figures |= {
                f"{kind} p50 ms": p50,
                f"{kind} p95 ms": p95,
                f"{kind} recall@10": round(right / (10 * len(queries)), 4),
                f"{kind} recall@10 said at build": said["recall_at_10"],
                f"{kind} built in s": round(built, 1),
                f"{kind} MB": round(path.stat().st_size / 1e6, 1),
                f"{kind} opened in ms": opened,
                f"{kind} private MB": private,
            }
    return figures


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
