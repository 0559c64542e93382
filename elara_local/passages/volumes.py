"""Volumes: the user's own documents as index folders that are written once, never changed.

A change writes new volumes beside the old, makes them safe on the disk, then replaces
holdings.json; killed at any moment, the old or the new documents are there. A volume holds up
to VOLUME_PASSAGES, so a change costs that much work at most, however large the library, and
what stays is never embedded again. It knows no file format and no embedding model.
"""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elara_local.errors import WrongFile
from elara_local.passages.folder import open_index, write_index
from elara_local.passages.holdings import (
    ORIGINAL_NAME,
    ORIGINALS,
    VOLUME_NAME,
    VOLUMES,
    File,
    Holdings,
    Volume,
    locked,
    read_holdings,
    sync,
    write_holdings,
)
from elara_local.passages.integrity import fingerprint
from elara_local.passages.store import Document
from elara_local.records import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VOLUME_PASSAGES = 20_000  # rewritten in about two seconds (docs/decisions.md)
OURS = re.compile(
    rf"{VOLUME_NAME.pattern}(\.part|\.old)?|{ORIGINAL_NAME.pattern}"
)  # volumes, originals and what was left of one that was being written
VECTORS = "half"  # volumes are written again and again; 8-bit codes would drift


@dataclass(frozen=True)
class Addition:
    """One document to add: as stored, its passages (at least one, any ids), their rows.

    `rows` is float32 (number of passages, d), rows of length 1.
    """

    document: Document
    passages: tuple[Passage, ...]
    rows: NDArray[np.float32]


def change(
    library: Path,
    about: Mapping[str, Any],
    additions: Sequence[Addition] = (),
    files: Mapping[str, File] | None = None,
    removed: Sequence[str] = (),
    originals: Mapping[str, Path] | None = None,
) -> Holdings:
    """Add, replace and remove documents in one step and return what there is then.

    Args:
        library: the folder; made when absent.
        about: what the volumes' manifests say (embedding model and its sha256, settings).
        additions: documents; one whose id is there already replaces it.
        files: the files that the additions were read from, by name.
        removed: ids of documents that go.
        originals: name under originals/ -> the file to copy there.

    Raises:
        ElaraError: another change is going on and does not end.
    """
    with locked(library):
        held = read_holdings(library)
        gone = {*removed, *(a.document.id for a in additions)}
        for name, path in (originals or {}).items():
            _copy(path, library / ORIGINALS / name)
        volumes = _write_volumes(library, held, gone, additions, about)
        left = {
            name: replace(file, documents=tuple(d for d in file.documents if d not in gone))
            for name, file in held.files.items()
        }
        left = {name: file for name, file in left.items() if file.documents} | dict(files or {})
        new = replace(held, volumes=volumes, files=left)
        write_holdings(library, new)
        _sweep(library, new)
        return new


def _write_volumes(
    library: Path,
    held: Holdings,
    gone: set[str],
    additions: Sequence[Addition],
    about: Mapping[str, Any],
) -> tuple[Volume, ...]:
    """Write what changes as new volumes; return all volumes that are then there."""
    kept, waiting = [], list(additions)
    for n, volume in enumerate(held.volumes):
        last = n == len(held.volumes) - 1
        if not gone & set(volume.documents) and not (
            last and additions and volume.size < VOLUME_PASSAGES
        ):
            kept.append(volume)
            continue
        waiting = [*_read(library / VOLUMES / volume.name, gone), *waiting]
    return (*kept, *(_write(library, group, about) for group in _pack(waiting)))


def _read(folder: Path, gone: set[str]) -> list[Addition]:
    """Return the documents of a volume that stay."""
    import numpy as np

    index = open_index(folder)
    try:
        passages: dict[str, list[Passage]] = {}
        for passage in index.store.passages():
            passages.setdefault(passage.document, []).append(passage)
        return [
            Addition(
                document,
                tuple(found := passages.get(document.id, [])),
                np.asarray(index.vectors.rows([p.id for p in found]), dtype=np.float32),
            )
            for document in index.store.documents()
            if document.id not in gone
        ]
    finally:
        index.close()


def _pack(additions: Sequence[Addition]) -> Iterator[list[Addition]]:
    group: list[Addition] = []
    size = 0
    for addition in sorted(additions, key=lambda a: a.document.id):
        if group and size + len(addition.passages) > VOLUME_PASSAGES:
            yield group
            group, size = [], 0
        group.append(addition)
        size += len(addition.passages)
    if group:
        yield group


def _write(library: Path, group: Sequence[Addition], about: Mapping[str, Any]) -> Volume:
    import numpy as np

    passages = [p for addition in group for p in addition.passages]
    numbered = [replace(p, id=n) for n, p in enumerate(passages)]
    rows = np.concatenate([a.rows for a in group])
    name = uuid.uuid4().hex
    folder = library / VOLUMES / name
    write_index(folder, [a.document for a in group], numbered, rows, about, VECTORS)
    for path in folder.rglob("*"):
        if path.is_file():
            sync(path)
    return Volume(name, {a.document.id: len(a.passages) for a in group})


def _copy(path: Path, target: Path) -> None:
    """Copy an original that is not there yet, whole or not at all; its name is its sha256.

    Raises:
        WrongFile: it is not the file that was read.
    """
    if target.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{uuid.uuid4().hex}.part")
    shutil.copyfile(path, part)
    if fingerprint(part) != target.stem:
        part.unlink()
        raise WrongFile(f"{path.name} changed while it was being added.", "Add it again.")
    sync(part)
    part.replace(target)


def _sweep(library: Path, held: Holdings) -> None:
    """Delete what no one points at any more; what is in use waits for the next change.

    Only what has a name that is given here, or a part of one, is ever deleted: a folder of
    the user's that got here, or that `volumes` is a link to, stays.
    """
    wanted = {volume.name for volume in held.volumes}
    wanted |= {file.original for file in held.files.values()}
    for folder in (library / VOLUMES, library / ORIGINALS):
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name in wanted or not OURS.fullmatch(path.name):
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(PermissionError):  # open in another window on Windows
                    path.unlink(missing_ok=True)
