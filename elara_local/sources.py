"""Sources for the reader: passages with the words that an answer rests on, marked.

Marks are character offsets into the passage; `quote`, `start` and `end` of a Source are
verbatim slices of the stored document text. It knows no index and no engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from elara_local.records import Evidence, Hit, Sentence, Source
from elara_local.text import sentence_spans, words


def evidence_of(hits: Sequence[Hit]) -> list[Evidence]:
    """Number the passages s1, s2, ... as generators and the grounding check see them.

    A passage with a notice (retracted, superseded by a newer edition) keeps its number and is
    left out: it is shown as a source, but no answer rests on it.
    """
    return [
        Evidence(
            f"s{n}",
            hit.passage.text,
            hit.passage.title,
            hit.passage.section,
            hit.passage.populations,
            hit.passage.start,
            hit.passage.shelf,
        )
        for n, hit in enumerate(hits, start=1)
        if not hit.passage.notice
    ]


def sources_of(hits: Sequence[Hit], question: str) -> tuple[Source, ...]:
    """Turn hits into sources; each quotes the sentence nearest to the question's words."""
    sources = []
    for n, hit in enumerate(hits, start=1):
        p = hit.passage
        start, end = _nearest(question, p.text)
        sources.append(
            Source(
                id=f"s{n}",
                title=p.title,
                section=p.section,
                page=p.page_at(p.start + start),
                edition=p.edition,
                review=p.review,
                document=p.document,
                quote=p.text[start:end],
                start=p.start + start,
                end=p.start + end,
                score=hit.score,
                context=p.text,
                context_start=p.start,
                licence=p.licence,
                origin=p.source,
                page_to=p.page_at(p.start + end - 1),
                notice=p.notice,
                shelf=p.shelf,
                breaks=((p.start, p.page_from), *p.breaks) if p.page_from is not None else (),
            )
        )
    return tuple(sources)


def mark_sources(sources: Sequence[Source], sentences: Sequence[Sentence]) -> tuple[Source, ...]:
    """Mark in each cited source the words its sentences rest on.

    The quote spans all of them that begin on the page of the first: the page that is named.
    """
    return tuple(_mark(source, sentences) for source in sources)


def _mark(source: Source, sentences: Sequence[Sentence]) -> Source:
    citing = [s for s in sentences if source.id in s.citations]
    resting = [s.text for s in citing if not s.is_worked]
    if not resting:  # what only a sum rests on keeps the quote that it has
        return replace(source, cited=bool(citing))
    marks = sorted({locate(text, source.context) for text in resting})
    first = marks[0][0]
    page = page_at(source, first)
    last = max(end for start, end in marks if page_at(source, start) == page)
    return replace(
        source,
        page=page,
        page_to=page_at(source, last - 1),
        marks=tuple(marks),
        cited=True,
        quote=source.context[first:last],
        start=source.context_start + first,
        end=source.context_start + last,
    )


def page_at(source: Source, offset: int) -> int | None:
    """Return the page on which an offset into the context stands."""
    pages = [page for start, page in source.breaks if start <= source.context_start + offset]
    return pages[-1] if pages else None


def locate(sentence: str, passage: str) -> tuple[int, int]:
    """Return the span of a passage that a sentence rests on: verbatim, else the nearest one.

    A sentence may have headings or the lead of its list in front: "Do not give: aspirin".
    """
    parts = sentence.split(": ")
    for n in range(len(parts)):
        pattern = r"\s+".join(re.escape(part) for part in ": ".join(parts[n:]).split())
        if pattern and (found := re.search(pattern, passage)):
            return found.span()
    return _nearest(sentence, passage)


def _nearest(text: str, passage: str) -> tuple[int, int]:
    asked = set(words(text))
    spans = sentence_spans(passage) or [(0, len(passage))]
    return max(spans, key=lambda span: len(asked & set(words(passage[slice(*span)]))))
