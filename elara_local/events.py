"""What a face receives while an answer is made, event by event, and how records become JSON.

It knows no engine, no file and no face.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from elara_local.records import Answer, Emergency, Refusal, Sentence, Source


@dataclass(frozen=True)
class Stage:
    """A step was reached. `name` is one of: received, screened, searching, drafting, checking.

    The step "screened" carries the emergency (and refusal) found before any model ran.
    """

    name: str
    detail: str = ""
    emergency: Emergency | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Excerpts:
    """The passages found, shown before any model has written a word."""

    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Shown:
    """A sentence that passed its check and may be read now."""

    sentence: Sentence


@dataclass(frozen=True)
class Finished:
    """The whole answer, always the last event."""

    answer: Answer


Event = Stage | Excerpts | Shown | Finished


def as_json(record: Any) -> Any:
    """Turn a record into plain dicts, lists and scalars, leaving window-only fields out."""
    if is_dataclass(record) and not isinstance(record, type):
        kept = (f for f in fields(record) if f.metadata.get("json", True))
        return {f.name: as_json(getattr(record, f.name)) for f in kept}
    if isinstance(record, Mapping):
        return {str(key): as_json(value) for key, value in record.items()}
    if isinstance(record, Iterable) and not isinstance(record, str | bytes):
        return [as_json(item) for item in record]
    if isinstance(record, float):
        return round(record, 4)
    return record
