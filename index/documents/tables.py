"""CSV and TSV: a row is a block, or a document where the columns are those of documents.

The first row is the head, unless a cell of it is empty, a number or there twice. A table with
a column of texts (text, abstract, answer, ...) is a list of documents, as in JSONL. What is
not covered: several tables in one file, notes above the head.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from elara_local.errors import WrongFile
from index.documents.blocks import Block, Hints, Parsed
from index.documents.decoding import decode
from index.documents.grids import CONTEXT, MOST_COLUMNS
from index.documents.lines import tidy
from index.documents.objects import describe, is_record
from index.documents.outlines import settle, settle_each
from index.documents.streams import read_whole

MOST_ROWS = 100_000  # of one table; as blocks they take some 100 MB
LONGEST_CELL = 1 << 20  # characters; csv's own bound is 131,072, which long answers pass
TITLED = ("title", "question", "headline")  # columns that make a row a document
SEPARATORS = ",;\t|"
SAMPLE = 20  # lines by which the separator is told
WAY_OUT = "Save it as CSV again, with each text in quotes."


def read_csv(path: Path, hints: Hints) -> Iterator[Parsed]:
    """Yield the document of a table, or one for each row that is a document.

    Raises:
        WrongFile: it is too large, no text, or a cell or row of it has no end.
    """
    text = decode(read_whole(path))
    rows = _read_rows(text, _tell_separator(text))
    head = next(rows, [])
    names = [tidy(cell) for cell in head]
    titled = any(name.casefold() in TITLED for name in names)
    if is_head(names) and titled and is_record(dict.fromkeys(names, "")):
        found = (dict(zip(names, row, strict=False)) for row in _aligned(names, rows))
        yield from settle_each(map(describe, found), hints, path)
        return
    yield settle(_read_table(names, rows), hints, path, titled=False)


def is_head(names: Sequence[str]) -> bool:
    """True when the first row names its columns: no cell empty, twice there or a number."""
    if len(names) < 2 or len(set(names)) < len(names):
        return False
    return all(name and not name[0].isdigit() for name in names)


def _read_table(names: Sequence[str], rows: Iterator[list[str]]) -> Parsed:
    head = is_head(names)
    blocks = [] if head else [Block("; ".join(name for name in names if name), "row")]
    table = "" if head else CONTEXT.join(name for name in names if name)
    left = 0
    for row in _aligned(names, rows) if head else rows:
        if len(blocks) >= MOST_ROWS:
            left += 1
            continue
        cells = enumerate(map(tidy, row))
        parts = [f"{names[n]}: {cell}" if head else cell for n, cell in cells if cell]
        blocks.append(Block("; ".join(parts), "row", table=table))
    if not left and not any(block.text for block in blocks):  # a head and nothing below it
        blocks = [Block("; ".join(filter(None, names)), "row")]
    lacking = f"the last {left:,} rows were not read" if left else ""
    return Parsed(title="", blocks=tuple(blocks), lacking=lacking)


def _aligned(names: Sequence[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Refuse a row that is longer than the head: its cells may stand under the wrong names."""
    for number, row in enumerate(rows, 2):
        if any(cell.strip() for cell in row[len(names) :]):
            raise WrongFile(f"row {number:,} of it has more cells than the first row.", WAY_OUT)
        yield row[: len(names)]


def _read_rows(text: str, separator: str) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_CELL)
    try:
        lines = io.StringIO(text, newline="")
        for row in csv.reader(lines, delimiter=separator, strict=True):
            if len(row) > MOST_COLUMNS:
                raise WrongFile(f"a row of it has more than {MOST_COLUMNS} columns.", WAY_OUT)
            if row:
                yield row
    except csv.Error as error:
        raise WrongFile("a cell of it does not end as a cell of CSV does.", WAY_OUT) from error


def _tell_separator(text: str) -> str:
    """The separator that divides the first lines most evenly; comma where none does."""
    lines = text[: 1 << 16].splitlines()[:SAMPLE]
    best, most = ",", 0.0
    for separator in SEPARATORS:
        counts = [len(row) - 1 for row in csv.reader(lines, delimiter=separator)]
        even = min(counts, default=0) + 0.01 * max(counts, default=0)
        if even > most:
            best, most = separator, even
    return best
