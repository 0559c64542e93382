"""Shards: what one input file gives an index, made once, complete or not there at all.

<work>/<name>-<key>/passages.sqlite   its documents and passages, numbered from 0
                    rows.npy          float16 (number of passages, d), unit length
                    entries.jsonl     what decides later which of its documents stay
                    shard.json        sha256 of these files; the report's line

The key is a hash of the file's name and bytes, the embedding model, the cutting and this
format: what is there under the same key is what would be made again. A shard depends on its
own file alone, so that any process, on any machine, makes the same bytes in any order.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from elara_local.passages.integrity import fingerprint
from elara_local.passages.store import Document, write_store
from elara_local.ports import Embedder
from elara_local.records import Passage
from index.articles import record_of
from index.clean import clean_markup, clean_record
from index.dedupe import Entry, enter
from index.documents.blocks import Hints, Parsed
from index.reading import Reading
from index.slices import PASSAGE_WORDS, embedding_text, slice_document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = 1
LIST = "shard.json"
BLOCK = 4096  # passages embedded at once, sorted by length; part of the bytes
LANGUAGES = ("en", "fr", "es", "pt", "sw")


@dataclass(frozen=True)
class Plan:
    """What every shard of a build has in common."""

    embedding_model: str
    embedding_sha256: str
    words: int = PASSAGE_WORDS
    languages: tuple[str, ...] = LANGUAGES
    licence: str = ""  # of what does not say its own
    source: str = ""
    device: str = "cpu"

    @property
    def hints(self) -> Hints:
        """What readers are told of every file."""
        return Hints(licence=self.licence, source=self.source)


@dataclass(frozen=True)
class Prepared:
    """A file that was read, cleaned, judged and cut; entry i belongs to document i."""

    line: str
    entries: tuple[Entry, ...]
    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]


def name_shard(path: Path, name: str, plan: Plan) -> str:
    """Return the folder name of a file's shard; `name` is its path inside the input folder."""
    parts = [FORMAT, BLOCK, name, fingerprint(path), *asdict(plan).values()]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40]
    return f"{slug}-{key}"


def prepare(reading: Reading, name: str, plan: Plan) -> Prepared:
    """Clean, judge and cut what was read; a document with a fault keeps its entry only."""
    entries: list[Entry] = []
    documents: list[Document] = []
    passages: list[Passage] = []
    for number, found in enumerate(reading.documents):
        parsed = _clean(found)
        entry = enter(clean_record(record_of(parsed)), plan.languages)
        if not parsed.identifier:  # a clinic's own file: no register could have named it
            entry = entry._replace(fault="")
        document, cut = slice_document(parsed, f"{number}", len(passages), plan.words)
        if entry.fault or not cut:
            document, cut = replace(document, text=""), []
        entries.append(entry)
        documents.append(replace(document, format=reading.format, file=name))
        passages += cut
    return Prepared(reading.line, tuple(entries), tuple(documents), tuple(passages))


def _clean(parsed: Parsed) -> Parsed:
    """Clean the blocks of a document without pages; page offsets would no longer fit."""
    if parsed.pages:
        return parsed
    blocks = tuple(
        block if block.breaks else replace(block, text=clean_markup(block.text).replace("\n", " "))
        for block in parsed.blocks
    )
    return replace(parsed, title=clean_markup(parsed.title).replace("\n", " "), blocks=blocks)


def embed(
    passages: Sequence[Passage],
    embedder: Embedder,
    tell: Callable[[int], None] = lambda count: None,
) -> NDArray[np.float16]:
    """Return the rows of passages, block by block; `tell` hears of every block."""
    import numpy as np

    blocks = [embedder.embed([]).astype(np.float16)]
    for start in range(0, len(passages), BLOCK):
        texts = [embedding_text(p) for p in passages[start : start + BLOCK]]
        blocks.append(embedder.embed(texts).astype(np.float16))
        tell(len(texts))
    return np.concatenate(blocks)


def write_shard(work: Path, name: str, prepared: Prepared, rows: NDArray[np.float16]) -> None:
    """Write a shard and put it in its place in one rename."""
    import numpy as np

    part = work / f"{name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    write_store(part / "passages.sqlite", prepared.documents, prepared.passages)
    np.save(part / "rows.npy", rows)
    lines = [json.dumps(_as_line(entry), ensure_ascii=False) for entry in prepared.entries]
    (part / "entries.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    sums = {path.name: fingerprint(path) for path in sorted(part.iterdir())}
    facts = {"line": prepared.line, "passages": len(rows), "files": sums}
    (part / LIST).write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    shutil.rmtree(work / name, ignore_errors=True)
    part.rename(work / name)


def is_complete(work: Path, name: str) -> bool:
    """True when a shard is there and every byte of it is what was written."""
    try:
        files = json.loads((work / name / LIST).read_text(encoding="utf-8"))["files"]
        return bool(files) and all(fingerprint(work / name / n) == s for n, s in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False  # made again


def read_entries(folder: Path) -> Iterator[Entry]:
    """Yield the entries of a shard."""
    with (folder / "entries.jsonl").open(encoding="utf-8") as file:
        for line in file:
            data = json.loads(line)
            data["digest"], data["also"] = bytes.fromhex(data["digest"]), tuple(data["also"])
            yield Entry(**data)


def _as_line(entry: Entry) -> dict[str, object]:
    return {**entry._asdict(), "digest": entry.digest.hex()}
