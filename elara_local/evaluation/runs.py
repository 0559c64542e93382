"""A run: one folder in which every judged item is kept, so that a run that was killed goes on.

`<home>/evaluation/<started>-<key>/` holds run.json (what was asked, and the fingerprints of
all that decides a result) and items/<suite>.jsonl, one line for each item, written as soon as
it is judged. The key is a hash of run.json's choices and fingerprints: the same command on the
same model, index, rules and program finds its folder again, a changed one begins a new folder.
It knows no suite's meaning and no face.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from elara_local.errors import WrongUse
from elara_local.evaluation.suites import Case

FOLDER = "evaluation"
ABOUT = "run.json"
STAMP = "%Y%m%d-%H%M%S"


@dataclass(frozen=True)
class Asked:
    """The choices that decide which items there are and what they give."""

    half: str
    seed: int
    limit: int
    fingerprints: Mapping[str, str]

    @property
    def key(self) -> str:
        """Return eight hex digits of these choices."""
        told = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Run:
    """A run's folder and what was asked of it."""

    folder: Path
    asked: Asked
    started: str

    @property
    def id(self) -> str:
        """Return the folder's name."""
        return self.folder.name

    @property
    def suites(self) -> list[str]:
        """Return the names of the suites of which something was judged."""
        return sorted(path.stem for path in (self.folder / "items").glob("*.jsonl"))

    def cases(self, suite: str) -> dict[str, Case]:
        """Return what was judged so far, by item id; a line that was cut off is left out."""
        path = self._path(suite)
        if not path.is_file():
            return {}
        lines = path.read_bytes().split(b"\n")[:-1]  # what follows the last newline was cut off
        entries = [json.loads(line) for line in lines]
        return {
            e["id"]: Case(e["values"], tuple(e["groups"]), e["note"]) for e in reversed(entries)
        }

    def keep(self, suite: str, item: str, case: Case) -> None:
        """Write one judged item; it outlives a kill of the program from here on."""
        values = {name: float(value) for name, value in case.values.items()}
        entry = {"id": item, "values": values, "groups": case.groups, "note": case.note}
        with self._path(suite).open("ab") as file:
            file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")

    def mend(self, suite: str) -> None:
        """Take away the end of a line that was cut off when the run was killed."""
        path = self._path(suite)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            whole = path.read_bytes()
            path.write_bytes(whole[: whole.rfind(b"\n") + 1])

    def _path(self, suite: str) -> Path:
        return self.folder / "items" / f"{suite}.jsonl"


def begin(home: Path, asked: Asked, fresh: bool = False) -> Run:
    """Return the newest run of these choices, or a new one; `fresh` always begins a new one."""
    known = [] if fresh else [run for run in list_runs(home) if run.asked == asked]
    return known[-1] if known else _create(home / FOLDER, asked)


def _create(folder: Path, asked: Asked) -> Run:
    now = datetime.now(UTC)
    name = f"{now.strftime(STAMP)}-{asked.key}"
    twins = len(list(folder.glob(f"{name}*")))
    run = Run(
        folder / (f"{name}-{twins + 1}" if twins else name), asked, now.isoformat("T", "seconds")
    )
    run.folder.mkdir(parents=True)
    about = {"started": run.started, **asdict(asked)}
    (run.folder / ABOUT).write_text(json.dumps(about, indent=1), encoding="utf-8")
    return run


def list_runs(home: Path) -> list[Run]:
    """Return the runs of a home, the oldest first; a folder that is none is left out."""
    return list(_runs(home / FOLDER))


def _runs(folder: Path) -> Iterator[Run]:
    for path in sorted(folder.glob(f"*/{ABOUT}")):
        try:
            about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            started = about.pop("started")
            yield Run(path.parent, Asked(**about), started)
        except (ValueError, TypeError, KeyError):
            continue  # begun and killed before it was written, or not ours


def find_run(home: Path, name: str) -> Run:
    """Return the run of this id, or of the beginning or the end of one.

    Raises:
        WrongUse: no run is named so, or more than one.
    """
    runs = list_runs(home)
    found = [r for r in runs if r.id == name] or [
        r for r in runs if name and (r.id.startswith(name) or r.id.endswith(name))
    ]
    if len(found) != 1:
        said = "There is no run" if not found else "More than one run is named"
        raise WrongUse(f"{said} '{name}'.", "See: python3 launcher.py evaluate --list")
    return found[0]
