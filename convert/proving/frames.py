"""How the process that evaluates a file answers: frames of a kind, a length and that many bytes.

It knows no model. A row is float32, little-endian as every machine that llama.cpp runs on here.
"""

from __future__ import annotations

import struct
from typing import IO

ROW, ANSWER, FAULT = b"R", b"J", b"E"  # logits; JSON; a sentence for people
HEAD = struct.Struct("<cI")


def write_frame(stream: IO[bytes], kind: bytes, content: bytes) -> None:
    """Write one frame."""
    stream.write(HEAD.pack(kind, len(content)))
    stream.write(content)


def read_frame(stream: IO[bytes]) -> tuple[bytes, bytes]:
    """Return the kind and the content of the next frame.

    Raises:
        EOFError: the stream ended, inside a frame or before one.
    """
    kind, length = HEAD.unpack(_read(stream, HEAD.size))
    return kind, _read(stream, length)


def _read(stream: IO[bytes], count: int) -> bytes:
    try:
        content = stream.read(count)
    except (OSError, ValueError) as error:
        raise EOFError from error
    if len(content) != count:
        raise EOFError
    return content
