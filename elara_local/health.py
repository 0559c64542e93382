"""Is this machine ready for the field? Each part: ok, or what is missing and what to do.

Used by `doctor` and by the window. Every part is asked on its own, so that one that fails
does not hide the others, and a part that fails in a way nobody foresaw counts as missing.
It takes paths and callables; it knows no engine, no catalogue and no settings.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from elara_local.errors import ElaraError

State = Literal["ok", "missing"]
OLDEST, NEWEST = (3, 11), (3, 13)
MEGABYTE = 1_000_000
WHOLE = "every file has its sha256"
NEEDED_MEMORY = 1_200 * MEGABYTE  # the whole process with the starter models
NEEDED_DISK = 500 * MEGABYTE  # an index beside the old one, and a document being added
SET_UP = "Run `python3 launcher.py`; it continues where it stopped."


@dataclass(frozen=True)
class Part:
    """One part of the program: its name, whether it is ready, the facts, what to do if not."""

    name: str
    state: State
    said: str
    todo: str = ""


@dataclass(frozen=True)
class ModelFact:
    """One model: its id, whether its files are what they should be, why not, the proof in words."""

    id: str
    whole: bool
    reason: str = ""
    proof: str = ""


def examine(
    *,
    home: Path,
    requirements: Path,
    models: Callable[[], Sequence[ModelFact]],
    probes: Mapping[str, Callable[[], str]],
    guarded: Callable[[], bool],
    needed_memory: int = NEEDED_MEMORY,
    needed_disk: int = NEEDED_DISK,
) -> tuple[Part, ...]:
    """Ask every part and return one record for each, in the order they are needed.

    Args:
        home: the user's folder, whose disk is looked at; it need not exist.
        requirements: the pinned list of packages of the field laptop.
        models: reads every byte of the installed models; an empty answer is a missing part.
        probes: parts that are tried for real, by name ("index", "embedding", "chat"); each
            returns one sentence of facts or raises ElaraError.
        guarded: true when connections off this machine are refused.
        needed_memory: bytes that should be free.
        needed_disk: bytes that should be free where `home` is or will be.
    """
    parts = [check_python(sys.version_info[:2])]
    parts.append(_ask("packages", lambda: check_packages(requirements)))
    parts += _ask_models(models)
    parts += [_ask(name, lambda probe=probe: _probed(probe())) for name, probe in probes.items()]  # type: ignore[misc]
    parts.append(_ask("memory", lambda: check_memory(_free_memory(), needed_memory)))
    parts.append(_ask("disk", lambda: check_disk(home, needed_disk)))
    parts.append(_ask("offline guard", lambda: check_guard(guarded())))
    return tuple(parts)


def is_ready(parts: Iterable[Part]) -> bool:
    """True when no part is missing."""
    return all(part.state == "ok" for part in parts)


def check_python(found: tuple[int, ...]) -> Part:
    """Python 3.11 to 3.13 is what the program is tried with."""
    said = f"Python {found[0]}.{found[1]}"
    if OLDEST <= tuple(found[:2]) <= NEWEST:
        return Part("python", "ok", said)
    return Part("python", "missing", said, "Install Python 3.11, 3.12 or 3.13.")


def check_packages(requirements: Path) -> Part:
    """Compare what is installed with the pinned list, by version."""
    wrong = []
    pins = dict(_read_pins(requirements.read_text(encoding="utf-8")))
    for name, wanted in pins.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            wrong.append(f"{name} is not installed")
            continue
        if found.split("+")[0] != wanted:
            wrong.append(f"{name} is {found}, not {wanted}")
    if wrong or not pins:
        said = "; ".join(wrong) or "the list of packages is empty"
        return Part("packages", "missing", said, SET_UP)
    return Part("packages", "ok", f"{len(pins)} packages as pinned")


def check_memory(free: int, needed: int) -> Part:
    """Free memory against what the starter models need."""
    said = f"{free // MEGABYTE:,} MB free, {needed // MEGABYTE:,} MB needed"
    if free >= needed:
        return Part("memory", "ok", said)
    return Part("memory", "missing", said, "Close other programs, or choose a smaller model.")


def check_disk(home: Path, needed: int) -> Part:
    """Free space on the disk of `home`, or of the nearest folder above it that is there."""
    folder = next((place for place in (home, *home.parents) if place.exists()), home)
    free = shutil.disk_usage(folder).free
    said = f"{free // MEGABYTE:,} MB free at {folder}, {needed // MEGABYTE:,} MB needed"
    if free >= needed:
        return Part("disk", "ok", said)
    return Part("disk", "missing", said, "Free some space, or set ELARA_HOME to another disk.")


def check_guard(guarded: bool) -> Part:
    """The guard that refuses and counts every connection off this machine."""
    if guarded:
        return Part("offline guard", "ok", "connections off this machine are refused")
    todo = "Start the program with `python3 launcher.py`; report this if it comes back."
    return Part("offline guard", "missing", "connections are not refused", todo)


def _ask_models(models: Callable[[], Sequence[ModelFact]]) -> list[Part]:
    found: list[ModelFact] = []

    def read() -> Part:
        found.extend(models())
        return Part("models", "ok", "") if found else Part("models", "missing", "none", SET_UP)

    whole = _ask("models", read)
    if whole.state == "missing":
        return [whole]
    return [
        Part(f"model {fact.id}", "ok", "; ".join(filter(None, (WHOLE, fact.proof))))
        if fact.whole
        else Part(f"model {fact.id}", "missing", fact.reason or "not whole", SET_UP)
        for fact in found
    ]


def _probed(said: str) -> Part:
    return Part("", "ok", said)


def _ask(name: str, question: Callable[[], Part]) -> Part:
    """Ask one part; whatever it raises becomes its answer."""
    try:
        answer = question()
    except ElaraError as error:
        return Part(name, "missing", error.message, error.hint or SET_UP)
    except Exception as error:  # noqa: BLE001 - a part that can't be asked is a missing part
        return Part(name, "missing", f"it could not be asked ({type(error).__name__})", SET_UP)
    return Part(name, answer.state, answer.said, answer.todo)


def _read_pins(text: str) -> Iterable[tuple[str, str]]:
    for line in text.splitlines():
        bare = line.split("#")[0].split(";")[0].strip()
        name, found, wanted = bare.partition("==")
        if found:
            yield name.split("[")[0].strip(), wanted.strip()


def _free_memory() -> int:
    import psutil

    return int(psutil.virtual_memory().available)
