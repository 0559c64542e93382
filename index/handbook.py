"""The handbook's Markdown topics: read, checked and cut into passages.

A topic is TOML front matter between `+++` lines, then level-2 headings from a fixed list,
each followed by bullets that end with their source keys in square brackets (the format is
described in docs/handbook.md). It knows nothing of embeddings or of index files.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elara_local.errors import WrongFile
from index.review import read_review

HEADINGS = (
    "Recognise",
    "Danger signs",
    "First actions",
    "Treatment",
    "Children",
    "Pregnancy",
    "Refer when",
    "Avoid",
)
SPECIALTIES = (
    "cardiology",
    "internal medicine",
    "infectious disease",
    "haematology",
    "neurology",
    "paediatrics",
    "surgery and trauma",
    "emergency",
    "radiology",
    "psychiatry",
    "dermatology",
    "orthopaedics",
    "obstetrics and gynaecology",
)
POPULATIONS = (
    "newborn",
    "young infant",
    "child",
    "adolescent",
    "adult",
    "pregnancy",
    "breastfeeding",
    "older adult",
)
LANGUAGES = ("fr", "es", "pt", "sw")
BULLET = re.compile(r"- (?P<text>.+\S)\s*\[(?P<keys>[^\[\]]+)\]\s*")


@dataclass(frozen=True)
class Bullet:
    """One line of guidance and the keys of the sources behind it."""

    text: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Topic:
    """One handbook topic. `sources` maps a key to "name, publisher, year"."""

    id: str
    title: str
    specialty: str
    populations: tuple[str, ...]
    keywords: tuple[str, ...]
    abbreviations: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]]
    edition: str
    review: str
    sources: Mapping[str, str]
    sections: tuple[tuple[str, tuple[Bullet, ...]], ...]
    sha256: str

    @property
    def search_words(self) -> str:
        """Every further word the topic should be found by."""
        short = [part for pair in self.abbreviations.items() for part in pair]
        foreign = [name for names in self.names.values() for name in names]
        return "; ".join([*self.keywords, *short, *foreign])


def read_topics(folder: Path) -> list[Topic]:
    """Read every topic of a folder, by id.

    Raises:
        WrongFile: a topic breaks the format; the message names the file and the rule.
    """
    return [read_topic(path) for path in sorted(folder.glob("*.md"))]


def read_topic(path: Path) -> Topic:
    """Read and check one topic.

    Raises:
        WrongFile: it breaks the format.
    """
    raw = path.read_text(encoding="utf-8")
    parts = raw.split("+++\n", 2)
    if len(parts) != 3 or parts[0]:
        raise _wrong(path, "it does not begin with front matter between +++ lines")
    try:
        front = tomllib.loads(parts[1])
    except tomllib.TOMLDecodeError as error:
        raise _wrong(path, f"its front matter is not TOML ({error})") from error
    _check_front(path, front)
    sections = tuple(_sections(path, parts[2], front["title"]))
    sources = {s["key"]: f"{s['name']}, {s['publisher']}, {s['year']}" for s in front["sources"]}
    _check_keys(path, sections, sources)
    return Topic(
        id=path.stem,
        title=front["title"],
        specialty=front["specialty"],
        populations=tuple(front["populations"]),
        keywords=tuple(front["keywords"]),
        abbreviations=front.get("abbreviations", {}),
        names={code: tuple(front["names"][code]) for code in LANGUAGES},
        edition=front["edition"],
        review=read_review(raw, path.name).standing,
        sources=sources,
        sections=sections,
        sha256=hashlib.sha256(raw.encode("utf-8")).hexdigest(),
    )


def _wrong(path: Path, why: str) -> WrongFile:
    return WrongFile(f"{path.name}: {why}.", "See docs/handbook.md for the format.")


def _check_front(path: Path, front: Mapping[str, Any]) -> None:
    needed = (
        "title",
        "specialty",
        "populations",
        "keywords",
        "names",
        "edition",
        "review",
        "sources",
    )
    for name in needed:
        if not front.get(name):
            raise _wrong(path, f"its front matter lacks '{name}'")
    strangers = {front["specialty"]} - set(SPECIALTIES) | set(front["populations"]) - set(
        POPULATIONS
    )
    if strangers:
        raise _wrong(path, f"'{strangers.pop()}' is not one of the specialties or populations")
    lacking = [code for code in LANGUAGES if not front["names"].get(code)]
    if lacking:
        raise _wrong(path, f"its names lack '{lacking[0]}'")


def _sections(path: Path, body: str, title: str) -> Iterator[tuple[str, tuple[Bullet, ...]]]:
    lines = [line.rstrip() for line in body.splitlines() if line.strip()]
    if not lines or lines[0] != f"# {title}":
        raise _wrong(path, f"its first heading is not '# {title}'")
    heading, bullets, last = "", [], -1
    for line in [*lines[1:], "## "]:
        if not line.startswith("##"):
            bullets.append(_bullet(path, heading, line))
            continue
        if heading:
            if not bullets:
                raise _wrong(path, f"'{heading}' has no bullets")
            yield heading, tuple(bullets)
        heading, bullets = line[2:].strip(), []
        if heading:
            last = _place(path, heading, last)


def _place(path: Path, heading: str, last: int) -> int:
    if heading not in HEADINGS:
        raise _wrong(path, f"'{heading}' is not one of the headings")
    place = HEADINGS.index(heading)
    if place <= last:
        raise _wrong(path, f"'{heading}' stands out of order")
    return place


def _bullet(path: Path, heading: str, line: str) -> Bullet:
    found = BULLET.fullmatch(line)
    if not found or not heading:
        raise _wrong(path, f"the line '{line[:60]}' is not a bullet that ends with its source")
    keys = tuple(key.strip() for key in found["keys"].split(";"))
    if "[" in found["text"] or "]" in found["text"]:
        raise _wrong(path, f"the line '{line[:60]}' has square brackets inside")
    return Bullet(found["text"].strip(), keys)


def _check_keys(
    path: Path,
    sections: Sequence[tuple[str, tuple[Bullet, ...]]],
    sources: Mapping[str, str],
) -> None:
    used = {key for _, bullets in sections for bullet in bullets for key in bullet.keys}
    for key in sorted(used - set(sources)):
        raise _wrong(path, f"source '{key}' is not listed")
    for key in sorted(set(sources) - used):
        raise _wrong(path, f"source '{key}' is listed and never used")
