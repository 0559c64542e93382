"""What every reader makes of a file: documents of blocks in reading order.

A block is one heading, paragraph, list item or table row, on one line, with the page it
begins on. It knows no format and no index.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

BlockKind = Literal["heading", "text", "item", "row"]


@dataclass(frozen=True)
class Block:
    """One heading, paragraph, list item or table row.

    `text` is on one line: inner white space is single spaces, a word that was divided at a
    line's end is whole again. `level` is for headings: 1 is a top heading, which no passage
    crosses. `page` is the 1-based page on which the block begins; `breaks` are the
    (offset into text, page) at which further pages begin inside it. `table` is what a row
    needs to be understood: the table's caption and column heads, joined by " | "; a reader
    that can tell the columns apart writes "Head: cell; Head: cell" into the row itself.
    """

    text: str
    kind: BlockKind = "text"
    level: int = 0
    page: int | None = None
    breaks: tuple[tuple[int, int], ...] = ()
    table: str = ""


@dataclass(frozen=True)
class Parsed:
    """One document as its reader found it; empty strings where the file does not say.

    `edition` is a year or an ISO date ("2023", "2023-05", "2023-05-17"). `source` names where
    it comes from as a reader would cite it. `identifier` is its name outside ("pmid:123",
    "pmcid:PMC123", "doi:10...", "medquad:0000559-1"), `version` its version there. `notice`
    is "" or what a reader must know: "retracted", "deleted", "expression of concern".
    `keywords` are further words it should be found by. `lacking` says in one line what could
    not be read ("pages 3, 4 are pictures").
    """

    title: str
    blocks: tuple[Block, ...]
    edition: str = ""
    licence: str = ""
    source: str = ""
    identifier: str = ""
    version: int = 1
    notice: str = ""
    keywords: str = ""
    language: str = ""
    pages: int = 0
    lacking: str = ""


@dataclass(frozen=True)
class Hints:
    """What the user said of a file on the command line or in the window; "" where nothing."""

    title: str = ""
    edition: str = ""
    licence: str = ""
    source: str = ""


class Reader(Protocol):
    """Every reader of index.documents.FORMATS."""

    def __call__(self, path: Path, hints: Hints) -> Iterator[Parsed]:
        """Yield the documents of a file.

        Raises:
            WrongFile: the file can't be read; one line says why and what to do.
        """
