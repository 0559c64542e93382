"""Markdown: CommonMark with tables and strikethrough, by way of HTML (markup.py).

Front matter ("key: value" lines between ---, or TOML between +++) gives title, edition,
licence and source; the names are those of objects.FIELDS. A tag that HTML does not know
("<dose>") is text. What is not covered: footnotes and other extensions (they stay as they
are written), and YAML beyond plain lines and lists of plain words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elara_local.errors import WrongFile
from index.documents.blocks import Hints, Parsed
from index.documents.decoding import decode
from index.documents.markup import KNOWN, read_fragment
from index.documents.objects import describe
from index.documents.outlines import add_lacking, settle
from index.documents.streams import MEGABYTE, read_whole

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MOST_MARKDOWN = 16 * MEGABYTE  # a textbook is 3 MB; the parser takes a minute for 16
NESTING = 100  # quotes and lists inside each other; what is deeper can't be read
FRONT = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?)^(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)
PAIR = re.compile(r"([A-Za-z][\w .-]*?)\s*:\s*(.*)")
TIMES = re.compile(r"(?<=\d)\*(?=\d)")
ABOVE = re.compile(r" {0,3}> ?[=\d]")
TAG = re.compile(r"</?([A-Za-z][\w-]*)")


def read_markdown(path: Path, hints: Hints) -> Iterator[Parsed]:
    """Yield the one document of a Markdown file.

    Raises:
        WrongFile: it is too large, no text, empty or nested too deeply.
    """
    text = decode(read_whole(path, MOST_MARKDOWN)).replace("\r\n", "\n")
    front = FRONT.match(text)
    fields = _read_front(front[1], front[2]) if front else {}
    body = text[front.end() :] if front and fields else text
    reading = read_fragment(render(body))
    found = describe(fields)
    found = Parsed(
        title=found.title,
        blocks=tuple(reading.blocks),
        edition=found.edition,
        licence=found.licence,
        source=found.source,
        keywords=found.keywords,
        language=found.language,
        lacking=add_lacking(reading.lacking),
    )
    yield settle(found, hints, path)


def render(text: str) -> str:
    """Return Markdown as HTML.

    Raises:
        WrongFile: it is nested more than NESTING deep.
    """
    reader = _reader()
    try:
        tokens = reader.parse(_keep_signs(text))
        if any(token.level >= NESTING for token in tokens):
            raise WrongFile("its lists or quotes are nested too deeply.", "Write it simpler.")
        html: str = reader.renderer.render(tokens, reader.options, {})
    except RecursionError as error:
        raise WrongFile("its parts are nested too deeply.", "Write it simpler.") from error
    return html


def _keep_signs(text: str) -> str:
    """Escape signs that are arithmetic: in 2*5*3, and in a line wrapped before "> 90 %"."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        before = lines[number - 1].lstrip() if number else ""
        if "`" in line or line.startswith(("    ", "\t")):
            continue
        line = TIMES.sub(r"\\*", line)
        if before and not before.startswith(">") and ABOVE.match(line):
            line = line.replace(">", "\\>", 1)
        lines[number] = line
    return "\n".join(lines)


def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"maxNesting": NESTING + 5}).enable(
        ["table", "strikethrough"]
    )
    for name in ("html_inline", "html_block"):
        reader.add_render_rule(name, _write_html)
    return reader


def _write_html(_: Any, tokens: Any, index: int, *__: Any) -> str:
    """HTML stands as it is; in a tag that HTML does not know the writer meant the words."""
    content: str = tokens[index].content
    found = TAG.match(content.lstrip())
    return content if found is None or found[1].lower() in KNOWN else escape(content)


def _read_front(fence: str, text: str) -> Mapping[str, Any]:
    if fence == "+++":
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            return {}
    fields: dict[str, Any] = {}
    last = ""
    for line in text.splitlines():
        if pair := PAIR.match(line):
            last, value = pair[1], pair[2].strip().strip("[]\"'")
            fields[last] = value
        elif last and line.lstrip().startswith("- "):
            fields[last] = f"{fields[last]}, {line.lstrip()[2:]}".removeprefix(", ")
    return fields
