"""Clean whole files of articles: JSONL in, one JSONL of what stays and one of what went and why.

The files are cut into stretches of some megabytes. Worker processes clean and judge each
stretch and write what passes to a part of its own; this process settles which records stay,
and copies those to the target, in the order in which they came. Both files appear whole, by
one rename each, or not at all. Texts are never held: the memory needed grows by about 400
bytes a record, so some ten million fit a laptop; past that `index build` works shard by shard.
This module knows no index and no network.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import IO, Any, TypeVar

import numpy as np

from elara_local.errors import ElaraError, Missing, WrongUse
from index.dedupe import Entry, Pair, Settled, dropped_of, fate_of, settle
from index.documents.blocks import Parsed
from index.records import Record, read_record, write_dropped, write_record
from index.stretches import STRETCH, Part, Place, Stretch, compare_pairs, cut_files, read_stretch

WORKERS = 2
ALONE = 4 << 20  # bytes below which no worker is started
PAIRS = 500  # compared in one task

Task = TypeVar("Task")
Done = TypeVar("Done")


@dataclass(frozen=True)
class Cleaned:
    """What a run did: records read and kept, and how many each stage dropped."""

    read: int
    kept: int
    dropped: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def line(self) -> str:
        """The run in one line."""
        parts = ", ".join(f"{name} {count:,}" for name, count in self.dropped.items())
        went = f"; dropped: {parts}" if parts else ""
        return f"{self.kept:,} of {self.read:,} records kept in {self.seconds:.1f} s{went}."


def record_of(parsed: Parsed) -> Record:
    """A document that a reader found, as a record; its blocks become lines."""
    return Record(
        id=parsed.identifier,
        text="\n".join(block.text for block in parsed.blocks if block.text),
        title=parsed.title,
        date=parsed.edition,
        version=parsed.version,
        licence=parsed.licence,
        source=parsed.source,
        notice=parsed.notice,
        language=parsed.language,
        keywords=parsed.keywords,
    )


def run_clean(
    sources: Sequence[Path],
    target: Path,
    rejects: Path,
    *,
    languages: tuple[str, ...] = ("en",),
    near: bool = True,
    workers: int = WORKERS,
) -> Cleaned:
    """Clean JSONL files into `target`; write to `rejects` what was dropped and why.

    Raises:
        Missing: a source is not there.
        WrongUse: a source is also the target or the rejects file, or these two are one.
    """
    begin = perf_counter()
    _check_names(sources, target, rejects)
    stretches = cut_files(sources, STRETCH)
    alone = sum(stretch.end - stretch.start for stretch in stretches) < ALONE or workers < 2
    target.parent.mkdir(parents=True, exist_ok=True)
    rejects.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".clean-", dir=target.parent) as folder:
        if alone:
            entries, settled, parts = _decide(stretches, Path(folder), languages, near, None)
        else:
            with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
                entries, settled, parts = _decide(stretches, Path(folder), languages, near, pool)
        kept = _write_kept(Path(folder) / "kept", parts, entries, settled)
        dropped = _write_dropped(Path(folder) / "dropped", entries, settled)
        (Path(folder) / "dropped").replace(rejects)
        (Path(folder) / "kept").replace(target)
    return Cleaned(len(entries), kept, dict(dropped), perf_counter() - begin)


def _check_names(sources: Sequence[Path], target: Path, rejects: Path) -> None:
    for source in sources:
        if not source.is_file():
            raise Missing(f"There is no file {source}.", "Name a JSONL file of articles.")
    names = [path.resolve() for path in (*sources, target, rejects)]
    if len(set(names[-2:])) < 2 or set(names[-2:]) & set(names[:-2]):
        raise WrongUse(
            f"{target.name} and {rejects.name} must be files of their own.", "Name others."
        )


def _decide(
    stretches: Sequence[Stretch],
    folder: Path,
    languages: tuple[str, ...],
    near: bool,
    pool: Executor | None,
) -> tuple[list[Entry], Settled, list[Part]]:
    """Read every stretch, then settle the fate of every record."""
    run = partial(_run, pool)
    read = partial(read_stretch, folder=folder, languages=languages, near=near)
    parts = list(run(read, stretches))
    entries = [Entry._make(entry) for part in parts for entry in part.entries]
    places = [(n, *place) for n, part in enumerate(parts) for place in part.places]
    paths = [part.path for part in parts]

    def compare(pairs: Sequence[Pair], alike: bool) -> list[bool]:
        asked = [(_at(paths, places[a]), _at(paths, places[b])) for a, b in pairs]
        tasks = [asked[n : n + PAIRS] for n in range(0, len(asked), PAIRS)]
        work = partial(compare_pairs, alike=alike)
        runner = run if len(tasks) > 1 else partial(_run, None)
        return [verdict for verdicts in runner(work, tasks) for verdict in verdicts]

    keys = np.concatenate([part.keys for part in parts]) if near and parts else None
    return entries, settle(entries, keys, compare), parts


def _run(
    pool: Executor | None, work: Callable[[Task], Done], tasks: Sequence[Task]
) -> Iterator[Done]:
    """Do the tasks, in the pool where there is one; the results come in order."""
    try:
        yield from map(work, tasks) if pool is None else pool.map(work, tasks)
    except BrokenProcessPool as error:
        raise ElaraError(
            "A worker process ended before its work was done.",
            "Look whether memory or disk ran out, and run it again; nothing was changed.",
        ) from error


def _at(paths: Sequence[Path], place: tuple[int, int, int]) -> Place:
    return paths[place[0]], place[1], place[2]


def _write_kept(
    path: Path, parts: Sequence[Part], entries: Sequence[Entry], settled: Settled
) -> int:
    """Copy the lines that stay; only what takes something over is written anew."""
    changed = settled.also.keys() | settled.notices.keys()
    index = 0
    with path.open("wb") as file:
        for part in parts:
            data = part.path.read_bytes()
            start = end = 0  # a run of lines that stay as they are
            for offset, length in part.places:
                if index in settled.losses or index in changed:
                    file.write(data[start:end])
                    start = end = offset + length
                else:
                    end = offset + length
                if index in changed and index not in settled.losses:
                    line = data[offset : offset + length]
                    file.write(_rewrite(line, index, entries, settled))
                index += 1
            file.write(data[start:end])
        _flush(file)
    return index - len(settled.losses)


def _rewrite(line: bytes, index: int, entries: Sequence[Entry], settled: Settled) -> bytes:
    fate = fate_of(read_record(line), index, entries, settled)
    assert isinstance(fate, Record)
    return write_record(fate).encode("utf-8", "replace") + b"\n"


def _write_dropped(path: Path, entries: Sequence[Entry], settled: Settled) -> Counter[str]:
    counts: Counter[str] = Counter()
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        for index in sorted(settled.losses):
            dropped = dropped_of(index, entries, settled)
            counts[dropped.stage] += 1
            file.write(write_dropped(dropped) + "\n")
        _flush(file)
    return counts


def _flush(file: IO[Any]) -> None:
    file.flush()
    os.fsync(file.fileno())
