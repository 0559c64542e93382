"""Sources as the reader sees them: where from, which edition, reviewed or not, words marked.

It draws Source records and knows nothing of how they were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from elara_local.records import Source
from elara_local.ui.markup import Span, blocks, clip, escape, hidden, mark, tag
from elara_local.ui.words import Words

LONG = 700  # characters of a passage shown whole; a longer one is cut to its marked words


def paint_sources(sources: Sequence[Source], words: Words, heading: str = "") -> str:
    """Return the source panel. Once an answer cites some, the others stand under a line.

    Under a `heading` (nothing answers the question) no words are marked: a mark would say that
    they do.
    """
    if not sources:
        return tag("p", escape(words.say("sources.none")), "quiet")
    cited = [source for source in sources if source.cited]
    others = [source for source in sources if not source.cited]
    parts = [tag("p", escape(heading), "quiet")] if heading else []
    plain = [replace(source, quote="") if heading else source for source in others]
    parts += [paint_source(source, words) for source in cited or plain]
    if cited and others:
        parts.append(tag("p", escape(words.say("sources.also")), "quiet rule"))
        parts += [paint_source(source, words) for source in others]
    return blocks(parts)


def paint_empty(words: Words) -> str:
    """Return what the source panel says before the first question."""
    return tag("p", escape(words.say("sources.empty")), "quiet")


def paint_source(source: Source, words: Words, anchor: str = "") -> str:
    """Return one source as one block. `anchor` sets its id apart from the answer's own."""
    number = source.id.removeprefix("s")
    place = " › ".join(part for part in (source.title, source.section) if part)
    title = tag("span", escape(number), "number") + tag("span", escape(place))
    inner = tag("h3", title) + tag("p", paint_place(source, words), "place")
    inner += _paint_words(source, words)
    if source.origin:
        after = words.say("sources.after", origin=source.origin)
        inner += tag("p", escape(after), "origin")
    kind = "source cited" if source.cited else "source"
    return tag("article", inner, kind, id=f"{anchor}{source.id}", tabindex="-1")


def paint_place(source: Source, words: Words) -> str:
    """Return page, edition and review status, as HTML."""
    parts = []
    if source.page is not None:
        parts.append(escape(words.say("sources.page", n=source.page)))
    if source.edition:
        parts.append(escape(words.say("sources.edition", edition=source.edition)))
    unreviewed = not source.review.startswith("reviewed")
    review = words.say("page.unreviewed") if unreviewed else source.review
    parts.append(tag("span", escape(review), "review" if unreviewed else "reviewed"))
    return " · ".join(parts)


def _paint_words(source: Source, words: Words) -> str:
    """Return the passage with its marked words; cut with the whole below when it is long."""
    text = source.context or source.quote
    spans = list(source.marks) or _quoted(source, text)
    if len(text) <= LONG:
        return tag("blockquote", mark(text, spans))
    short, inside, cut = clip(text, spans or [(0, min(LONG // 2, len(text)))])
    quote = tag("blockquote", mark(short, inside if spans else []))
    if not cut:
        return quote
    opener = tag("summary", escape(words.say("sources.whole")) + hidden(f" {source.id[1:]}"))
    return quote + tag("details", opener + tag("blockquote", mark(text, spans)))


def _quoted(source: Source, text: str) -> list[Span]:
    """Return where the quote stands in the passage; nothing when it is not there verbatim."""
    start = source.start - source.context_start if source.context else 0
    if text[max(start, 0) : start + len(source.quote)] != source.quote:
        start = text.find(source.quote)
    return [(start, start + len(source.quote))] if start >= 0 and source.quote else []
