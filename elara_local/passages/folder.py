"""The index folder as a whole: written in one rename, opened only if its manifest agrees.

What the manifest holds: sha256 and size of each file, counts, the embedding model and its
sha256, the settings of the build. A folder with a changed, missing or added file is refused.
It knows nothing of the words in it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elara_local.errors import Missing, WrongFile
from elara_local.passages.keywords import Entry, Keywords, write_keywords
from elara_local.passages.store import Document, Store, write_store
from elara_local.passages.vectors import Vectors, write_vectors
from elara_local.records import Passage
from elara_local.text import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = 2
MANIFEST = "manifest.json"
BUILD = "python3 launcher.py index build"


@dataclass(frozen=True)
class Index:
    """An opened index folder. Row i of the vectors is the passage with id i."""

    folder: Path
    manifest: Mapping[str, Any]
    store: Store
    keywords: Keywords
    vectors: Vectors

    @property
    def fingerprint(self) -> str:
        """The sha256 of the manifest, which holds the sha256 of all else; 12 hex digits."""
        return fingerprint(self.folder / MANIFEST)[:12]

    def close(self) -> None:
        """Close the files."""
        self.store.close()


def fingerprint(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_index(
    folder: Path,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    rows: NDArray[np.float32],
    about: Mapping[str, Any],
    codes: str = "SQ8",
) -> None:
    """Write a new index and put it in place of `folder`.

    Args:
        folder: where the index stands afterwards.
        documents: every document.
        passages: every passage; ids 0, 1, 2, ... in order.
        rows: float32 (number of passages, d), rows of length 1.
        about: what else the manifest says (embedding model and its sha256, settings).
        codes: how vectors are stored, see `write_vectors`.
    """
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    keywords = {document.id: document.keywords for document in documents}
    entries = [Entry(p.id, p.text, p.section, p.title, keywords[p.document]) for p in passages]
    write_store(part / "passages.sqlite", documents, passages, _count_words(entries))
    write_keywords(part / "keywords", entries)
    write_vectors(part / "vectors.faiss", rows, codes)
    manifest = {
        "format": FORMAT,
        "documents": len(documents),
        "passages": len(passages),
        "dimensions": int(rows.shape[1]),
        **about,
        "files": {
            n: {"sha256": fingerprint(part / n), "size": (part / n).stat().st_size}
            for n in _names(part)
        },
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    (part / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")
    _replace(folder, part)


def open_index(folder: Path) -> Index:
    """Open an index folder after checking every file against the manifest.

    Raises:
        Missing: there is no index there.
        WrongFile: a file is missing, changed or too many, or the format is another.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        listed = manifest["files"]
        form = manifest["format"]
    except FileNotFoundError as error:
        raise Missing(f"There is no index in {folder}.", f"Build one: {BUILD}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise WrongFile(
            f"{folder / MANIFEST} is damaged.", f"Build the index again: {BUILD}"
        ) from error
    if form != FORMAT:
        raise WrongFile(
            f"The index in {folder} has format {form}, not {FORMAT}.",
            f"Build it again with this version: {BUILD}",
        )
    _compare(folder, listed)
    return Index(
        folder,
        manifest,
        Store(folder / "passages.sqlite"),
        Keywords(folder / "keywords"),
        Vectors(folder / "vectors.faiss"),
    )


def _compare(folder: Path, listed: Mapping[str, Mapping[str, Any]]) -> None:
    hint = f"Copy the index again or build it anew: {BUILD}"
    for name in sorted(set(listed) ^ set(_names(folder))):
        word = "is missing" if name in listed else "is not in its manifest"
        raise WrongFile(f"Index file {folder / name} {word}.", hint)
    for name, facts in listed.items():
        path = folder / name
        if path.stat().st_size != facts["size"] or fingerprint(path) != facts["sha256"]:
            raise WrongFile(f"Index file {path} is not the one that was built.", hint)


def _names(folder: Path) -> list[str]:
    """Every file of the index but the manifest and tantivy's lock files, as POSIX paths."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock")
    return sorted(n for p in files if (n := p.relative_to(folder).as_posix()) != MANIFEST)


def _replace(folder: Path, part: Path) -> None:
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _count_words(entries: Sequence[Entry]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for entry in entries:
        everything = f"{entry.title} {entry.section} {entry.body} {entry.keywords}"
        counts.update({w for w in words(everything) if len(w) > 2 and not w[0].isdigit()})
    return dict(counts)
