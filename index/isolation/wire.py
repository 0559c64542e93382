"""A parsed document as one line of JSON, and back; never pickle.

What comes back from the child is not trusted: every field is looked at before it becomes a
`Parsed`. This module knows no process and no format.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, get_args

from index.documents.blocks import Block, BlockKind, Parsed

KINDS = frozenset(get_args(BlockKind))
LEVELS = range(10)
TEXTS = tuple(f.name for f in fields(Parsed) if f.type == "str")
NUMBERS = ("version", "pages")
ONE_LINE = str.maketrans("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", " " * 10)


def write_line(value: Any) -> bytes:
    """Return a value as one line; a lone surrogate becomes a question mark."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def pack(parsed: Parsed) -> dict[str, Any]:
    """Return a document as what JSON can hold; blocks become lists."""
    found: dict[str, Any] = {name: getattr(parsed, name) for name in (*TEXTS, *NUMBERS)}
    found["blocks"] = [[b.text, b.kind, b.level, b.page, b.breaks, b.table] for b in parsed.blocks]
    return found


def unpack(value: Any) -> Parsed:
    """Return the document of a line that was read.

    Texts are put on one line, character for character, so that offsets stay.

    Raises:
        ValueError: it is not a document as `blocks` describes one.
    """
    if not isinstance(value, dict) or set(value) != {*TEXTS, *NUMBERS, "blocks"}:
        raise ValueError("not a document")
    plain: dict[str, Any] = {name: _text(value[name]) for name in TEXTS}
    plain |= {name: _number(value[name]) for name in NUMBERS}
    if not isinstance(value["blocks"], list):
        raise ValueError("not blocks")
    return Parsed(**plain, blocks=tuple(map(_block, value["blocks"])))


def _block(value: Any) -> Block:
    if not isinstance(value, list) or len(value) != 6:
        raise ValueError("not a block")
    text, kind, level, page, breaks, table = value
    if kind not in KINDS or _number(level) not in LEVELS or not isinstance(breaks, list):
        raise ValueError("not a block")
    if page is not None and _number(page) < 1:
        raise ValueError("not a page")
    text = _text(text)
    return Block(text, kind, level, page, _breaks(breaks, len(text), page), _text(table))


def _breaks(value: list[Any], length: int, page: int | None) -> tuple[tuple[int, int], ...]:
    found = []
    offset, last = 0, page or 0
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError("not a page break")
        if not offset <= _number(pair[0]) <= length or _number(pair[1]) < last:
            raise ValueError("a page break out of order")
        offset, last = pair
        found.append((offset, last))
    return tuple(found)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    value.encode()  # a lone surrogate is a ValueError
    return value.translate(ONE_LINE) if not value.isprintable() else value


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise ValueError("not a number")
    return value
