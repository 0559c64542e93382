"""Fingerprints of all that decides a result: program, rules, index, models, public data.

They are taken from files without loading a model. Two runs with the same fingerprints and the
same choices judge the same items in the same way. No path is kept. It knows no suite.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from elara_local.catalogue import find_installed
from elara_local.chat_models import find_chat_model
from elara_local.errors import Missing
from elara_local.passages.library import open_library
from elara_local.settings import Settings

PROGRAM = Path(__file__).resolve().parent.parent
FACES = ("ui", "cli", "bootstrap", "__pycache__")  # rooms that decide no result
CONTENT = ("*.toml", "*.jsonl")
ABSENT = "absent"
DIGITS = 12


def fingerprints(settings: Settings, data: Path | None) -> dict[str, str]:
    """Return what decides a result, by name; "absent" for what is not installed."""
    return {
        "program": _of_files(PROGRAM.rglob("*.py")),
        "rules": _of_files(path for kind in CONTENT for path in (PROGRAM / "content").rglob(kind)),
        "index": _index(settings),
        "chat_model": _chat_model(settings),
        "other_models": _other_models(settings),
        "embedding_model": settings.embedding_model or "the index's own",
        "data": ABSENT if data is None else _of_sizes(data),
    }


def _of_files(paths: Iterable[Path]) -> str:
    """Return a digest of names and bytes, the faces left out."""
    digest = sha256()
    for path in sorted(paths):
        name = path.relative_to(PROGRAM)
        if not set(name.parts).intersection(FACES):
            digest.update(name.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:DIGITS]


def _of_sizes(folder: Path) -> str:
    """Return a digest of the files' names and sizes: reading all would take longer than a run."""
    found = (f for pattern in ("*", "*/*") for f in folder.glob(pattern) if f.is_file())
    told = sorted((f.relative_to(folder).as_posix(), f.stat().st_size) for f in found)
    return sha256(repr(told).encode()).hexdigest()[:DIGITS]


def _index(settings: Settings) -> str:
    try:
        library = open_library(settings.index, settings.library)
    except Missing:
        return ABSENT
    try:
        return library.fingerprint
    finally:
        library.close()


def _other_models(settings: Settings) -> str:
    """Return the models that judge, translate or are compared, which change figures as well."""
    found = find_installed(settings.model_folders).values()
    kept = [m.model for m in found if m.model.kind != "embedding"]
    told = sorted(f"{m.id} {' '.join(f.sha256[:DIGITS] for f in m.files)}" for m in kept)
    return ", ".join(told) or ABSENT


def _chat_model(settings: Settings) -> str:
    model = find_chat_model(settings)
    if model is None:
        return ABSENT
    file = model.file(".gguf")
    stated = next((f.sha256 for f in model.model.files if f.sha256), "")
    return f"{model.model.id} {stated[:DIGITS] or file.stat().st_size}"
