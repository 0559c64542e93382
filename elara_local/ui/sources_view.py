"""Sources as the reader sees them: where from, which edition, reviewed or not, words marked.

It draws Source records and knows nothing of how they were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from elara_local.records import Source
from elara_local.sums import DOCUMENT
from elara_local.ui.markup import Span, blocks, clip, escape, hidden, mark, tag
from elara_local.ui.words import Words

OWN = "own"  # the review state of what the user added
RETRACTED = "retracted"
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
    inner = tag("h3", title) + _paint_notice(source, words)
    inner += tag("p", paint_place(source, words), "place") + _paint_words(source, words)
    if source.origin:
        after = words.say("sources.after", origin=source.origin)
        inner += tag("p", escape(after), "origin")
    inner += _paint_opener(source, words)
    kind = "source cited" if source.cited else "source"
    return tag("article", inner, kind, id=f"{anchor}{source.id}", tabindex="-1")


def paint_place(source: Source, words: Words) -> str:
    """Return pages, edition and review status, as HTML."""
    parts = []
    if source.page is not None:
        parts.append(escape(say_pages(source.page, source.page_to, words)))
    if source.edition:
        parts.append(escape(words.say("sources.edition", edition=source.edition)))
    reviewed = source.review.startswith("reviewed")
    review = say_review(source.review, words)
    parts.append(tag("span", escape(review), "reviewed" if reviewed else "review"))
    return " · ".join(parts)


def say_pages(first: int, last: int | None, words: Words) -> str:
    """Return one page or, where the quoted words cross a page's end, both."""
    if last is None or last <= first:
        return words.say("sources.page", n=first)
    return words.say("sources.pages", first=first, last=last)


def say_review(review: str, words: Words) -> str:
    """Return who has checked a document, in the reader's language."""
    if review.startswith("reviewed"):
        return review
    return words.say("sources.own" if review == OWN else "page.unreviewed")


def say_notice(notice: str, words: Words) -> str:
    """Return what a reader must know of a document before its words: "" for nothing."""
    return words.say("sources.retracted") if notice == RETRACTED else notice


def _paint_notice(source: Source, words: Words) -> str:
    if not source.notice:
        return ""
    return tag("p", escape(say_notice(source.notice, words)), "notice")


def _paint_opener(source: Source, words: Words) -> str:
    """Return the button that opens the page or the document where the words stand.

    A calculator's formula is no document: there is none.
    """
    if source.document.startswith(DOCUMENT):
        return ""
    what = {
        "document": source.document,
        "start": source.start,
        "end": source.end,
        "page": source.page or 0,
        "first": source.page or 0,
        "last": source.page_to or source.page or 0,
        "title": source.title,
        "section": source.section,
        "language": words.language,
    }
    if source.page is None:
        said = words.say("sources.open_text")
    else:
        said = words.say("sources.open_page", n=source.page)
    inner = escape(said) + hidden(f" [{source.id.removeprefix('s')}]")
    return tag("button", inner, "opener", type="button", value=urlencode(what))


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
