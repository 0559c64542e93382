"""Where quoted words stand: a picture of their page, or the text around them.

One route, behind the guard like every other: it takes a document's id and character offsets,
and gives JSON that reader.js shows. The words always come from the stored text, never from
the request, and a file is only ever opened by the library's own record of it. What a browser
sends is clipped and can name nothing else; what can't be read is said in words.

It knows no question and no answer.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from elara_local.ui.words import Words, read_words

log = logging.getLogger(__name__)

ROUTE = "/reading"
AROUND = 900  # characters of the document shown before and after the quoted words
LONGEST_QUOTE = 4_000  # characters
WIDTH = 1_100  # pixels of a page's picture
MOST_PAGES = 100_000
LONGEST_NAME = 300  # characters of a title or heading that are echoed


class Texts(Protocol):
    """Where stored texts are; `library.Stores` fits."""

    def text_of(self, document: str) -> str:
        """Return the stored text of a document, "" when there is none."""
        ...


class Reading(Protocol):
    """What is read from; `library.Library` fits."""

    @property
    def store(self) -> Texts:
        """The stored texts."""

    def original_of(self, document: str) -> Path | None:
        """Return the kept PDF file of a document, None where there is none."""
        ...


class Pages(Protocol):
    """What draws pages; the module `elara_local.pages` fits. Each raises WrongFile."""

    def page_count(self, path: Path) -> int:
        """Return how many pages a file has."""
        ...

    def render_page(self, path: Path, page: int, quote: str, width: int) -> bytes:
        """Return a page as PNG with the words of `quote` marked."""
        ...

    def find_boxes(self, path: Path, page: int, quote: str) -> Sequence[object]:
        """Return where the words stand on a page; nothing where they do not."""
        ...


@dataclass(frozen=True)
class Wanted:
    """What a page asks to see; offsets count characters of the stored text.

    The words stand on the pages `first` to `last`; `page` is the one to show, 0 for none.
    """

    document: str
    start: int = 0
    end: int = 0
    page: int = 0
    first: int = 0
    last: int = 0
    title: str = ""
    section: str = ""
    language: str = "en"


def read_wanted(asked: Mapping[str, str]) -> Wanted:
    """Return what a query string asks for; numbers out of range become 0."""
    return Wanted(
        asked.get("document", "")[:LONGEST_NAME],
        _number(asked.get("start", ""), 10**10),
        _number(asked.get("end", ""), 10**10),
        _number(asked.get("page", ""), MOST_PAGES),
        _number(asked.get("first", ""), MOST_PAGES),
        _number(asked.get("last", ""), MOST_PAGES),
        asked.get("title", "")[:LONGEST_NAME],
        asked.get("section", "")[:LONGEST_NAME],
        asked.get("language", "")[:8],
    )


class Reader:
    """Shows where words stand.

    `library` gives what is open now, `pages` draws.
    """

    def __init__(self, library: Callable[[], Reading], pages: Pages) -> None:
        self._library = library
        self._pages = pages

    def show(self, wanted: Wanted) -> dict[str, Any]:
        """Return what reader.js shows."""
        words = read_words(wanted.language)
        library = self._library()
        text = library.store.text_of(wanted.document)
        said = {key: words.say(f"reading.{key}") for key in ("previous", "next", "close")}
        shown = {"heading": wanted.title, "place": wanted.section, "words": said}
        if not text:
            return {**shown, "note": words.say("reading.gone")}
        start = min(wanted.start, len(text))
        end = min(max(wanted.end, start), len(text), start + LONGEST_QUOTE)
        original = library.original_of(wanted.document) if wanted.page else None
        if original is not None:
            picture = self._picture(original, wanted, text[start:end], words)
            if picture:
                return {**shown, **picture}
        if wanted.page:
            shown["note"] = words.say("reading.no_picture")
        return {**shown, **_around(text, start, end)}

    def _picture(self, path: Path, wanted: Wanted, quote: str, words: Words) -> dict[str, Any]:
        """Return a page with its words marked; nothing when it can't be drawn."""
        sought = quote if wanted.first <= wanted.page <= wanted.last else ""
        try:
            pages = self._pages.page_count(path)
            drawn = self._pages.render_page(path, wanted.page, sought, WIDTH)
            marked = bool(sought and self._pages.find_boxes(path, wanted.page, sought))
        except Exception as error:  # noqa: BLE001 - the reader gets the words instead
            log.info("A page can't be drawn: %s", type(error).__name__)
            return {}
        told = {"title": wanted.title, "n": wanted.page}
        said = words.say("reading.alt", **told, quote=" ".join(quote.split()))
        return {
            "picture": "data:image/png;base64," + base64.b64encode(drawn).decode("ascii"),
            "alt": said if marked else words.say("reading.plain", **told),
            "note": words.say("reading.unmarked") if sought and not marked else "",
            "page": wanted.page,
            "pages": pages,
            "place": words.say("reading.of", n=wanted.page, pages=pages),
        }


def _around(text: str, start: int, end: int) -> dict[str, str]:
    """Return the words and what stands before and after them, cut at blanks."""
    first, last = max(start - AROUND, 0), min(end + AROUND, len(text))
    first = text.find(" ", first, start) + 1 or first if first else 0
    cut = text.rfind(" ", end, last) if last < len(text) else last
    last = cut if cut > 0 else last
    before, after = ("… " if first else ""), (" …" if last < len(text) else "")
    return {
        "before": before + text[first:start],
        "quote": text[start:end],
        "after": text[end:last] + after,
    }


def _number(text: str, most: int) -> int:
    """Return a whole number from 0 to `most`, 0 for anything else."""
    return int(text) if text.isdecimal() and len(text) <= 10 and int(text) <= most else 0
