"""An answer as the reader sees it: sentences that point at sources, and what stands behind.

It draws Answer, Emergency and Sentence records into escaped HTML. A sentence that failed its
check is never drawn: the notes say how many were left out and why, not their words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from elara_local.errors import ElaraError
from elara_local.records import Answer, Discord, Emergency, Sentence, Source, Statement
from elara_local.sources import page_at
from elara_local.ui.markup import blocks, escape, escape_typed, hidden, tag
from elara_local.ui.sources_view import say_notice, say_pages
from elara_local.ui.words import Words


def paint_emergency(emergency: Emergency | None, words: Words) -> str:
    """Return the banner above everything: what fired and what to do first; empty when calm."""
    if emergency is None or emergency.level == "none":
        return ""
    level = emergency.level
    inner = tag("h2", escape(words.say(f"emergency.{level}")))
    for rule in emergency.rules:
        inner += tag("p", escape(rule.action), "action")
    fired = list(dict.fromkeys(word for rule in emergency.rules for word in rule.words))
    if fired and level != "crisis":
        said = ", ".join(f"“{escape(word)}”" for word in fired)
        inner += tag("p", f"{escape(words.say('emergency.fired'))} {said}", "fired")
    return tag("section", inner, f"alarm {level}")


def paint_asked(question: str, words: Words) -> str:
    """Return the question as it was asked, above its answer."""
    label = tag("span", escape(words.say("answer.asked")), "label")
    return tag("p", f"{label} {escape_typed(question)}", "asked")


def paint_sentence(sentence: Sentence, words: Words, anchor: str = "") -> str:
    """Return one sentence and its marks; nothing for one that failed its check."""
    if sentence.support == "unsupported":
        return ""
    marks = "".join(_paint_citation(c, words, anchor) for c in sentence.citations)
    worked = " worked" if sentence.is_worked else ""
    return tag("p", f"{escape(sentence.text)}{marks}", f"sentence {sentence.support}{worked}")


def _paint_citation(citation: str, words: Words, anchor: str) -> str:
    number = citation.removeprefix("s")
    read = hidden(words.say("answer.source_mark", n=number))
    shown = tag("span", f"[{escape(number)}]", role="presentation")
    return f" {tag('a', shown + read, 'cite', href=f'#{anchor}{citation}')}"


def paint_growing(question: str, sentences: Sequence[Sentence], words: Words) -> str:
    """Return the answer while it is being made: only what has passed."""
    return blocks([paint_asked(question, words), *(paint_sentence(s, words) for s in sentences)])


def paint_answer(answer: Answer, words: Words, stopped: bool = False) -> str:
    """Return the whole answer with its confidence, notes, disclaimer and origin."""
    parts = [paint_asked(answer.question, words)]
    shown = [paint_sentence(sentence, words) for sentence in answer.sentences]
    if answer.refusal:
        parts.append(_state(words.say("answer.refused_title"), answer.refusal.reason))
    elif any(shown):
        parts += [_how(answer, words), *shown]
    elif is_helped(answer):
        parts.append(_state(words.say("answer.helping_title"), words.say("answer.helping")))
    elif not stopped:
        title = words.say("answer.not_found_title")
        parts.append(_state(title, words.say("answer.not_found")))
    if stopped:
        text = words.say("answer.stopped_some" if any(shown) else "answer.stopped_none")
        parts.append(_state(words.say("answer.stopped_title"), text))
    parts += [paint_discord(discord, answer.sources, words) for discord in answer.discords]
    if any(shown):
        parts.append(_paint_confidence(answer, words))
    parts.append(_paint_notes(answer, words))
    parts.append(tag("p", escape(answer.disclaimer), "disclaimer") if answer.disclaimer else "")
    parts.append(_paint_details(answer, words))
    return blocks(parts)


def paint_discord(
    discord: Discord, sources: Sequence[Source], words: Words, anchor: str = ""
) -> str:
    """Return the box in which two sources that differ on a dose stand side by side."""
    pages = {source.id: source for source in sources}
    sides = "".join(
        _paint_side(statement, pages.get(statement.source), words, anchor)
        for statement in discord.statements
    )
    told = words.say("sources.differ_note", drug=discord.medicine)
    inner = tag("h2", escape(words.say("sources.differ"))) + tag("p", escape(told))
    return tag("section", inner + tag("div", sides, "sides"), "discord")


def _paint_side(statement: Statement, source: Source | None, words: Words, anchor: str) -> str:
    dated = words.say("sources.undated")
    if statement.edition:
        dated = words.say("sources.edition", edition=statement.edition)
    place = [dated]
    page = _page_of(statement, source)
    if page is not None:
        place.insert(0, say_pages(page, None, words))
    mark = _paint_citation(statement.source, words, anchor) if source is not None else ""
    inner = tag("p", tag("strong", escape(statement.title)) + mark)
    inner += tag("p", escape(" · ".join(place)), "quiet")
    if source is not None and source.notice:
        inner += tag("p", escape(say_notice(source.notice, words)), "notice")
    return tag("div", inner + tag("blockquote", escape(statement.text)), "side")


def _page_of(statement: Statement, source: Source | None) -> int | None:
    """Return the page on which a statement begins, None where that is not known."""
    offset = source.context.find(statement.text) if source is not None else -1
    return page_at(source, offset) if source is not None and offset >= 0 else None


def is_helped(answer: Answer) -> bool:
    """True when the way to help is the whole answer: nothing was searched."""
    return answer.status == "escalated" and not answer.sources


def paint_failure(question: str, error: Exception, words: Words) -> str:
    """Return the error state; an error of ours in its own words, another by its kind alone."""
    if isinstance(error, ElaraError):
        text, hint = error.message, error.hint
    else:
        text = words.say("answer.failed_inside", name=type(error).__name__)
        hint = words.say("answer.failed_hint")
    kept = words.say("answer.failed_keep") if question.strip() else ""
    told = " ".join(part for part in (text, hint, kept) if part)
    asked = paint_asked(question, words) if question.strip() else ""
    return blocks([asked, _state(words.say("answer.failed_title"), told)])


def paint_empty(words: Words) -> str:
    """Return what the answer panel says before the first question."""
    return tag("p", escape(words.say("answer.empty")), "blank quiet")


def paint_history(answers: Sequence[Answer], words: Words) -> str:
    """Return the earlier answers of this sitting, the newest first."""
    if not answers:
        return ""
    heading = tag("h2", escape(words.say("history.title")))
    parts = [heading, tag("p", escape(words.say("history.kept")), "quiet")]
    for number, answer in reversed(list(enumerate(answers, start=1))):
        opener = tag("summary", escape_typed(answer.question))
        parts.append(tag("details", opener + _paint_past(answer, words, f"h{number}-"), "past"))
    return blocks(parts)


def _paint_past(answer: Answer, words: Words, anchor: str) -> str:
    shown = [paint_sentence(sentence, words, anchor) for sentence in answer.sentences]
    inner = "".join(shown)
    if answer.refusal:
        inner = tag("p", escape(answer.refusal.reason))
    elif not inner:
        key = "answer.helping_title" if is_helped(answer) else "answer.not_found_title"
        inner = tag("p", escape(words.say(key)))
    kept = tuple(source for source in answer.sources if source.cited)
    inner += "".join(paint_discord(one, kept, words, anchor) for one in answer.discords)
    for source in answer.sources:
        if source.cited:
            place = " › ".join(part for part in (source.title, source.section) if part)
            text = f"[{source.id[1:]}] {place}"
            inner += tag("p", escape(text), "quiet", id=f"{anchor}{source.id}", tabindex="-1")
    return inner


def _how(answer: Answer, words: Words) -> str:
    drafted = [s for s in answer.sentences if not s.is_worked]
    if not drafted:
        return tag("p", escape(words.say("answer.calculated")), "how")
    quoted = all(s.support == "quoted" for s in drafted)
    return tag("p", escape(words.say("answer.quoted" if quoted else "answer.written")), "how")


def _state(title: str, text: str) -> str:
    return tag("section", tag("h2", escape(title)) + tag("p", escape(text)), "state")


def _paint_confidence(answer: Answer, words: Words) -> str:
    level = tag("strong", escape(words.say(f"confidence.{answer.confidence.level}")))
    reasons = " ".join(answer.confidence.reasons)
    return tag("p", f"{level}. {escape(reasons)}", f"confidence {answer.confidence.level}")


def _paint_notes(answer: Answer, words: Words) -> str:
    if not answer.other_notes:
        return ""
    items = "".join(tag("li", escape(note)) for note in answer.other_notes)
    return tag("section", tag("h2", escape(words.say("answer.notes"))) + tag("ul", items), "notes")


def _paint_details(answer: Answer, words: Words) -> str:
    rows = [
        (words.say(f"provenance.{name}"), value)
        for name, value in asdict(answer.provenance).items()
        if value
    ]
    rows += [
        (words.say(f"timing.{name}"), f"{value:,.0f} ms")
        for name, value in asdict(answer.timings_ms).items()
        if value is not None
    ]
    inner = "".join(tag("dt", escape(name)) + tag("dd", escape(value)) for name, value in rows)
    opener = tag("summary", escape(words.say("answer.details")))
    return tag("details", opener + tag("dl", inner), "origin-fold")
