"""What the rooms of `convert` hand each other about weights: records and one Protocol.

A checkpoint is what a model lies in before (a folder of safetensors, a GGUF file); a plan is
what the GGUF file is to hold, tensor by tensor, decided before the first byte is read. Shapes
are NumPy's: rows first, so (outputs, inputs) for a linear layer; GGUF writes them backwards.
It knows no file format, no architecture and no adapter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]
    Turn = Callable[[Array], Array]

Value = str | int | float | bool | tuple[str, ...] | tuple[int, ...] | tuple[float, ...]
SCALARS = (
    "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "bool", "string",
    "uint64", "int64", "float64",
)  # fmt: skip
KINDS = SCALARS + tuple(f"{kind}s" for kind in SCALARS)  # GGUF's types; with an s: a list
ALL = slice(None)


def keep(array: Array) -> Array:
    """Return the array as it is: the turn of most weights."""
    return array


@dataclass(frozen=True)
class Stored:
    """One tensor as it lies in a checkpoint: its name there, shape, type, bytes on disk."""

    name: str
    shape: tuple[int, ...]
    kind: str  # "F32", "F16", "BF16", or the name of a ggml type such as "Q4_1"
    nbytes: int


class Checkpoint(Protocol):
    """A model's weights, read one at a time."""

    @property
    def tensors(self) -> Mapping[str, Stored]:
        """The tensors by their names in the checkpoint."""
        ...

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that hold the weights, in order."""
        ...

    def read(self, name: str, rows: slice = ALL) -> Array:
        """Return one tensor as float32, in the shape of `tensors[name]`; or some of its rows.

        The array is the caller's own to change. An embedding of 128,256 x 4,096 is 2.1 GB, so
        whoever can works on a band of rows at a time.

        Raises:
            WrongFile: it is damaged, or of a type that can't be read.
        """
        ...


@dataclass(frozen=True)
class Weight:
    """One tensor of the GGUF file to come.

    `change` makes the checkpoint's tensor into the GGUF tensor (permuted, transposed, norm + 1);
    `turn` does the same to a delta (an adapter's change of a linear weight in the layout of
    Hugging Face), so it is linear and leaves out what `change` adds. For a checkpoint that is
    GGUF already, `change` keeps and `turn` does not. `module` is the Hugging Face name of the
    linear layer, such as "model.layers.0.self_attn.q_proj"; "" where no adapter can change it.
    A weight with `computed` comes from no checkpoint: its `source` is "".
    """

    target: str  # the name in the GGUF file
    source: str  # the name in the checkpoint
    shape: tuple[int, ...]  # of the target
    module: str = ""
    change: Turn = keep
    turn: Turn = keep
    exact: bool = False  # True: always float32 (norms, biases, positions)
    computed: Callable[[], Array] | None = None


@dataclass(frozen=True)
class Entry:
    """One pair of GGUF metadata; `kind` is one of KINDS."""

    key: str
    kind: str
    value: Value


@dataclass(frozen=True)
class Plan:
    """Everything the GGUF file will hold, in its order, but for the numbers themselves."""

    architecture: str  # GGUF's name: "llama", "qwen2", "gpt2", ...
    weights: tuple[Weight, ...]
    entries: tuple[Entry, ...]
    tied: bool = False  # the output layer shares the embedding's weight
    base: str = ""  # what the model calls itself
    licence: str = ""
    notes: tuple[str, ...] = field(default=())
