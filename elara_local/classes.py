"""Classes of medicines ("statin", "beta blocker") and the medicines that are of them.

What is covered: the classes of content/medicine_classes.toml in five languages; a member is
listed, or ends on a stem of the class, or stands in a table of content/drugs.toml, so a
medicine that is added there joins its class. What is not covered: which member is meant, and
whether members are dosed alike: they never are. It knows names, no question and no passage.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import normalize

from elara_local.errors import WrongFile
from elara_local.grounding.drugs import DRUGS_FILE, read_drugs
from elara_local.text import words

CLASSES = Path(__file__).resolve().parent / "content" / "medicine_classes.toml"


@dataclass(frozen=True)
class MedicineClass:
    """One class: what it is called, in plain words, and the names of its members."""

    id: str
    said: tuple[str, ...]
    members: tuple[str, ...]


def plain_words(text: str) -> list[str]:
    """Return the words of a text, casefolded and without accents."""
    bare = "".join(c for c in normalize("NFKD", text) if not "\u0300" <= c <= "\u036f")
    return words(bare)


def spaced(text: str) -> str:
    """Return a text as plain words with one blank around each, for looking up whole names."""
    return f" {' '.join(plain_words(text))} "


def classes_in(question: str) -> list[MedicineClass]:
    """Return the classes that a question names.

    A class word within the name of one medicine ("rabies vaccine") names no class.
    """
    asked = spaced(question)
    single = [name for name in map(spaced, read_drugs()) if name in asked]
    return [
        one
        for one in read_classes()
        for form in map(spaced, one.said)
        if form in asked and not any(form in name and form != name for name in single)
    ]


def members_in(question: str, text: str) -> list[str]:
    """Return the members, named in a text, of the classes that a question names.

    Where it names none, the words for the class that it holds ("do not give NSAIDs").
    """
    named, held = classes_in(question), spaced(text)
    members = dict.fromkeys(member for one in named for member in one.members)
    words_for = dict.fromkeys(form for one in named for form in one.said)
    found = [member for member in members if spaced(member) in held]
    return found or [form for form in words_for if f" {form} " in held]


@cache
def read_classes(path: Path = CLASSES) -> tuple[MedicineClass, ...]:
    """Read every class with all names of its members.

    Raises:
        WrongFile: the file can't be read, or names a member or a table that isn't there.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["class"]
        return tuple(
            MedicineClass(
                entry["id"],
                tuple(" ".join(plain_words(form)) for form in _parts(entry["said"])),
                tuple(_members(entry)),
            )
            for entry in entries
        )
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise WrongFile(
            f"{path.name} can't be read: {error}.", "Put back the one that came with Elara."
        ) from error


def _members(entry: Mapping[str, Any]) -> Iterable[str]:
    """Yield every name of every member, once each."""
    known = read_drugs()
    stems, saved = tuple(_parts(entry.get("stems", ""))), set(_parts(entry.get("save", "")))
    drugs = {known[name] for name in _parts(entry.get("members", ""))}
    drugs |= {known[name] for group in _parts(entry.get("groups", "")) for name in _table(group)}
    drugs |= {known[name] for name in known if stems and name.endswith(stems)} - saved
    return (name for name, drug in known.items() if drug in drugs)


@cache
def _table(group: str) -> tuple[str, ...]:
    lines = tomllib.loads(DRUGS_FILE.read_text(encoding="utf-8"))["classes"][group]
    return tuple(line.split("|")[0].strip() for line in lines)


def _parts(listed: str) -> list[str]:
    return [part.strip() for part in listed.split(";") if part.strip()]
