"""From a topic to the text a reader sees and the passages a search finds.

The stored text has the title, each heading and each bullet on a line of its own, without
source keys; a passage is a run of bullets under one heading, verbatim. It knows no files.
"""

from __future__ import annotations

from collections.abc import Sequence

from elara_local.passages.store import Document
from elara_local.records import Passage
from index.handbook import Bullet, Topic

PASSAGE_WORDS = 70  # a passage ends before it passes this many words; one bullet may be longer
LICENCE = "CC-BY-4.0"

# What a heading says about whom its bullets are for.
HEADING_POPULATIONS = {"Children": ("child",), "Pregnancy": ("pregnancy",)}


def cut(topic: Topic, first_id: int) -> tuple[Document, list[Passage]]:
    """Return the topic as a stored document and its passages, numbered from `first_id`."""
    text = topic.title
    passages: list[Passage] = []
    for heading, bullets in topic.sections:
        text += f"\n\n{heading}"
        for group in _group(bullets):
            start = len(text) + 1
            text += "".join(f"\n{bullet.text}" for bullet in group)
            passages.append(
                Passage(
                    id=first_id + len(passages),
                    document=topic.id,
                    title=topic.title,
                    section=heading,
                    text=text[start:],
                    start=start,
                    end=len(text),
                    edition=topic.edition,
                    review=topic.review,
                    licence=LICENCE,
                    source=_origin(topic, group),
                    populations=HEADING_POPULATIONS.get(heading, topic.populations),
                )
            )
    document = Document(
        topic.id,
        topic.title,
        text,
        topic.specialty,
        topic.edition,
        topic.review,
        LICENCE,
        tuple(topic.sources.values()),
        topic.sha256,
        topic.search_words,
    )
    return document, passages


def _group(bullets: Sequence[Bullet]) -> list[list[Bullet]]:
    groups: list[list[Bullet]] = []
    size = 0
    for bullet in bullets:
        words = len(bullet.text.split())
        if not groups or size + words > PASSAGE_WORDS:
            groups.append([])
            size = 0
        groups[-1].append(bullet)
        size += words
    return groups


def _origin(topic: Topic, group: Sequence[Bullet]) -> str:
    keys = dict.fromkeys(key for bullet in group for key in bullet.keys)
    return "; ".join(topic.sources[key] for key in keys)
