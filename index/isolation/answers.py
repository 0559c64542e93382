"""What a child answered: from its lines to documents, or to the one sentence that refuses.

Nothing in the lines is trusted. This module knows no process.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from elara_local.errors import WrongFile
from index.documents.blocks import Parsed
from index.isolation.limits import MEGABYTE, NO_MEMORY, ReadLimits
from index.isolation.wire import unpack

BLOCKS = 1_000_000  # of one file; a textbook of 1,000 pages has some 20,000
SPLIT = "Split it into smaller files."
AGAIN = "Open it in the program that made it and save it again."


@dataclass(frozen=True)
class Found:
    """What a child found in one file; `kind` is one of `index.documents.FORMATS`."""

    kind: str
    sha256: str
    documents: tuple[Parsed, ...]


def collect(lines: Iterable[bytes]) -> tuple[Found, int] | None:
    """Return what the lines say and their bytes, or None where they end before their end.

    Raises:
        WrongFile: the child refused the file, or a line is not what it should be.
    """
    kind = sha256 = ""
    documents: list[Parsed] = []
    size = blocks = 0
    for line in lines:
        size += len(line)
        message = _message(line)
        if "refused" in message:
            raise WrongFile(str(message["refused"]), str(message.get("hint", "")))
        if "document" in message:
            documents.append(_document(message["document"]))
            blocks += len(documents[-1].blocks)
        elif "kind" in message:
            kind, sha256 = str(message["kind"]), str(message.get("sha256", ""))
        elif "end" in message:
            return Found(kind, sha256, tuple(documents)), size
        if blocks > BLOCKS:
            raise WrongFile(f"it has more than {BLOCKS:,} paragraphs.", SPLIT)
    return None


def explain(code: int | None, limits: ReadLimits) -> str:
    """Say why a child ended before its answer did, by its exit code."""
    if code in _codes("SIGXCPU", "SIGALRM"):
        return too_slow(limits).message
    if code == NO_MEMORY:
        return too_much(limits).message
    if code in _codes("SIGABRT", "SIGKILL"):
        most = limits.memory_bytes // MEGABYTE
        return f"its reader was ended, most likely for want of memory (it had {most:,} MB)."
    return f"its reader crashed (code {code})."


def _codes(*names: str) -> set[int]:
    """The exit codes of a process that these signals ended; none on Windows."""
    return {-int(getattr(signal, name)) for name in names if hasattr(signal, name)}


def too_slow(limits: ReadLimits) -> WrongFile:
    """The time limit was reached."""
    return WrongFile(f"reading it took longer than {limits.seconds:,.0f} seconds.", SPLIT)


def too_much(limits: ReadLimits) -> WrongFile:
    """The memory limit was reached."""
    most = limits.memory_bytes // MEGABYTE
    return WrongFile(f"it needs more than {most:,} MB of memory.", SPLIT)


def too_long(limits: ReadLimits) -> WrongFile:
    """The limit of what may come back was reached."""
    most = limits.output_bytes // MEGABYTE
    return WrongFile(f"it unpacks to more than {most:,} MB of text.", SPLIT)


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WrongFile("what its reader said can't be understood.", AGAIN) from error
    return message if isinstance(message, dict) else {}


def _document(value: object) -> Parsed:
    try:
        return unpack(value)
    except (ValueError, TypeError) as error:
        raise WrongFile("what its reader found is not a document.", AGAIN) from error
