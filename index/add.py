"""`index add`, `index remove`: the user's own files into the library, whole or not at all.

read (in a child, with limits) → cut → embed → write beside the old → replace in one step. A
file that can't be read, holds no text or is there already is one line of the report and
changes nothing. A file of the same name replaces the older one. It knows no file format.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elara_local.errors import Missing
from elara_local.passages.holdings import File, read_holdings
from elara_local.passages.integrity import fingerprint
from elara_local.passages.store import Document
from elara_local.passages.volumes import VOLUME_PASSAGES, Addition, change
from elara_local.ports import Embedder
from elara_local.records import Passage
from index.documents.blocks import Hints
from index.reading import Reading, find_files, name_files, read_files
from index.slices import PASSAGE_WORDS, embedding_text, slice_document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OWN = "own"
BLOCK = 256  # passages embedded between two lines of progress
NAME = "Own documents"

Tell = Callable[[Mapping[str, Any]], None]


@dataclass
class Report:
    """What became of each file; `lines` has one for every file, in order."""

    lines: list[str] = field(default_factory=list)
    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    refused: int = 0

    @property
    def exit_code(self) -> int:
        """0 unless every file was refused."""
        return 1 if self.refused and not self.added + self.replaced + self.unchanged else 0


@dataclass(frozen=True)
class Shelving:
    """Where documents go and what embeds them; `words` is the most of one passage."""

    library: Path
    embedder: Embedder
    embedding_model: str
    embedding_sha256: str
    words: int = PASSAGE_WORDS

    @property
    def about(self) -> dict[str, Any]:
        """What the manifest of a volume says."""
        return about_volumes(self.embedding_model, self.embedding_sha256)


def about_volumes(embedding_model: str, embedding_sha256: str) -> dict[str, Any]:
    """Return what the manifest of a volume says."""
    return {
        "name": NAME,
        "edition": "",
        "shelf": OWN,
        "embedding_model": embedding_model,
        "embedding_sha256": embedding_sha256,
    }


def add_files(
    paths: Iterable[Path],
    shelving: Shelving,
    hints: Hints | None = None,
    tell: Tell = lambda _: None,
) -> Report:
    """Add files and folders to the library, or replace those of the same name.

    Args:
        paths: files, and folders whose files are taken.
        shelving: where they go.
        hints: what the user says of them; a title is used for a single file only.
        tell: takes the progress: {"stage", "file", "files", "done", "of", "line"}.

    Raises:
        Missing: there is no file.
    """
    files = find_files(paths)
    if not files:
        raise Missing("There is no file to add.", "Name files, or a folder that holds some.")
    said = hints or Hints()
    if len(files) > 1:
        said = replace(said, title="")
    names = name_files(files)
    by_name = {name: path for path, name in names.items()}
    run = _Adding(shelving, said, tell, by_name, Report([""] * len(files)))
    for n, reading in enumerate(read_files(files, dict.fromkeys(files, said)), start=1):
        run.prepare(reading, names[reading.path], n)
        if sum(one.size for one in run.waiting) >= VOLUME_PASSAGES:
            run.write()
    if run.waiting:
        run.write()
    return run.report


def remove_documents(wanted: Sequence[str], library: Path, about: Mapping[str, Any]) -> list[str]:
    """Remove documents by id or by the name of their file, in one step; return their ids.

    Raises:
        Missing: one of them is not in the library; nothing is removed then.
    """
    held = read_holdings(library)
    gone: list[str] = []
    for name in wanted:
        if name not in held.files and name not in held.documents:
            raise Missing(
                f"There is no document '{name}' in your library.",
                "See: python3 launcher.py index list",
            )
        gone += held.files[name].documents if name in held.files else (name,)
    change(library, about, removed=gone)
    return gone


def document_id(name: str) -> str:
    """Return the id of a file's document: readable, and another one for every name."""
    slug = re.sub(r"[^a-z0-9]+", "-", Path(name).stem.casefold()).strip("-")[:40].rstrip("-")
    return f"own-{slug or 'document'}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


@dataclass(frozen=True)
class _Ready:
    """A file that was read, cut and embedded."""

    number: int
    name: str
    file: File
    additions: tuple[Addition, ...]
    original: Path | None
    line: str

    @property
    def size(self) -> int:
        return sum(len(addition.passages) for addition in self.additions)


@dataclass(frozen=True)
class _Adding:
    """One run of `add_files`."""

    shelving: Shelving
    hints: Hints
    tell: Tell
    paths: Mapping[str, Path]  # every file of the run by its name
    report: Report
    waiting: list[_Ready] = field(default_factory=list)

    def say(self, stage: str, file: int, done: int = 0, of: int = 0, line: str = "") -> None:
        progress = {"stage": stage, "file": file, "files": len(self.report.lines)}
        self.tell({**progress, "done": done, "of": of, "line": line})

    def refuse(self, number: int, line: str) -> None:
        self.report.refused += 1
        self.report.lines[number - 1] = line

    def prepare(self, reading: Reading, name: str, number: int) -> None:
        """Cut and embed a file, or say in its line of the report why there is nothing to do."""
        self.say("reading", number, line=reading.line)
        if reading.outcome == "refused":
            self.refuse(number, reading.line)
            return
        mark = _mark(reading.sha256, self.hints)
        if same := self.name_of(mark, name):
            self.report.unchanged += 1
            known = "" if same == name else f" as {same}"
            self.report.lines[number - 1] = f"{name}: is in the library already{known}."
            return
        additions = tuple(self.embed(list(_cut(reading, name, self.shelving.words)), number))
        if not additions:
            no_text = "refused: no text was found in it. Use a copy that holds text."
            self.refuse(number, f"{name}: {no_text}")
            return
        original = reading.path if reading.format == "pdf" else None
        kept = f"{reading.sha256}.pdf" if original else ""
        file = File(mark, tuple(a.document.id for a in additions), kept)
        self.waiting.append(_Ready(number, name, file, additions, original, reading.line))

    def name_of(self, mark: str, name: str) -> str:
        """Return the name under which the same file is there already and stays, or ""."""
        held = read_holdings(self.shelving.library).files
        files = {**held, **{one.name: one.file for one in self.waiting}}
        if name in files:  # what stands under its own name goes, whatever stands elsewhere
            return name if files[name].sha256 == mark else ""
        same = (other for other, file in files.items() if file.sha256 == mark)
        return next((other for other in same if self.stays(other, mark)), "")

    def stays(self, name: str, mark: str) -> bool:
        """True unless this run replaces what stands under this name."""
        path = self.paths.get(name)
        try:
            return not (path and path.is_file()) or _mark(fingerprint(path), self.hints) == mark
        except OSError:
            return True  # it can't be read, so it replaces nothing

    def embed(
        self, cut: Sequence[tuple[Document, list[Passage]]], number: int
    ) -> Iterator[Addition]:
        """Embed the passages of a file, block by block."""
        passages = [passage for _, found in cut for passage in found]
        rows: list[NDArray[np.float32]] = []
        for start in range(0, len(passages), BLOCK):
            self.say("embedding", number, start, len(passages))
            texts = [embedding_text(p) for p in passages[start : start + BLOCK]]
            rows.extend(self.shelving.embedder.embed(texts)[:, None])
        self.say("embedding", number, len(passages), len(passages))
        first = 0
        for document, found in cut:
            last = first + len(found)
            yield Addition(document, tuple(found), _stack(rows[first:last]))
            first = last

    def write(self) -> None:
        """Put the files that wait into the library in one step."""
        ready, library = self.waiting, self.shelving.library
        self.say("writing", ready[-1].number, 0, len(ready))
        before = read_holdings(library).files
        change(
            library,
            self.shelving.about,
            [addition for one in ready for addition in one.additions],
            {one.name: one.file for one in ready},
            [d for one in ready if one.name in before for d in before[one.name].documents],
            {one.file.original: one.original for one in ready if one.original},
        )
        for one in ready:
            is_new = one.name not in before
            self.report.added += is_new
            self.report.replaced += not is_new
            word = "added" if is_new else "replaced"
            self.report.lines[one.number - 1] = f"{one.line}: {word}."
        self.waiting.clear()


def _stack(rows: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    import numpy as np

    return np.concatenate(rows)


def _mark(sha256: str, hints: Hints) -> str:
    """Return what makes a file the same: its bytes and what the user says of it."""
    said = "\0".join((hints.title, hints.edition, hints.licence, hints.source))
    if not said.strip("\0"):
        return sha256
    return hashlib.sha256(f"{sha256}\0{said}".encode()).hexdigest()


def _cut(reading: Reading, name: str, words: int) -> Iterator[tuple[Document, list[Passage]]]:
    """Yield each document of a file that holds text, with its passages."""
    base = document_id(name)
    for n, parsed in enumerate(reading.documents, start=1):
        number = f"{base}-{n}" if len(reading.documents) > 1 else base
        titled = parsed if parsed.title.strip() else replace(parsed, title=Path(name).stem)
        document, passages = slice_document(titled, number, 0, words, OWN)
        if passages and parsed.notice != "deleted":
            yield (
                replace(document, format=reading.format, file=name, sha256=reading.sha256),
                passages,
            )
