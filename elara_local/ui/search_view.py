"""The search of passages without any model: what is looked for and how the finds are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from elara_local.errors import ElaraError
from elara_local.records import Hit
from elara_local.sources import sources_of
from elara_local.text import clean_text
from elara_local.ui.markup import blocks, escape, tag
from elara_local.ui.sources_view import paint_source
from elara_local.ui.words import Words

TOP = 10
LONGEST = 2_000  # characters that are looked for


class Found(Protocol):
    """What a search gives; `retrieve.Found` fits."""

    @property
    def hits(self) -> Sequence[Hit]:
        """The passages, best first."""

    @property
    def about(self) -> bool:
        """Whether any passage is about the words."""

    @property
    def unknown(self) -> Sequence[str]:
        """Words that no document holds."""

    @property
    def corrected(self) -> Mapping[str, str] | None:
        """Words as typed and as they were read."""


class Searching(Protocol):
    """What is asked; `retrieve.Retriever` fits."""

    def search(self, text: str, top: int) -> Found:
        """Return the best passages for the words."""
        ...


def search(retriever: Searching, text: str, words: Words) -> str:
    """Return the passages for `text` as HTML, or in words why there are none."""
    sought = clean_text(text or "", LONGEST)
    if not any(character.isalnum() for character in sought):
        return tag("p", escape(words.say("search.empty")), "quiet")
    try:
        found = retriever.search(sought, TOP)
    except ElaraError as error:
        return tag("section", tag("p", escape(str(error))), "state")
    except Exception as error:  # noqa: BLE001 - no traceback may reach a clinician
        told = words.say("answer.failed_inside", name=type(error).__name__)
        return tag("section", tag("p", escape(told)), "state")
    return _paint(found, sought, words)


def _paint(found: Found, sought: str, words: Words) -> str:
    if not found.hits:
        return tag("p", escape(words.say("sources.none")), "quiet outcome")
    key = "search.found" if found.about else "search.off_topic"
    told = [words.say(key, n=len(found.hits))]
    told += [
        words.say("search.corrected", typed=typed, known=known)
        for typed, known in (found.corrected or {}).items()
    ]
    if found.unknown:
        told.append(words.say("search.unknown", words=", ".join(found.unknown)))
    heading = tag("p", escape(" · ".join(told)), "quiet outcome")
    sources = sources_of(tuple(found.hits), sought)
    return blocks([heading, *(paint_source(source, words, "found-") for source in sources)])
