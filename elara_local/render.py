"""An answer as plain text for a terminal and as a Markdown hand-over sheet.

The order is fixed: emergency first, then refusal or sentences with their source marks, then what
sources differ on, then the sources with their quoted words, edition and review status, then
confidence, notes and disclaimer.
Text from users and documents can't change the page: control and hidden characters are dropped,
and in Markdown every mark is escaped, so that no link, image or HTML comes out of it. This module
knows no engine and no window; it writes no file.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from elara_local.records import (
    Answer,
    Discord,
    Emergency,
    Listing,
    Sentence,
    Source,
    Statement,
)
from elara_local.text import clean_text

WIDTH = 88
NOT_REVIEWED = "not clinically reviewed"
OWN_DOCUMENT = "your document, not checked by Elara"
SOURCES_DIFFER = "SOURCES DIFFER"
LEVEL_WORDS = {"urgent": "URGENT", "emergency": "EMERGENCY", "crisis": "CRISIS"}
STATUS_WORDS = {
    "not_in_sources": "Not in the installed sources. The nearest passages are below.",
    "quoted": "Quoted from the sources, word for word.",
}
BY_CODE = "Lines marked 'by code' are worked out from the dose above them."
_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&:@^$=])")


def to_text(answer: Answer, width: int = WIDTH) -> str:
    """Return the answer for a terminal, wrapped at `width` columns."""
    blocks = [
        _emergency_text(answer.emergency, width),
        _wrap(answer.refusal.reason, width) if answer.refusal else "",
        _wrap(_status(answer), width),
        "\n".join(_wrap(_sentence(s), width) for s in answer.sentences),
        "\n".join(line for d in answer.discords for line in _discord_text(d, width)),
        "\n".join(line for s in answer.sources for line in _source_text(s, width)),
        _wrap(_confidence(answer), width),
        "\n".join(_wrap(f"Note: {note}", width) for note in answer.other_notes),
        _wrap(answer.disclaimer, width),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def listing_to_text(listing: Listing, width: int = WIDTH) -> str:
    """Return the passages of a search for a terminal, wrapped at `width` columns."""
    blocks = [
        "" if listing.about else _wrap(STATUS_WORDS["not_in_sources"], width),
        *("\n".join(_source_text(source, width)) for source in listing.sources),
        "\n".join(_wrap(f"Note: {note}", width) for note in listing.notes),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def to_markdown(answer: Answer) -> str:
    """Return the answer as a Markdown hand-over sheet; all text is escaped, no HTML."""
    return "\n".join(_markdown_lines(answer)).strip() + "\n"


def escape_markdown(text: str) -> str:
    """Return text as one line in which Markdown and HTML marks are plain characters."""
    return _MARKS.sub(r"\\\1", _line(text))


def review_words(status: str) -> str:
    """Return the review status in words a clinician reads."""
    if status == "own":
        return OWN_DOCUMENT
    return NOT_REVIEWED if status in ("", "unreviewed") else _line(status)


def _markdown_lines(answer: Answer) -> Iterator[str]:
    plain = escape_markdown
    yield "# Hand-over sheet"
    yield ""
    if answer.emergency.level != "none":
        yield f"## {LEVEL_WORDS.get(answer.emergency.level, 'URGENT')}"
        for rule in answer.emergency.rules:
            said = ", ".join(plain(word) for word in rule.words)
            yield f"- **{plain(rule.id)}**{f' ({said})' if said else ''}: {plain(rule.action)}"
        yield ""
    yield "## Question"
    yield plain(answer.question)
    yield ""
    yield "## Answer"
    if answer.refusal:
        yield plain(answer.refusal.reason)
    if status := _status(answer):
        yield plain(status)
    for sentence in answer.sentences:
        yield f"- {plain(_sentence(sentence))}"
    yield ""
    yield from _discord_markdown(answer)
    yield "## Sources"
    for source in answer.sources:
        yield f"- {plain(_source_head(source))}"
        yield f"  > {plain(source.quote)}"
    yield ""
    yield f"**{plain(_confidence(answer))}**"
    for note in answer.other_notes:
        yield f"- {plain(note)}"
    yield ""
    yield plain(answer.disclaimer)
    made = answer.provenance
    yield ""
    yield plain(
        f"Role: {answer.role}. Model: {made.chat_model or 'none'}. Index: {made.index or 'none'}. "
        f"Rules: {made.rules or 'none'}."
    )


def _discord_markdown(answer: Answer) -> Iterator[str]:
    for discord in answer.discords:
        yield f"**{escape_markdown(_discord_head(discord))}**"
        for statement in discord.statements:
            yield f"- {escape_markdown(_statement(statement))}"
        yield ""


def _status(answer: Answer) -> str:
    """Say how the answer was made; nothing when it was stopped before its first sentence."""
    if answer.status == "quoted" and not answer.sentences:
        return ""
    if answer.status == "escalated" and answer.sources:
        return STATUS_WORDS["not_in_sources"]
    told = STATUS_WORDS.get(answer.status, "")
    worked = any(sentence.is_worked for sentence in answer.sentences)
    return f"{told} {BY_CODE}" if told and worked else told


def _emergency_text(emergency: Emergency, width: int) -> str:
    if emergency.level == "none":
        return ""
    title = f"!! {LEVEL_WORDS.get(emergency.level, 'URGENT')} !!"
    lines = [title]
    for rule in emergency.rules:
        said = f" ({', '.join(_line(word) for word in rule.words)})" if rule.words else ""
        lines.append(_wrap(f"{_line(rule.id)}{said}: {rule.action}", width, "  "))
    return "\n".join(lines)


def _sentence(sentence: Sentence) -> str:
    marks = "".join(f" [{_line(citation)}]" for citation in sentence.citations)
    unsupported = " (not supported by the source)" if sentence.support == "unsupported" else ""
    return f"{_line(sentence.text)}{marks}{unsupported}"


def _source_head(source: Source) -> str:
    place = " › ".join(_line(part) for part in (source.title, source.section) if part)
    edition = f", edition {_line(source.edition)}" if source.edition else ""
    notice = f"{_line(source.notice).upper()}: " if source.notice else ""
    where = f"{place}{_pages(source)}{edition}, {review_words(source.review)}"
    return f"[{_line(source.id)}] {notice}{where}"


def _pages(source: Source) -> str:
    if source.page is None:
        return ""
    if source.page_to is None or source.page_to <= source.page:
        return f", p. {source.page}"
    return f", pp. {source.page}-{source.page_to}"


def _discord_head(discord: Discord) -> str:
    return f"{SOURCES_DIFFER} on {_line(discord.medicine)}. Read both before you act."


def _statement(statement: Statement) -> str:
    dated = f"edition {_line(statement.edition)}" if statement.edition else "no date given"
    return f'[{_line(statement.source)}] {_line(statement.title)}, {dated}: "{statement.text}"'


def _discord_text(discord: Discord, width: int) -> Iterator[str]:
    yield _wrap(f"!! {_discord_head(discord)}", width)
    for statement in discord.statements:
        yield _wrap(_statement(statement), width, "    ")


def _source_text(source: Source, width: int) -> Iterator[str]:
    yield _wrap(_source_head(source), width)
    yield _wrap(f'"{_line(source.quote)}"', width, "    ")


def _confidence(answer: Answer) -> str:
    reasons = " ".join(_line(reason) for reason in answer.confidence.reasons)
    return f"Confidence: {answer.confidence.level}{f' ({reasons})' if reasons else ''}"


def _line(text: str) -> str:
    return " ".join(clean_text(text, len(text)).split())


def _wrap(text: str, width: int, indent: str = "") -> str:
    return textwrap.fill(
        _line(text), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
