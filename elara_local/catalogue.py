"""The list of models: what each one is, where it comes from, what is installed.

`models/catalogue.toml` is the only list. A model that is installed lies in a folder of its
own name under one of the model folders. Where the catalogue pins no sha256, the folder's
`elara-model.json` holds the sums recorded when the model was installed; a model that a
person added without the catalogue is described by that file alone.

It knows how files are checked (weights), not how they are fetched (provision), nor which
engine loads them.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any

from elara_local.entries import MERGED, Model, ModelFile, Wheel
from elara_local.errors import Missing, WrongFile
from elara_local.weights import digest, find_fault

CATALOGUE = Path(__file__).resolve().parent.parent / "models" / "catalogue.toml"
CARD = "elara-model.json"  # written when a model is installed
DERIVED_CARD = "elara.json"  # written by what makes a model out of another
KINDS = ("chat", "embedding", "entailment", "speech", "translation")


@dataclass(frozen=True)
class Installed:
    """A model whose files are all there, and the base of one that holds adapters alone."""

    model: Model
    folder: Path
    base: Installed | None = None

    @property
    def adapters(self) -> dict[str, Path]:
        """The adapter's file of each role that has one."""
        roles = self.model.roles.items()
        return {role: self.folder / path for role, path in roles if path != MERGED}

    @property
    def adapter_names(self) -> dict[str, str]:
        """The name and the beginning of the sha256 of each role's adapter."""
        sums = self.sums
        return {role: f"{path.stem} {sums[path][:12]}" for role, path in self.adapters.items()}

    @property
    def sums(self) -> dict[Path, str]:
        """The sha256 that each file must have, "" where none was ever recorded."""
        noted = _read_sums(self.folder)
        own = {self.folder / f.path: f.sha256 or noted.get(f.path, "") for f in self.model.files}
        return {**self.base.sums, **own} if self.base else own

    @property
    def pinned(self) -> bool:
        """True when the catalogue gives the sha256 of every file, the base's too."""
        own = all(file.sha256 for file in self.model.files)
        return own and (self.base is None or self.base.pinned)

    def file(self, suffix: str) -> Path:
        """Return the model's first file that ends so, such as ".gguf", and is no adapter.

        Raises:
            Missing: the model has no such file.
        """
        for entry in self.model.files:
            if entry.path.endswith(suffix) and entry.path not in self.model.roles.values():
                return self.folder / entry.path
        if self.base is not None:
            return self.base.file(suffix)
        raise Missing(f"{self.model.id} has no file ending in '{suffix}'.", "Install it again.")


def read_catalogue(path: Path = CATALOGUE) -> dict[str, Model]:
    """Return the models by id, in the order of the file.

    Raises:
        WrongFile: the file is absent, is not TOML, or an entry is not complete.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["model"]
        models = [_read_model(entry) for entry in entries]
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongFile(f"{path} can't be read: {error}.", "Restore the file.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise WrongFile(f"{path} has a wrong entry: {error}.", "Correct the entry.") from error
    return {model.id: model for model in models}


def find_model(name: str, path: Path = CATALOGUE) -> Model:
    """Return the catalogue's model of this id.

    Raises:
        Missing: there is none.
    """
    models = read_catalogue(path)
    if name not in models:
        raise Missing(f"'{name}' is not in the catalogue.", f"It lists: {', '.join(models)}.")
    return models[name]


def find_installed(
    folders: Iterable[Path], kind: str = "", path: Path = CATALOGUE
) -> dict[str, Installed]:
    """Return what is installed under the folders, by id; the first folder wins.

    A model counts when all its files are there with the sizes the catalogue gives; `verify`
    reads every byte. Folders that hold no known model are passed over, and so are adapters whose
    base is not installed.
    """
    known = read_catalogue(path)
    found: dict[str, Installed] = {}
    for folder in folders:
        for place in sorted(p for p in folder.glob("*") if p.is_dir() and p.suffix != ".part"):
            model = known.get(place.name) or _read_card(place)
            if model and (not kind or model.kind == kind) and is_whole(model, place):
                found.setdefault(model.id, Installed(model, place))
    return {name: one for name, each in found.items() if (one := _with_base(each, found))}


def _with_base(installed: Installed, found: Mapping[str, Installed]) -> Installed | None:
    """Give adapters the model they change; None when it is not installed."""
    if not installed.model.needs_base:
        return installed
    base = found.get(installed.model.made_from)
    if base is None or base.model.needs_base or base.model.kind != installed.model.kind:
        return None
    return replace(installed, base=base)


def verify(installed: Installed, progress: Callable[[str], None] = lambda line: None) -> None:
    """Read every byte of an installed model and compare it with the sums it must have.

    Raises:
        WrongFile: a file is missing, is not of its kind, or its sha256 differs.
    """
    model, folder = installed.model, installed.folder
    if model.derived:
        _verify_source(model, folder)
    for path, sha256 in installed.sums.items():
        progress(f"checking {model.id}: {path.name}")
        check_file(path, model.id, sha256)


def check_file(path: Path, model: str, sha256: str) -> None:
    """Refuse a file that is not what it should be; an empty sha256 checks the kind alone.

    Raises:
        WrongFile: with the reason and the way out.
    """
    hint = f"Remove the model and install it again: models remove {model}, models add {model}."
    if not path.is_file():
        raise WrongFile(f"{path} is missing.", hint)
    if fault := find_fault(path):
        raise WrongFile(f"{path} can't be used: {fault}.", hint)
    if sha256 and (found := digest(path)) != sha256:
        raise WrongFile(f"{path} has the sha256 {found}, not {sha256}.", hint)


def write_card(model: Model, folder: Path) -> None:
    """Record an installed model and the sums of its files in its folder."""
    entry: dict[str, Any] = {f.name: getattr(model, f.name) for f in fields(Model)}
    entry["wheel"] = None
    entry["files"] = [
        {
            "path": f.path,
            "size": (folder / f.path).stat().st_size,
            "sha256": digest(folder / f.path),
        }
        for f in model.files
    ]
    text = json.dumps(entry, indent=2, ensure_ascii=False) + "\n"
    (folder / CARD).write_text(text, encoding="utf-8")


def _read_model(entry: Mapping[str, Any]) -> Model:
    values = dict(entry)
    values["files"] = tuple(ModelFile(**file) for file in values["files"])
    values["languages"] = tuple(values["languages"])
    if values.get("wheel"):
        values["wheel"] = Wheel(**values["wheel"])
    model = Model(**values)
    if model.kind not in KINDS or not model.files or not _is_plain(model.id):
        raise ValueError(f"model '{model.id}' of kind '{model.kind}'")
    if not {path for path in model.roles.values() if path != MERGED} <= {
        file.path for file in model.files
    }:
        raise ValueError(f"roles of '{model.id}'")
    for file in model.files:
        if not all(_is_plain(part) for part in PurePosixPath(file.path).parts):
            raise ValueError(f"path '{file.path}' of '{model.id}'")
    return model


def _is_plain(name: str) -> bool:
    """True for one folder or file name: no separator, no drive, no way upwards."""
    return bool(name) and not set(name) & set('/\\:*?"<>|\0') and not name.startswith(".")


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _read_card(folder: Path) -> Model | None:
    entry = _read_json(folder / CARD)
    try:
        return _read_model({**entry, "id": folder.name}) if entry else None
    except (KeyError, TypeError, ValueError):
        return None


def _read_sums(folder: Path) -> dict[str, str]:
    files: Sequence[Any] = _read_json(folder / CARD).get("files", [])
    return {str(f["path"]): str(f["sha256"]) for f in files if isinstance(f, dict) and "path" in f}


def _verify_source(model: Model, folder: Path) -> None:
    weights = [f for f in find_model(model.made_from).files if f.path.endswith(".safetensors")]
    pinned = {f.sha256 for f in weights if f.sha256}
    if pinned and _read_json(folder / DERIVED_CARD).get("source_sha256") not in pinned:
        raise WrongFile(
            f"{folder} was not made from the {model.made_from} of the catalogue.",
            "Remove the folder; `models prepare` makes it again.",
        )


def is_whole(model: Model, folder: Path) -> bool:
    """Tell whether every file is there with the size that the catalogue gives.

    A model made on this machine also needs its card, which holds its checksums.
    """
    paths = [(folder / file.path, file.size) for file in model.files]
    whole = all(path.is_file() and size in (0, path.stat().st_size) for path, size in paths)
    return whole and (not model.derived or (folder / CARD).is_file())
