"""The kinds of vector index: which one by the number of rows, and how each is trained.

    exact   8-bit codes, every row compared; nothing to tune
    half    16-bit numbers, every row compared; read back and written again they stay the same
    ivf     8-bit codes in lists, the nearest lists compared
    hnsw    8-bit codes in a graph; twice the disk, built by one thread
    rabitq  1-bit codes in lists, the best compared again by 8-bit codes

Sizes and figures behind the thresholds: docs/scale.md. No product quantisation: without a
second look it finds two thirds of what an exact index finds. It knows no passage.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from elara_local.errors import WrongUse
from elara_local.passages.recall import Sample

EXACT, HALF, IVF, HNSW, RABITQ = "exact", "half", "ivf", "hnsw", "rabitq"
EXACT_MOST = 200_000  # rows; 6 to 8 ms a query on one core
IVF_MOST = 5_000_000  # rows; 2 GB of codes
MOST_LISTS = 65_536
ROWS_PER_LIST = 40  # rows that k-means sees for each list; FAISS asks for 39 at least
SEED = 1234
ROUNDS = 10  # of k-means
NEIGHBOURS, EF_BUILD = 32, 80  # of the graph
DEPTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)  # lists searched, least first
WIDTHS = (16, 32, 64, 128, 256, 512)  # candidates kept in the graph
FACTORS = (10, 40)  # rows looked at again for each one asked for


def choose_kind(count: int) -> str:
    """Return the kind for this number of rows."""
    if count <= EXACT_MOST:
        return EXACT
    return IVF if count <= IVF_MOST else RABITQ


def train(kind: str, sample: Sample) -> Any:
    """Return a trained, empty index.

    Raises:
        WrongUse: there is no such kind.
    """
    if kind not in KINDS:
        raise WrongUse(f"'{kind}' is no kind of vector index.", f"Choose: {', '.join(KINDS)}.")
    return KINDS[kind](sample)


def efforts_of(kind: str, count: int) -> list[dict[str, int]]:
    """Return the search settings worth trying for a kind, least effort first."""
    lists = count_lists(count)
    depths = [depth for depth in DEPTHS if depth < lists] + [lists] * (lists <= DEPTHS[-1])
    if kind == IVF:
        return [{"nprobe": depth} for depth in depths]
    if kind == RABITQ:
        return [{"k_factor": factor, "nprobe": d} for factor in FACTORS for d in depths]
    return [{"efSearch": width} for width in WIDTHS] if kind == HNSW else [{}]


def _train_exact(sample: Sample) -> Any:
    """8-bit codes between the lowest and the highest value of each dimension."""
    import faiss

    index: Any = faiss.IndexScalarQuantizer(
        sample.dimensions, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.train(sample.bounds)
    return index


def _train_half(sample: Sample) -> Any:
    import faiss

    return faiss.IndexScalarQuantizer(
        sample.dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )


def _train_ivf(sample: Sample) -> Any:
    import faiss

    lists = count_lists(sample.count)
    index: Any = faiss.IndexIVFScalarQuantizer(
        _coarse(sample),
        sample.dimensions,
        lists,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
        False,  # codes of the rows, not of what is left when the list's centre is taken off
    )
    _prepare(index, lists, sample)
    index.sq.train(sample.bounds)  # no row is clipped, trained on or not
    index.make_direct_map()
    return index


def _train_hnsw(sample: Sample) -> Any:
    import faiss

    codes: Any = faiss.ScalarQuantizer.QT_8bit
    index: Any = faiss.IndexHNSWSQ(sample.dimensions, codes, NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = EF_BUILD
    index.train(sample.bounds)
    return index


def _train_rabitq(sample: Sample) -> Any:
    import faiss

    lists = count_lists(sample.count)
    base: Any = faiss.IndexIVFRaBitQ(
        _coarse(sample), sample.dimensions, lists, faiss.METRIC_INNER_PRODUCT
    )
    _prepare(base, lists, sample)
    index: Any = faiss.IndexRefine(base, fine := _train_exact(sample))
    index.is_trained = True
    index.referenced_objects = [base, fine]
    return index


def _coarse(sample: Sample) -> Any:
    import faiss

    return faiss.IndexFlatIP(sample.dimensions)


def _prepare(index: Any, lists: int, sample: Sample) -> None:
    """Train the lists by k-means over rows of which none is asked for later."""
    index.cp.seed, index.cp.niter = SEED, ROUNDS
    index.cp.min_points_per_centroid = 1
    index.cp.spherical = True
    index.train(sample.training(lists * ROWS_PER_LIST))


def count_lists(count: int) -> int:
    """Four times the square root of the rows, as FAISS advises; MOST_LISTS for the largest."""
    if count > IVF_MOST:
        return max(1, min(count // ROWS_PER_LIST, MOST_LISTS))
    return max(1, min(count // 2, int(4 * math.sqrt(count))))


KINDS: dict[str, Callable[[Sample], Any]] = {
    EXACT: _train_exact,
    HALF: _train_half,
    IVF: _train_ivf,
    HNSW: _train_hnsw,
    RABITQ: _train_rabitq,
}
