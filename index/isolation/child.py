"""The child: reads the files it is asked for, one at a time, and answers in lines.

Started by `process` as an isolated interpreter. It refuses the network, processes and
writing before it looks at anything. What a reader prints goes nowhere: the answers have a
channel of their own. An answer names no word of a document and holds no traceback.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from elara_local.errors import ElaraError, WrongFile
from elara_local.offline import EgressRefused, guard, quiet_environment
from index.documents.blocks import Hints, Parsed
from index.isolation.limits import MEGABYTE, NO_MEMORY, NotAllowed, bind_file, bind_process
from index.isolation.wire import pack, write_line

Identity = tuple[int, int, int, int, int]


def main() -> None:
    """Answer every request until the parent closes its end."""
    quiet_environment()
    guard()
    answers = _own_channel()
    bind_process()
    try:
        for line in sys.stdin.buffer:
            for answer in read(json.loads(line)):
                answers.write(write_line(answer))
            answers.flush()
            bind_file(0, 0)
    except MemoryError:
        os._exit(NO_MEMORY)  # at once: to tidy up what filled the memory can take minutes


def read(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield {"kind", "sha256"}, a {"document"} for each, then {"end"}; or {"refused", "hint"}.

    `request` holds the path, the hints, the limits, the name of the function that recognises
    and the readers by format, as "module:function".
    """
    bind_file(request["seconds"], request["memory_bytes"])
    try:
        yield from _read(request)
    except ElaraError as error:
        yield {"refused": error.message, "hint": error.hint}
    except MemoryError:
        most = request["memory_bytes"] // MEGABYTE
        yield {"refused": f"it needs more than {most:,} MB of memory.", "hint": "Split the file."}
    except RecursionError:
        yield {"refused": "its parts are nested too deeply.", "hint": "Save it again, simpler."}
    except (NotAllowed, EgressRefused):
        yield {
            "refused": "its reader tried to reach the network, start a process or change a file.",
            "hint": "Do not open this file; show it to whoever looks after this computer.",
        }
    except OSError as error:
        why = error.strerror or type(error).__name__
        yield {"refused": f"it can't be read: {why}.", "hint": "Look at the file."}
    except Exception as error:  # noqa: BLE001 - whatever a file does to a reader
        yield {
            "refused": f"it is damaged, or of a kind that is not known ({type(error).__name__}).",
            "hint": "Open it in the program that made it and save it again.",
        }


def _read(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    path = Path(request["path"])
    before = identify(path, request["file_bytes"])
    kind = _function(request["recognise"])(path)
    yield {"kind": kind, "sha256": before[1]}
    if kind not in request["readers"]:
        raise WrongFile("it is of a kind that is not read.", "Save it as PDF, DOCX or text.")
    found: Iterator[Parsed] = _function(request["readers"][kind])(path, Hints(**request["hints"]))
    for parsed in found:
        yield {"document": pack(parsed)}
    if identify(path, request["file_bytes"]) != before:
        raise WrongFile("it was changed while it was read.", "Add it again.")
    yield {"end": True}


def identify(path: Path, most: int) -> tuple[Identity, str]:
    """Return what tells a file from another, and the SHA-256 of its bytes.

    Raises:
        WrongFile: it is not a regular file, is empty, or is larger than `most` bytes.
        OSError: it can't be opened or read.
    """
    with open(path, "rb", buffering=0, opener=_open_at_once) as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise WrongFile("it is not a file that can be read from start to end.", "Copy it.")
        if not state.st_size:
            raise WrongFile("it is empty.", "Copy it again from where it came.")
        if state.st_size > most:
            raise WrongFile(
                f"it is larger than {most // MEGABYTE:,} MB.", "Split it into smaller files."
            )
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    identity = (
        state.st_dev,
        state.st_ino,
        state.st_size,
        state.st_mtime_ns,
        0 if sys.platform == "win32" else state.st_ctime_ns,
    )
    return identity, digest


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for whoever would write into a pipe of that name."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _function(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found


def _own_channel() -> BinaryIO:
    """Move the answers away from standard output, so that nothing printed gets among them."""
    sys.stdout.flush()
    channel = os.dup(1)
    os.dup2(2, 1)  # standard error goes nowhere
    return os.fdopen(channel, "wb")
