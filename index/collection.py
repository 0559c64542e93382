"""`index build --from FOLDER`: a folder of documents, shard by shard, into one index.

Files are read ahead in child processes while this one embeds on every core. What was made is
kept in `<target>.shards` until the index stands: a build that was stopped goes on where it was.
The outcome is the same bytes on one machine whatever was kept and however many were read at
once. It knows no file format and no embedding model; index.cluster makes the same shards on
several machines.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from elara_local.errors import Missing
from elara_local.passages.folder import read_counts
from elara_local.ports import Embedder
from index.merge import Merged, merge
from index.reading import find_files, read_files
from index.shards import Plan, embed, is_complete, name_shard, prepare, write_shard

Say = Callable[[str], None]
EVERY = 10  # seconds between two lines of progress


@dataclass(frozen=True)
class Collection:
    """What a collection is called and how it is built."""

    source: Path
    target: Path
    plan: Plan
    name: str
    edition: str = ""  # "" = that of the newest document
    shelf: str = "collection"  # one of records.SHELVES
    vectors: str = ""  # one of passages.kinds.KINDS; "" = by size

    @property
    def work(self) -> Path:
        """Where shards are kept until the index stands."""
        return self.target.with_name(f"{self.target.name}.shards")

    @property
    def rejects(self) -> Path:
        """Where it is said which documents were dropped and why."""
        return self.target.with_name(f"{self.target.name}.rejects.jsonl")


@dataclass(frozen=True)
class Shard:
    """One input file, its name inside the input folder and the name of its shard."""

    path: Path
    name: str
    key: str


@dataclass
class Gathered:
    """What a build made: counts, and one line for every file that could not be used."""

    documents: int = 0
    passages: int = 0
    refused: list[str] = field(default_factory=list)
    merged: Merged | None = None


Make = Callable[[Collection, Sequence[Shard], Say], Iterable[tuple[Shard, str]]]


def build_collection(collection: Collection, make: Make, say: Say = lambda line: None) -> Gathered:
    """Build the index of a folder of documents and put it in place of the target.

    Args:
        collection: what is built.
        make: writes the shards that it is given and yields each with "" or, for a file that
            could not be read, the report's line.
        say: takes lines of progress.

    Raises:
        Missing: the folder holds no file that can be read.
        ElaraError: the vector index finds too little; the target is as it was.
    """
    shards = list_shards(collection)
    done = {shard.key for shard in shards if is_complete(collection.work, shard.key)}
    say(f"{len(shards)} files, {len(done)} of them ready from before.")
    gathered = Gathered()
    waiting = [shard for shard in shards if shard.key not in done]
    for shard, line in make(collection, waiting, say):
        if line:
            say(line)
            gathered.refused.append(line)
        else:
            done.add(shard.key)
    folders = [collection.work / shard.key for shard in shards if shard.key in done]
    if not folders:
        raise Missing(
            f"No file in {collection.source} could be read.", "Name a folder of documents."
        )
    say("Writing the index ...")
    gathered.merged = merge(
        collection.target, folders, _about(collection), collection.rejects, collection.vectors
    )
    gathered.documents, gathered.passages = read_counts(collection.target)
    shutil.rmtree(collection.work, ignore_errors=True)
    return gathered


def list_shards(collection: Collection) -> list[Shard]:
    """Return the shards of the input folder in the order of their names.

    Raises:
        Missing: there is no such folder, or no file in it.
    """
    root = collection.source
    files = (
        {path.relative_to(root).as_posix(): path for path in find_files([root])}
        if (root.is_dir())
        else {}
    )
    if not files:
        raise Missing(f"There are no files in {root}.", "Name a folder of documents.")
    return [
        Shard(files[name], name, name_shard(files[name], name, collection.plan))
        for name in sorted(files)
    ]


def make_here(embedder: Embedder) -> Make:
    """Return what makes shards on this machine with this embedder."""

    def make(
        collection: Collection, shards: Sequence[Shard], say: Say
    ) -> Iterator[tuple[Shard, str]]:
        pace = Pace(sum(shard.path.stat().st_size for shard in shards), say)
        paths = [shard.path for shard in shards]
        readings = read_files(paths, dict.fromkeys(paths, collection.plan.hints))
        for shard, reading in zip(shards, readings, strict=True):
            if reading.outcome == "refused":
                yield shard, reading.line
                continue
            prepared = prepare(reading, shard.name, collection.plan)
            rows = embed(prepared.passages, embedder, pace.count)
            write_shard(collection.work, shard.key, prepared, rows)
            pace.finish(shard.path.stat().st_size)
            yield shard, ""

    return make


class Pace:
    """Says every few seconds how fast passages are embedded and how long it may still take."""

    def __init__(self, size: int, say: Say, clock: Callable[[], float] = time.monotonic) -> None:
        """`size` counts the bytes of all files: how many passages they hold is not known yet."""
        self._size, self._say, self._clock = size, say, clock
        self._began = self._said = clock()
        self._passages = self._bytes = self._finished = 0

    def count(self, passages: int) -> None:
        """Count passages that were embedded."""
        self._passages += passages
        if self._clock() - self._said >= EVERY:
            self.speak()

    def finish(self, size: int) -> None:
        """Count a file that is done; only then is known how many passages its bytes held."""
        self._bytes += size
        self._finished = self._passages

    def speak(self) -> None:
        """Say the rate and the time left."""
        self._said = self._clock()
        rate = self._passages / max(self._said - self._began, 1e-9)
        left = "time left not known yet"
        if self._finished and rate:
            whole = self._finished * self._size / max(self._bytes, 1)
            left = f"about {max(whole - self._passages, 0) / rate / 60:,.0f} minutes left"
        self._say(f"{self._passages:,} passages, {rate:,.0f} a second, {left}.")


def _about(collection: Collection) -> dict[str, object]:
    plan = collection.plan
    return {
        "name": collection.name,
        "edition": collection.edition,
        "shelf": collection.shelf,
        "embedding_model": plan.embedding_model,
        "embedding_sha256": plan.embedding_sha256,
        "settings": {
            "passage_words": plan.words,
            "languages": list(plan.languages),
            "device": plan.device,
        },
    }
