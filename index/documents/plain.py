"""Plain text: paragraphs, list items and the headings that are beyond doubt.

A blank line ends a paragraph. Where no line is longer than WRAPPED, lines are taken for
wrapped and joined; else each line is a paragraph. A line in capitals between blank lines, or
one that is underlined with === or ---, is a heading. What is not covered: columns of a
layout; a line with tabs or wide gaps stays a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.documents.blocks import Block, Hints, Parsed
from index.documents.decoding import decode
from index.documents.lines import tidy
from index.documents.outlines import settle
from index.documents.streams import read_whole

WRAPPED = 160  # characters; editors and e-mail wrap at 72 to 132
LONGEST_HEADING = 70
ITEM = re.compile(r"\s*(?:[-*•‣▪◦●–]\s+|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]\s+|\(?[A-Z]\)\s+)\S")
BULLET = re.compile(r"^\s*[-*•‣▪◦●–]\s+")
COLUMNS = re.compile(r"\S(?:\t+| {3,})\S")
UNDERLINE = re.compile(r"\s*(={3,}|-{3,}|~{3,})\s*$")
GAP = re.compile(r"\t+| {3,}")
# A command in capitals is no heading: "DO NOT GIVE ASPIRIN" must stay in the text.
COMMAND = re.compile(
    r"\b(?:NOT|NO|NEVER|STOP|AVOID|GIVE|DO|REFER|NE|PAS|NON|JAMAIS|NUNCA|USI\w*)\b"
)
LEVELS = {"=": 1, "-": 2, "~": 3}


def read_text(path: Path, hints: Hints) -> Iterator[Parsed]:
    """Yield the one document of a text file.

    Raises:
        WrongFile: it is too large, no text, or empty.
    """
    blocks = split_text(decode(read_whole(path)))
    yield settle(Parsed(title="", blocks=tuple(blocks)), hints, path)


def split_text(text: str) -> list[Block]:
    """Return the blocks of a plain text."""
    lines = [line.rstrip() for line in text.replace("\f", "\n\n").splitlines()]
    wrapped = all(len(line) <= WRAPPED for line in lines)
    blocks: list[Block] = []
    group: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            group.append(line)
        elif group:
            blocks += _blocks_of(group, wrapped)
            group = []
    return blocks


def _blocks_of(lines: Sequence[str], wrapped: bool) -> Iterator[Block]:
    """The blocks of lines without a blank one between them."""
    lines = list(lines)
    if len(lines) > 1 and (under := UNDERLINE.match(lines[1])) and _is_short(lines[0]):
        yield Block(tidy(lines[0]), "heading", LEVELS[under[1][0]])
        lines = lines[2:]
    elif len(lines) == 1 and _is_capital(lines[0]):
        yield Block(tidy(lines[0]), "heading", 2)
        return
    open_lines: list[str] = []
    for line in lines:
        if UNDERLINE.match(line):
            continue
        begins = not wrapped or ITEM.match(line) or COLUMNS.search(line.strip())
        if begins or (open_lines and COLUMNS.search(open_lines[-1].strip())):
            yield from _write(open_lines)
            open_lines = []
        open_lines.append(line)
    yield from _write(open_lines)


def _write(lines: Sequence[str]) -> Iterator[Block]:
    if not lines:
        return
    text = " ".join(lines)
    if COLUMNS.search(lines[0].strip()) and not ITEM.match(lines[0]):
        yield Block("; ".join(tidy(cell) for cell in GAP.split(lines[0].strip()) if cell), "row")
    elif ITEM.match(text):
        yield Block(tidy(BULLET.sub("", text, count=1)), "item")
    else:
        yield Block(tidy(text))


def _is_short(line: str) -> bool:
    return len(line.strip()) <= LONGEST_HEADING and not UNDERLINE.match(line)


def _is_capital(line: str) -> bool:
    if not _is_short(line) or COMMAND.search(line) or line.rstrip()[-1:] in ".!;,":
        return False
    letters = [char for char in line if char.isalpha()]
    return len(letters) > 3 and not any(char.islower() for char in letters)
