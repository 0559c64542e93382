"""Writes the GGUF file of a plan in one pass: a band of rows at a time, merged in float32.

Each band is read, changed, given its share of the adapter, rounded once and written; memory
holds a few bands, never the model. What is covered: the order, shapes, types and alignment of
ggml's docs/gguf.md (the header is gguf.GGUFWriter's); values that the type can't hold are
refused. What is not: k-quants, which `convert.quantize` makes of the file; and whether the file
says the same as the model, which `convert.proving` measures.
"""

from __future__ import annotations

import hashlib
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convert.progress import Meter, Say, silent
from convert.weights.numbers import DIRECT, count_bytes, fits, narrow
from convert.weights.tensors import ALL, SCALARS, Checkpoint, Entry, Plan, Weight, keep
from elara_local.errors import WrongFile, WrongUse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convert.weights.adapters import Adapter
    from convert.weights.tensors import Array

    Job = Callable[[], NDArray[Any]]

BAND = 1 << 21  # values in a band: narrower ones cost more, as BLAS wakes its threads for each
ROWS = 64  # of a product that are made at a time
WORKERS = 2
AHEAD = WORKERS + 2  # bands in memory at once
ALIGNMENT = 32
FILE_TYPES = {"F32": 0, "F16": 1, "Q8_0": 7, "BF16": 32}  # llama.h: llama_ftype
# What is true of this file and not of the one it is made from.
OWN_KEYS = (
    "general.architecture",
    "general.alignment",
    "general.file_type",
    "general.quantization_version",
)


def write_gguf(
    plan: Plan,
    checkpoint: Checkpoint,
    adapter: Adapter | None,
    path: Path,
    kind: str,
    say: Say = silent,
) -> str:
    """Write the file that the plan describes, merged with the adapter; return its sha256.

    `path` is written as it stands: give a path that nobody takes for a finished file
    (target.claim). `kind` is one of numbers.DIRECT.

    Raises:
        WrongUse: the kind is another one.
        WrongFile: the weights are damaged, or hold values that the kind can't.
    """
    if kind not in DIRECT:
        raise WrongUse(f"'{kind}' can't be written directly.", f"Choose: {', '.join(DIRECT)}.")
    write_header(plan, path, kind)
    state = hashlib.sha256(path.read_bytes())
    meter = Meter("writing", sum(size_of(weight, kind) for weight in plan.weights), say)
    with path.open("ab") as file, ThreadPoolExecutor(WORKERS) as pool:
        for band in _run_ahead(pool, _list_jobs(plan, checkpoint, adapter, kind)):
            file.write(band)
            state.update(band)
            meter.add(len(band))
    return state.hexdigest()


def kind_of(weight: Weight, kind: str) -> str:
    """Return the type that a weight is written as in a file of this kind."""
    if weight.exact or len(weight.shape) == 1:
        return "F32"
    return kind if fits(weight.shape, kind) else "F16"


def size_of(weight: Weight, kind: str) -> int:
    """Return the bytes that a weight takes, up to where the next one begins."""
    return -(-count_bytes(weight.shape, kind_of(weight, kind)) // ALIGNMENT) * ALIGNMENT


def write_header(plan: Plan, path: Path, kind: str) -> None:
    """Write everything of the file but its tensors."""
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(path, plan.architecture)
    for entry in plan.entries:
        if entry.key not in OWN_KEYS:
            _add_entry(writer, entry)
    writer.add_file_type(FILE_TYPES[kind])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    for weight in plan.weights:
        stored = kind_of(weight, kind)
        writer.add_tensor_info(
            weight.target,
            weight.shape,
            np.dtype(np.float32),
            count_bytes(weight.shape, stored),
            gguf.GGMLQuantizationType[stored],
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    with path.open("ab") as file:
        file.write(bytes(-file.tell() % ALIGNMENT))


def _add_entry(writer: Any, entry: Entry) -> None:
    import gguf

    kinds = gguf.GGUFValueType
    if entry.kind in SCALARS:
        value = _encode(entry.value) if entry.kind == "string" else entry.value
        writer.add_key_value(entry.key, value, kinds[entry.kind.upper()])
    elif isinstance(entry.value, tuple) and entry.value:
        items = [_encode(item) for item in entry.value]
        writer.add_key_value(entry.key, items, kinds.ARRAY, kinds[entry.kind[:-1].upper()])


def _encode(value: Any) -> Any:
    """Return a text as bytes: those that were no UTF-8 come out as they came in."""
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value


def _run_ahead(pool: ThreadPoolExecutor, jobs: Iterable[Job]) -> Iterator[memoryview]:
    """Return what the jobs make, in their order; AHEAD of them are under way."""
    waiting: deque[Future[NDArray[Any]]] = deque()
    for job in jobs:
        waiting.append(pool.submit(job))
        if len(waiting) >= AHEAD:
            yield _view(waiting.popleft().result())
    while waiting:
        yield _view(waiting.popleft().result())


def _view(band: NDArray[Any]) -> memoryview:
    return band.reshape(-1).view("u1").data


def _list_jobs(
    plan: Plan, checkpoint: Checkpoint, adapter: Adapter | None, kind: str
) -> Iterator[Job]:
    """Return what is to be computed, band after band, with the gaps between the weights."""
    import numpy as np

    for weight in plan.weights:
        change = adapter.place(weight) if adapter and weight.module in adapter.modules else None
        stored = kind_of(weight, kind)
        for rows in _list_bands(weight):
            yield partial(_make_band, weight, checkpoint, change, rows, stored)
        gap = size_of(weight, kind) - count_bytes(weight.shape, stored)
        if gap:
            yield partial(np.zeros, gap, np.uint8)


def _list_bands(weight: Weight) -> Iterator[slice]:
    """Cut a weight in bands; one that is computed, moved or transposed comes whole."""
    rows = weight.shape[0]
    step = rows
    if len(weight.shape) > 1 and weight.change is keep and weight.computed is None:
        step = max(1, BAND * rows // math.prod(weight.shape))
    yield from (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def _make_band(
    weight: Weight,
    checkpoint: Checkpoint,
    change: tuple[Array, Array] | None,
    rows: slice,
    stored: str,
) -> NDArray[Any]:
    if weight.computed is not None:
        band = weight.computed()
    else:
        asked = rows if weight.change is keep else ALL
        band = weight.change(checkpoint.read(weight.source, asked))
    if band.shape != (rows.stop - rows.start, *weight.shape[1:]):
        raise WrongFile(f"{weight.source} is {band.shape}; {weight.target} needs {weight.shape}.")
    if change is not None:
        import numpy as np

        # In float64, so that the rounded product is the same whichever BLAS a machine has; a few
        # rows at a time, so that it takes no room.
        one, other = change[0].astype(np.float64), change[1][rows].astype(np.float64)
        for begin in range(0, len(band), ROWS):
            piece = slice(begin, begin + ROWS)
            band[piece] += (other[piece] @ one).astype(np.float32)
    return narrow(band, stored, weight.source or weight.target)
