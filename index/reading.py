"""Reads files into documents, each in a child process with limits; one line for every file.

What is covered: a file that is damaged, hostile, endless, encrypted, not a file or not what
its name says ends as one refused line, and the files around it are read all the same; a
file is read whole or not at all. What is not covered: a crafted file that takes over a
parser's machine code (see index.isolation.limits).
This module knows no passage, no embedding and no index.
"""

from __future__ import annotations

import os
import queue
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from elara_local.errors import WrongFile
from elara_local.text import clean_text
from index.documents import FORMATS
from index.documents.blocks import Hints, Parsed
from index.isolation.answers import Found
from index.isolation.limits import ReadLimits
from index.isolation.process import Child, Readers

READERS = Readers("index.documents.kinds:recognise", FORMATS)
AT_ONCE = 2  # files read at the same time
LONGEST_NAME = 120
LONGEST_LINE = 400
JOINERS = "\u200c\u200d"  # part of words in Persian and in Indian scripts


@dataclass(frozen=True)
class Reading:
    """What became of one file. `line` is for the report and holds no word of the document.

    `documents` is empty and `sha256`, `format` may be "" where the file was refused.
    """

    path: Path
    outcome: Literal["read", "refused"]
    line: str
    documents: tuple[Parsed, ...] = ()
    format: str = ""
    sha256: str = ""


def read_file(
    path: Path,
    hints: Hints | None = None,
    limits: ReadLimits | None = None,
    readers: Readers = READERS,
) -> Reading:
    """Read one file in a child process; a file that can't be read is a refused `Reading`."""
    child = Child(readers)
    try:
        return _read(child, path, hints or Hints(), limits or ReadLimits())
    finally:
        child.close()


def read_files(
    paths: Iterable[Path],
    hints: Mapping[Path, Hints] | None = None,
    limits: ReadLimits | None = None,
    readers: Readers = READERS,
    at_once: int = AT_ONCE,
) -> Iterator[Reading]:
    """Yield one `Reading` for every path, in the order given.

    `at_once` files are read at the same time and as many are held at most. Closing the
    iterator early ends the children.
    """
    told, bounds = hints or {}, limits or ReadLimits()
    children = [Child(readers) for _ in range(at_once)]
    free: queue.Queue[Child] = queue.Queue()
    for child in children:
        free.put(child)

    def read(path: Path) -> Reading:
        child = free.get()
        try:
            return _read(child, path, told.get(path, Hints()), bounds)
        finally:
            free.put(child)

    pool = ThreadPoolExecutor(at_once, thread_name_prefix="read")
    try:
        yield from _in_order(pool, read, paths, at_once)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.close()  # a thread that waits for it wakes up and ends
        pool.shutdown()
        for child in children:
            child.close()


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files that paths name, folders walked, each once, in order of their names.

    A path given by name is kept as it is, so that what is wrong with it is reported. In a
    folder, hidden names are left out, and links that lead out of it; a link to a folder is
    not followed.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found |= dict.fromkeys(_walk(path))
        else:
            found[path] = None
    return list(found)


def name_files(files: Sequence[Path]) -> dict[Path, str]:
    r"""Return the name each file goes by: its own, with its folders' where two are the same.

    What can't be printed, or is no Unicode, stands as its number, such as \udcff.
    """
    parts = {path: [_show(part) for part in path.absolute().parts] for path in files}
    named: dict[Path, str] = {}
    depth, left = 1, list(parts)
    while left:
        names = {path: "/".join(parts[path][-depth:]) for path in left}
        count = Counter(names.values())
        alone = [p for p in left if count[names[p]] == 1 or depth >= len(parts[p])]
        named |= {path: names[path] for path in alone}
        left = [path for path in left if path not in named]
        depth += 1
    return named


def _show(part: str) -> str:
    shown = (c if c.isprintable() or c in JOINERS else f"\\u{ord(c):04x}" for c in part)
    return "".join(shown)


def _walk(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(place) / name
            if not path.is_symlink() or _leads_into(path, root):
                yield path


def _leads_into(link: Path, root: Path) -> bool:
    """True for a link to a file of this folder, and for one that leads in a circle."""
    try:
        return link.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return True


def _in_order(
    pool: ThreadPoolExecutor, read: Callable[[Path], Reading], paths: Iterable[Path], most: int
) -> Iterator[Reading]:
    waiting: deque[Future[Reading]] = deque()
    for path in paths:
        waiting.append(pool.submit(read, path))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _read(child: Child, path: Path, hints: Hints, limits: ReadLimits) -> Reading:
    name = clean_text(path.name, LONGEST_NAME).replace("\n", " ") or "(no name)"
    try:
        found = child.read(path, hints, limits)
        line = f"{name}: {_measure(found)}"
    except WrongFile as error:
        line = f"{name}: refused: {_tell(error, path)}"
        return Reading(path, "refused", _one_line(line))
    return Reading(path, "read", _one_line(line), found.documents, found.kind, found.sha256)


def _measure(found: Found) -> str:
    """Say how much was read.

    Raises:
        WrongFile: there is no text in it, and no notice of a deletion either.
    """
    documents = found.documents
    blocks = sum(len(parsed.blocks) for parsed in documents)
    lacking = next((parsed.lacking for parsed in documents if parsed.lacking), "")
    if not blocks and not any(parsed.notice for parsed in documents):
        raise WrongFile(
            f"no text was found in it{lacking and f': {lacking}'}.", "Use a copy that holds text."
        )
    parts = [_count(len(documents), "document")] if len(documents) > 1 else []
    pages = sum(parsed.pages for parsed in documents)
    parts += [_count(pages, "page")] if pages else []
    parts.append(_count(blocks, "paragraph"))
    return ", ".join(parts) + (f"; {lacking}" if lacking else "")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _tell(error: WrongFile, path: Path) -> str:
    """Return the error's words with "it" for the file's name, which the line begins with."""
    words = str(error)
    for name in (str(path), path.name):
        if words.startswith(f"{name} "):
            words = "it" + words[len(name) :]
    return words


def _one_line(line: str) -> str:
    return clean_text(line, LONGEST_LINE).replace("\n", " ")
