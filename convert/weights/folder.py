"""Opens the weights of a Hugging Face folder: safetensors, in one file or in shards.

Tensors are read one at a time as float32, so that memory holds one of them. Headers are checked
by the safetensors library, everything is checked before the first weight is read, and no pickle
and no code of the folder is ever opened. It knows no architecture.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from convert.weights.config import read_settings
from convert.weights.tensors import ALL, Checkpoint, Stored
from elara_local.errors import Missing, WrongFile

if TYPE_CHECKING:
    from convert.weights.tensors import Array

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
BYTES = {"F32": 4, "F16": 2, "BF16": 2}
TYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}
CHUNK = 1 << 22  # numbers turned to float32 at a time
# Buffers that older files carry along and that are computed, never learned.
SPARE = (".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias")


@dataclass(frozen=True)
class SafetensorsFolder:
    """The Checkpoint of a Hugging Face folder."""

    tensors: Mapping[str, Stored]
    files: tuple[Path, ...]
    _places: Mapping[str, tuple[Path, int]] = field(repr=False)  # file, first byte

    def read(self, name: str, rows: slice = ALL) -> Array:
        """Return one tensor as float32, or some of its rows.

        Raises:
            WrongFile: its file ends before it does.
        """
        stored = self.tensors[name]
        first, last, _ = rows.indices(stored.shape[0])
        array = np.empty((last - first, *stored.shape[1:]), np.float32)
        flat = array.reshape(-1)
        path, start = self._places[name]
        with path.open("rb") as file:
            file.seek(start + first * (stored.nbytes // max(1, stored.shape[0])))
            for begin in range(0, flat.size, CHUNK):
                part = flat[begin : begin + CHUNK]
                raw = np.fromfile(file, TYPES[stored.kind], part.size)
                if raw.size != part.size:
                    raise WrongFile(f"{path.name} ends in the middle of {name}.")
                if stored.kind == "BF16":
                    np.left_shift(raw, 16, out=part.view(np.uint32), dtype=np.uint32)
                else:
                    part[:] = raw
        return array

    def alike(self, name: str, other: str) -> bool:
        """Return whether two tensors hold the same bytes, a few megabytes at a time."""
        first, second = self.tensors[name], self.tensors[other]
        if (first.shape, first.kind) != (second.shape, second.kind):
            return False
        (path, start), (other_path, other_start) = self._places[name], self._places[other]
        with path.open("rb") as one, other_path.open("rb") as two:
            one.seek(start)
            two.seek(other_start)
            left = first.nbytes
            while left > 0:
                size = min(left, CHUNK)
                if one.read(size) != two.read(size):
                    return False
                left -= size
        return True


def is_spare(name: str) -> bool:
    """Return whether this tensor is a buffer that no model needs from its file."""
    return name.endswith(SPARE)


def same_tensors(checkpoint: Checkpoint, name: str, other: str) -> bool:
    """Return whether two tensors of a checkpoint are equal."""
    if isinstance(checkpoint, SafetensorsFolder):
        return checkpoint.alike(name, other)
    return np.array_equal(checkpoint.read(name), checkpoint.read(other))


def open_folder(path: Path) -> SafetensorsFolder:
    """Open the weights of a Hugging Face folder.

    Raises:
        Missing: there is no folder, no config.json, no safetensors, or a shard is not there.
        WrongFile: pickled weights only, code to be run, files beside the index, a damaged
            header, or a tensor of a type other than F32, F16 and BF16.
    """
    if not path.is_dir():
        raise Missing(f"There is no folder {path.name}.")
    read_settings(path)
    listed = find_files(path)
    tensors: dict[str, Stored] = {}
    places: dict[str, tuple[Path, int]] = {}
    for file, expected in listed.items():
        for stored, start in read_header(file):
            if expected is not None and stored.name not in expected:
                raise WrongFile(f"{file.name} holds {stored.name}, which the index has elsewhere.")
            tensors[stored.name] = stored
            places[stored.name] = (file, start)
        absent = sorted((expected or set()) - tensors.keys())
        if absent:
            raise WrongFile(f"{file.name} lacks {absent[0]}, which the index says it holds.")
    return SafetensorsFolder(tensors, tuple(listed), places)


def find_files(folder: Path) -> dict[Path, set[str] | None]:
    """Return the files of weights, each with the names the index gives it (None without one)."""
    present = {p.name for p in folder.glob("model*.safetensors")}
    if not (folder / INDEX).is_file():
        return find_single(folder, present)
    listed: dict[Path, set[str] | None] = {}
    for name, shard in read_index(folder).items():
        names = listed.setdefault(folder / shard, set())
        if names is not None:
            names.add(name)
    extra = sorted(present - {path.name for path in listed})
    if extra:
        raise WrongFile(
            f"{extra[0]} is not in {INDEX}.", "Keep the files of one model only in its folder."
        )
    for path in listed:
        if not path.is_file():
            raise Missing(f"The shard {path.name} is not there.", "Fetch the folder again, whole.")
    return dict(sorted(listed.items()))


def find_single(folder: Path, present: set[str]) -> dict[Path, set[str] | None]:
    """Return the one file of a folder without an index, or refuse the folder."""
    if present == {SINGLE}:
        return {folder / SINGLE: None}
    if present:
        raise WrongFile(
            f"{folder.name} holds {sorted(present)[0]} but no {INDEX}.",
            "Fetch the folder again, whole.",
        )
    pickled = sorted(p.name for p in folder.iterdir() if p.suffix in PICKLES)
    if pickled:
        raise WrongFile(
            f"{folder.name} holds its weights as {pickled[0]}, a format that can run code.",
            "Take the safetensors of the same model.",
        )
    raise Missing(f"{folder.name} holds no {SINGLE}.", "Take a folder with safetensors.")


def read_index(folder: Path) -> dict[str, str]:
    """Return which shard holds which tensor.

    Raises:
        WrongFile: it is damaged, or a shard's name leads out of the folder.
    """
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        pairs = dict(index["weight_map"]) if isinstance(index, dict) else {}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WrongFile(f"{INDEX} of {folder.name} can't be read.") from error
    if not pairs:
        raise WrongFile(f"{INDEX} of {folder.name} names no tensor.")
    for name, shard in pairs.items():
        plain = isinstance(shard, str) and shard.endswith(".safetensors")
        if not plain or any(sign in shard for sign in '/\\:"\n\0') or shard.startswith("."):
            raise WrongFile(f"{INDEX} places {name!r:.80} in a file outside of its folder.")
    return pairs


def read_header(path: Path) -> list[tuple[Stored, int]]:
    """Return the tensors of one file, each with its first byte; the library checks them first.

    Raises:
        WrongFile: it is damaged, or a tensor has a type that can't be read.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np"):
            pass
    except SafetensorError as error:
        raise WrongFile(f"{path.name} is damaged: {error}.", "Fetch it again.") from error
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    return [read_entry(path, name, told, 8 + size) for name, told in header.items()]


def read_entry(
    path: Path, name: str, told: Mapping[str, list[int]], data: int
) -> tuple[Stored, int]:
    """Return one tensor of a checked header and its first byte in the file."""
    kind = str(told["dtype"])
    if kind not in BYTES and not is_spare(name):
        raise WrongFile(
            f"{path.name} holds {name} as {kind}.",
            "Only F32, F16 and BF16 can be converted; take the model that is not quantized.",
        )
    begin, end = told["data_offsets"]
    return Stored(name, tuple(told["shape"]), kind, end - begin), data + begin
