"""JSON and JSONL: objects that are documents, and any other object as "Key: value" rows.

The names of the fields that make a document are in FIELDS; what other fields say is kept as
rows, so that nothing of an object is lost. An object of JSONL is a document each; a list of
objects with texts likewise. What is not covered: schemas of other programs beyond that.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from elara_local.errors import WrongFile
from index.documents.blocks import Block, Hints, Parsed
from index.documents.dates import read_date
from index.documents.decoding import decode, tell_encoding
from index.documents.lines import tidy, whole_number
from index.documents.markup import read_fragment
from index.documents.notices import RETRACTED, WITHDRAWN
from index.documents.outlines import settle, settle_each
from index.documents.plain import split_text
from index.documents.streams import MEGABYTE, open_stream, read_whole

MOST_JSON = 32 * MEGABYTE  # as Python objects it takes ten times as much memory
LONGEST_LINE = 16 * MEGABYTE  # of JSONL: a book is a fifth of that
LONGEST_NAME = 120  # characters of an object's plain fields that head what it holds
DEEPEST = 20  # sections inside sections
# Field of a document -> the names it goes by, in small letters; the first that is there counts.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "question", "heading", "name", "headline", "topic"),
    "text": ("text", "body", "answer", "content", "contents", "abstract", "article", "passage"),
    "edition": ("edition", "date", "year", "published", "publication_date", "updated"),
    "licence": ("licence", "license", "rights"),
    "source": ("source", "publisher", "journal", "collection"),
    "url": ("url", "link", "uri", "href", "source_url"),
    "identifier": ("identifier", "id", "_id", "pmid", "pmcid", "doi", "docid"),
    "keywords": ("keywords", "tags", "focus", "mesh", "synonyms"),
    "language": ("language", "lang"),
    "notice": ("notice",),
    "version": ("version",),
}
# What only HTML has; "SpO2 <90" has it not.
HTML = re.compile(r"</(?:p|div|li|[uo]l|h[1-6]|td|b|i|em|strong|su[bp]|span|a)>|<br ?/?>", re.I)
NAMED = frozenset(("pmid", "pmcid", "doi"))  # identifiers that need their kind before them
ENDED = frozenset(("retracted", "withdrawn", "superseded", "obsolete"))
SECTIONS = frozenset(("sections", "chapters", "children", "subsections", "parts"))


def read_json(path: Path, hints: Hints) -> Iterator[Parsed]:
    """Yield the documents of a JSON file.

    Raises:
        WrongFile: it is too large, broken or holds no text.
    """
    whole = _load(decode(read_whole(path, MOST_JSON)), "it")
    inner = next(iter(whole.values())) if isinstance(whole, dict) and len(whole) == 1 else whole
    if isinstance(inner, list) and any(isinstance(one, dict) and is_record(one) for one in inner):
        yield from settle_each((_describe_any(one) for one in inner), hints, path)
    else:
        yield settle(_describe_any(whole), hints, path, titled=False)


def read_jsonl(path: Path, hints: Hints) -> Iterator[Parsed]:
    """Yield a document for each line.

    Raises:
        WrongFile: a line is too long, or is not JSON.
    """
    objects = (
        _load(line, f"line {number:,} of it")
        for number, line in enumerate(read_lines(path), 1)
        if line.strip()
    )
    yield from settle_each(map(_describe_any, objects), hints, path)


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file; one after the other, each bounded.

    Raises:
        WrongFile: a line is longer than LONGEST_LINE or is not readable.
    """
    with open_stream(path) as stream:
        head = stream.peek(4096)[:4096] if hasattr(stream, "peek") else b""
        text = io.TextIOWrapper(stream, encoding=tell_encoding(head), errors="strict")
        try:
            while line := text.readline(LONGEST_LINE + 1):
                if len(line) > LONGEST_LINE:
                    raise WrongFile("a line of it is longer than 16 MB.", "Divide it.")
                yield line
        except UnicodeError as error:
            raise WrongFile("a line of it is not UTF-8.", "Save it as UTF-8.") from error


def is_record(fields: Mapping[str, Any]) -> bool:
    """True for an object with a text of its own, or with sections."""
    names = {name.casefold() for name in fields}
    return bool(names & {*FIELDS["text"], *SECTIONS})


def describe(fields: Mapping[str, Any], depth: int = 0) -> Parsed:
    """Return the document that an object is; `depth` counts the objects around it."""
    folded = {key.casefold(): key for key in fields}
    found = {key: _take(fields, folded, FIELDS[key]) for key in FIELDS if key != "text"}
    name, identifier = found["identifier"]
    if name.casefold() in NAMED and identifier:
        identifier = f"{name.casefold()}:{identifier.removeprefix(f'{name.casefold()}:')}"
    texts = [key for key in fields if key.casefold() in FIELDS["text"]]
    used = {name for name, _ in found.values()} | set(texts)
    dated, edition = found["edition"][0], read_date(found["edition"][1])
    if dated and not edition:  # no date: said in a row, as anything else
        used.discard(dated)
    blocks = [block for key in texts for block in _write_text(fields[key])]
    rest = {key: value for key, value in fields.items() if key not in used}
    number = whole_number(found["version"][1])
    return Parsed(
        title=found["title"][1],
        blocks=(*blocks, *_write_rest(rest, 1, depth)),
        edition=edition,
        licence=found["licence"][1],
        source=", ".join(part for part in (found["source"][1], found["url"][1]) if part),
        identifier=identifier,
        version=1 if number is None else number,
        notice=found["notice"][1] or _say_status(fields),
        keywords=found["keywords"][1],
        language=found["language"][1],
    )


def _say_status(fields: Mapping[str, Any]) -> str:
    """Return a notice where a field says so: "status: withdrawn", "retracted: true"."""
    for key, value in fields.items():
        name, text = key.casefold(), _plain(value).casefold()
        if text in ENDED or (name in ENDED and text in ("true", "yes", "1")):
            return RETRACTED if "retracted" in (name, text) else WITHDRAWN
    return ""


def _describe_any(value: Any) -> Parsed:
    if isinstance(value, dict) and is_record(value):
        return describe(value)
    return Parsed("", tuple(_write_rest({"": value}, 1)))


def _take(
    fields: Mapping[str, Any], folded: Mapping[str, str], names: Sequence[str]
) -> tuple[str, str]:
    """The name and the text of the first of the fields that is there and plain."""
    for name in names:
        key = folded.get(name)
        if key is not None and (value := _plain(fields[key])):
            return key, value
    return "", ""


def _plain(value: Any) -> str:
    """A value on one line; lists of plain values joined; "" for anything with parts."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, list):
        parts = [_plain(one) for one in value]
        return ", ".join(parts) if all(parts) else ""
    return "" if isinstance(value, dict) else tidy(str(value))


def _write_text(value: Any) -> list[Block]:
    if isinstance(value, str):
        return read_fragment(value).blocks if HTML.search(value) else split_text(value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return [block for one in value for block in _write_text(one)]
    return list(_write_rest({"": value}, 1))


def _write_rest(value: Mapping[str, Any], level: int, depth: int = 0) -> Iterator[Block]:
    """Rows of "Key: value"; objects inside are sections, under a heading of their name."""
    if depth > DEEPEST:
        raise WrongFile("its parts are nested too deeply.", "Save it simpler.")
    row = [f"{tidy(k)}: {text}" if k else text for k, v in value.items() if (text := _plain(v))]
    if row:
        yield Block("; ".join(row), "row")
    for key, inside in value.items():
        if _plain(inside) or not isinstance(inside, list | dict):
            continue
        named = bool(key) and key.casefold() not in SECTIONS
        if named:
            yield Block(tidy(key), "heading", level)
        yield from _write_parts(inside, level + named, depth + 1)


def _write_parts(inside: Any, level: int, depth: int) -> Iterator[Block]:
    """The parts of a field; objects that hold others are kept apart by a heading for each.

    The heading is what the object says in plain fields: what stands below it is of that.
    """
    parts = inside if isinstance(inside, list) else [inside]
    apart = isinstance(inside, list) and any(_is_nested(one) for one in parts)
    for number, one in enumerate(parts, 1):
        if apart and not (isinstance(one, dict) and is_record(one)):
            fields = one.items() if isinstance(one, dict) else ()
            said = [f"{tidy(key)}: {text}" for key, value in fields if (text := _plain(value))]
            name = "; ".join(said)
            yield Block(name if 0 < len(name) <= LONGEST_NAME else str(number), "heading", level)
        yield from _write_part(one, level + apart, depth)


def _is_nested(value: Any) -> bool:
    """True for an object with objects inside that is no document."""
    if not isinstance(value, dict) or is_record(value):
        return False
    return any(isinstance(v, dict | list) and not _plain(v) for v in value.values())


def _write_part(value: Any, level: int, depth: int) -> Iterator[Block]:
    if isinstance(value, dict) and is_record(value):
        part = describe(value, depth)
        if part.title:
            yield Block(part.title, "heading", level)
        for block in part.blocks:
            yield replace(block, level=block.level + level if block.level else 0)
    else:
        yield from _write_rest(value if isinstance(value, dict) else {"": value}, level, depth)


def _load(text: str, what: str) -> Any:
    try:
        return json.loads(
            text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_gather
        )
    except (ValueError, RecursionError) as error:
        raise WrongFile(f"{what} is not JSON.", "Fetch or copy the file again.") from error


def _gather(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that is there twice keeps both values, as a list."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        found[key] = [found[key], value] if key in found else value
    return found
