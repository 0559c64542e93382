"""An article on its way into an index: one line of a JSONL file, one record, one fate.

Whatever is fetched or read becomes a Record; every stage yields it on, changed or not, or a
Dropped that says at which stage and why. Fields that a line has beyond those below are kept
in `extra` and written again. This module knows no format and no stage.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from elara_local.errors import WrongFile

RETRACTED, DELETED, CORRECTED = "retracted", "deleted", "corrected"
# Other names of a field that a line may use.
ALIASES = {"identifier": "id", "edition": "date", "abstract": "text", "license": "licence"}


@dataclass(frozen=True, slots=True)
class Record:
    """One article; "" where its file does not say.

    `id` is its name outside ("pmid:123"), `version` counts its versions there, `date` is a
    year or an ISO date ("2023-05"), `notice` what a reader must know ("retracted", "deleted",
    "corrected", "expression of concern"; several are joined by "; "). `also` are the ids of
    articles that say the same and were merged into this one.
    """

    id: str
    text: str
    title: str = ""
    date: str = ""
    version: int = 1
    licence: str = ""
    source: str = ""
    notice: str = ""
    language: str = ""
    keywords: str = ""
    also: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def whole(self) -> str:
        """Title and text, as they are compared."""
        return f"{self.title}\n{self.text}" if self.title else self.text


@dataclass(frozen=True, slots=True)
class Dropped:
    """One record that a stage left out: which, where, why; of a duplicate the id that stays."""

    id: str
    stage: str
    reason: str
    kept: str = ""


Fate = Record | Dropped
FIELDS = ("id", "title", "text", "date", "licence", "source", "notice", "language", "keywords")
PLAINEST = frozenset(FIELDS)
KNOWN = PLAINEST | {"version", "also"}
ENCODER = json.JSONEncoder(ensure_ascii=False)


def read_record(line: str | bytes) -> Record:
    """Read one line of JSONL.

    Raises:
        WrongFile: the line is no JSON object with text in its fields.
    """
    return read_line(line)[0]


def read_line(line: str | bytes) -> tuple[Record, bool]:
    """A record, and whether its line may stand as it is: all fields are text and known by name.

    Raises:
        WrongFile: the line is no JSON object with text in its fields.
    """
    try:
        data = json.loads(line)
        if PLAINEST.issuperset(data) and set(map(type, data.values())) == {str}:
            return Record(**{"id": "", "text": ""} | data), True  # most lines are so
        return _read_fields(data), False
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise WrongFile(
            "A line is no JSON object with text in its fields.", "Look at the line it names."
        ) from error


def write_record(record: Record) -> str:
    """One line of JSONL without the line break; fields that are empty are left out."""
    data: dict[str, Any] = {name: value for name in FIELDS if (value := getattr(record, name))}
    if record.version != 1:
        data["version"] = record.version
    if record.also:
        data["also"] = record.also
    return ENCODER.encode({**data, **record.extra})


def write_dropped(dropped: Dropped) -> str:
    """One line of a rejects file without the line break."""
    data = {"id": dropped.id, "stage": dropped.stage, "reason": dropped.reason}
    return ENCODER.encode(data | ({"kept": dropped.kept} if dropped.kept else {}))


def kept_of(fates: Iterable[Fate]) -> list[Record]:
    """The records among the fates, in order."""
    return [fate for fate in fates if isinstance(fate, Record)]


def warning_of(notice: str) -> str:
    """What of a notice warns a reader; that a record was corrected does not."""
    parts = (part.strip() for part in notice.casefold().split(";"))
    return "; ".join(sorted(part for part in parts if part and part != CORRECTED))


def is_retracted(notice: str) -> bool:
    """True where the notice says that the article was retracted."""
    return RETRACTED in notice.casefold()


def is_deleted(notice: str) -> bool:
    """True where the notice says that the record was taken back by its source."""
    return DELETED in notice.casefold()


def _read_fields(data: dict[str, Any]) -> Record:
    """The record of a JSON object; an id may be a number, as some files write it.

    Raises:
        TypeError, ValueError, AttributeError: it is no object, or a field is not text.
    """
    data = {ALIASES.get(key, key): value for key, value in data.items()}
    texts = {name: data[name] for name in FIELDS if data.get(name) is not None}
    if type(texts.get("id")) is int:
        texts["id"] = str(texts["id"])
    if not all(isinstance(value, str) for value in texts.values()):
        raise TypeError("a field that is not text")
    return Record(
        **{"id": "", "text": ""} | texts,
        version=1 if data.get("version") is None else int(data["version"]),
        also=tuple(map(str, data.get("also") or ())),
        extra={key: value for key, value in data.items() if key not in KNOWN},
    )
