"""A GGUF file as a base: its weights one band at a time, and the plan of a file made from it.

Quantized weights come back as float32; what quantization took from them is not given back. What
is covered: a damaged header, a file of several parts, a type or an architecture that can't be
read, all refused before a tensor is. What is not: wrong numbers inside whole tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from convert.weights.architectures import linear_modules
from convert.weights.numbers import count_bytes, is_readable, widen
from convert.weights.tensors import ALL, SCALARS, Entry, Plan, Stored, Weight, keep
from elara_local.errors import Missing, WrongFile
from elara_local.gguf_layout import ARRAY, Damaged, Items, Layout, Value, read_layout
from elara_local.weights import find_fault

if TYPE_CHECKING:
    from convert.weights.tensors import Array

KINDS_BY_NUMBER = (*SCALARS[:9], "", *SCALARS[9:])  # GGUF's numbers; 9 is the array
HINT = "Take a whole copy of the file."


class GgufFile:
    """The weights of one GGUF file; see tensors.Checkpoint."""

    def __init__(self, path: Path, layout: Layout) -> None:
        from gguf import GGMLQuantizationType

        self.files = (path,)
        self.layout = layout
        self.tensors: Mapping[str, Stored] = MappingProxyType(
            {
                name: Stored(
                    name,
                    tuple(reversed(found.shape)),
                    GGMLQuantizationType(found.kind).name,
                    found.nbytes,
                )
                for name, found in layout.tensors.items()
            }
        )

    def read(self, name: str, rows: slice = ALL) -> Array:
        """Return one tensor as float32, or some of its rows.

        Raises:
            WrongFile: the file ends inside it.
        """
        import numpy as np

        stored, path = self.tensors[name], self.files[0]
        first, last, _ = rows.indices(stored.shape[0])
        row_shape = stored.shape[1:] if len(stored.shape) > 1 else (1,)
        row_bytes = count_bytes(row_shape, stored.kind) if len(stored.shape) > 1 else 0
        if not row_bytes:  # one dimension: always whole
            first, last, row_bytes = 0, 1, stored.nbytes
        start = self.layout.tensors[name].start + first * row_bytes
        raw = np.fromfile(path, np.uint8, (last - first) * row_bytes, offset=start)
        if raw.nbytes != (last - first) * row_bytes:
            raise WrongFile(f"{path.name} ends inside {name}.", HINT)
        values = widen(raw.reshape(last - first, row_bytes), stored.kind)
        return values.reshape(-1, *row_shape) if len(stored.shape) > 1 else values.reshape(-1)


def open_gguf(path: Path) -> GgufFile:
    """Open a GGUF file as a checkpoint.

    Raises:
        Missing: there is no such file.
        WrongFile: it is damaged, one of several parts, or of a type that can't be read.
    """
    if not path.is_file():
        raise Missing(f"The file {path.name} is not there.", "Give the path of a GGUF file.")
    if fault := find_fault(path):
        raise WrongFile(f"{path.name} can't be used: {fault}.", HINT)
    try:
        layout = read_layout(path, whole=True)
    except Damaged as error:
        raise WrongFile(f"{path.name} can't be used: {error}.", HINT) from error
    parts = layout.pairs.get("split.count", 1)
    if parts not in (0, 1):
        raise WrongFile(
            f"{path.name} is one of {parts} parts of a model.",
            "Join them first: llama-gguf-split --merge FIRST_PART WHOLE.gguf.",
        )
    if layout.pairs.get("general.type", "model") != "model":
        raise WrongFile(f"{path.name} is an {layout.pairs['general.type']}, not a model.", HINT)
    checkpoint = GgufFile(path, layout)
    for stored in checkpoint.tensors.values():
        if not is_readable(stored.kind):
            raise WrongFile(
                f"{stored.name} of {path.name} is of the type {stored.kind}, which can't be read.",
                "Take an F16 or Q8_0 file of the same model.",
            )
    return checkpoint


def plan_gguf(path: Path, checkpoint: GgufFile) -> Plan:
    """Plan the same model again: its metadata as it is, its weights in their order.

    Raises:
        WrongFile: its architecture is not known, or its header lacks what the plan needs.
    """
    layout = checkpoint.layout
    name = layout.pairs.get("general.architecture")
    if not isinstance(name, str) or not name:
        raise WrongFile(f"{path.name} does not say its architecture.", HINT)
    heads = _read_count(layout, path, f"{name}.attention.head_count")
    kv_heads = _read_count(layout, path, f"{name}.attention.head_count_kv", heads)
    blocks = _read_count(layout, path, f"{name}.block_count")
    modules = linear_modules(name, blocks, heads, kv_heads)
    weights = []
    for tensor in checkpoint.tensors.values():
        module, turn = modules.get(tensor.name, ("", keep))
        weights.append(
            Weight(tensor.name, tensor.name, tensor.shape, module, keep, turn, exact=not module)
        )
    kinds = {tensor.kind for tensor in checkpoint.tensors.values()}
    lossy = sorted(kinds - {"F32", "F16", "BF16"})
    note = f"the base is quantized ({', '.join(lossy)}): what that took is not given back"
    return Plan(
        architecture=name,
        weights=tuple(weights),
        entries=_copy_entries(layout),
        tied="output.weight" not in checkpoint.tensors,
        base=str(layout.pairs.get("general.name", path.stem)),
        licence=str(layout.pairs.get("general.license", "")),
        notes=(note,) if lossy else (),
    )


def _copy_entries(layout: Layout) -> tuple[Entry, ...]:
    entries = []
    for key, value in layout.pairs.items():
        if key.startswith("split."):
            continue
        entry = _copy_entry(key, value, layout.kinds[key])
        if entry is not None:
            entries.append(entry)
    return tuple(entries)


def _copy_entry(key: str, value: Value, kind: int) -> Entry | None:
    """Return one pair as it was; None for an empty list, which GGUF's writer can't say."""
    if not isinstance(value, Items):
        return Entry(key, KINDS_BY_NUMBER[kind], value)
    if value.kind == ARRAY or not value.values:
        return None
    return Entry(key, f"{KINDS_BY_NUMBER[value.kind]}s", value.values)  # type: ignore[arg-type]


def _read_count(layout: Layout, path: Path, key: str, default: int | None = None) -> int:
    """Return a whole number of the header.

    Raises:
        WrongFile: it is not there, not positive, or another one for each layer.
    """
    found = layout.pairs.get(key, default)
    if isinstance(found, Items) and len(set(found.values)) == 1:
        found = int(found.values[0])
    if not isinstance(found, int) or found < 1:
        raise WrongFile(f"{path.name} gives no usable {key}.", "Take another file of the model.")
    return found
