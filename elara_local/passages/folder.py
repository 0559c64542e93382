"""The index folder as a whole: written in one rename, opened only if its manifest agrees.

What the manifest holds: sha256 and size of each file, counts, the embedding model and its
sha256, the settings of the build. A folder with a changed, missing or added file is refused, and
one whose parts have other tables or other counts than are written here. What is not covered: a
folder that someone made to do harm. Its manifest proves that its files belong together, not who
made them, and what reads vectors and keywords is machine code in this process.
It knows nothing of the words in it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elara_local.errors import ElaraError, Missing, WrongFile
from elara_local.passages.integrity import HINT, MANIFEST, compare, fingerprint, names_of
from elara_local.passages.keywords import Keywords, write_keywords
from elara_local.passages.store import Document, Store, write_store, write_words
from elara_local.passages.vectors import Vectors, write_vectors
from elara_local.passages.vocabulary import Vocabulary
from elara_local.records import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = 2
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

    @property
    def kinds(self) -> int:
        """How many kinds of shelf there are: one. A library may have several."""
        return 1

    def close(self) -> None:
        """Close the files."""
        self.store.close()


def write_index(
    folder: Path,
    documents: Iterable[Document],
    passages: Iterable[Passage],
    rows: NDArray[np.float32] | Iterable[NDArray[np.float32]],
    about: Mapping[str, Any],
    vectors: str = "",
) -> None:
    """Write a new index and put it in place of `folder`; the same input gives the same bytes.

    Nothing is held as a whole but the codes of the vectors: 0.4 kB a passage.

    Args:
        folder: where the index stands afterwards.
        documents: every document.
        passages: every passage; ids 0, 1, 2, ... in order. Gone through twice.
        rows: float32 (number of passages, d), rows of length 1; or such arrays one after the
            other, gone through four times.
        about: what else the manifest says (embedding model and its sha256, settings, shelf).
        vectors: one of passages.kinds.KINDS; "" = by the number of passages.

    Raises:
        ElaraError: an approximate vector index finds too little; `folder` is as it was.
    """
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    batches: Any = [rows] if hasattr(rows, "shape") else rows
    try:
        counts = write_store(part / "passages.sqlite", documents, passages)
        vocabulary = Vocabulary(part / "passages.sqlite")
        write_keywords(part / "keywords", vocabulary.entries(passages))
        write_words(part / "passages.sqlite", vocabulary.words())
        found = write_vectors(part / "vectors.faiss", batches, vectors)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    manifest = {
        "format": FORMAT,
        "documents": counts[0],
        "passages": counts[1],
        "vectors": found,
        "dimensions": next((int(b.shape[1]) for b in batches), 0),
        **about,
        "files": {
            n: {"sha256": fingerprint(part / n), "size": (part / n).stat().st_size}
            for n in names_of(part)
        },
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    (part / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")
    _replace(folder, part)


def read_counts(folder: Path) -> tuple[int, int]:
    """Return the numbers of documents and passages that a manifest says."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return int(manifest["documents"]), int(manifest["passages"])


def open_index(folder: Path, memory: Path | None = None) -> Index:
    """Open an index folder after checking every file against the manifest.

    `memory` is the file that remembers which large files were compared (passages.integrity);
    without it every byte is compared.

    Raises:
        Missing: there is no index there.
        WrongFile: a file is missing, changed or too many, the format is another, or what is
            in the files does not fit together.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        listed = manifest["files"]
        form = manifest["format"]
    except FileNotFoundError as error:
        raise Missing(f"There is no index in {folder}.", f"Build one: {BUILD}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WrongFile(
            f"{folder / MANIFEST} is damaged.", f"Build the index again: {BUILD}"
        ) from error
    if form != FORMAT:
        raise WrongFile(
            f"The index in {folder} has format {form}, not {FORMAT}.",
            f"Build it again with this version: {BUILD}",
        )
    try:
        compare(folder, listed, memory)
        return _open(folder, manifest)
    except ElaraError:
        raise
    except Exception as error:
        raise WrongFile(
            f"The index in {folder} can't be opened ({type(error).__name__}).", HINT
        ) from error


def _open(folder: Path, manifest: Mapping[str, Any]) -> Index:
    store = Store(folder / "passages.sqlite")
    try:
        keywords, vectors = Keywords(folder / "keywords"), Vectors(folder / "vectors.faiss")
        told = [int(manifest[name]) for name in ("passages", "dimensions", "documents")]
        counts = {store.check(), vectors.size, keywords.count}
        if counts != {told[0]} or vectors.dimensions != told[1]:
            raise WrongFile(f"The parts of the index in {folder} have other counts.", HINT)
        return Index(folder, manifest, store, keywords, vectors)
    except BaseException:
        store.close()
        raise


def _replace(folder: Path, part: Path) -> None:
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
