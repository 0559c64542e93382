"""What the words of a question are called elsewhere: abbreviations, lay words, brands, spellings.

What is covered: the entries of content/synonyms.toml, values of the laboratory, British and
American spelling, the other names of one medicine (content/drugs.toml). A brand stands for the
medicine it holds; no entry adds another medicine. An abbreviation of several meanings counts only
where a word of its company stands in the question, and not at all where two of its meanings fit.
What is not covered: other languages, brands that differ between countries, negations ("no fits"
searches for fits). It knows words, no index.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from elara_local.errors import WrongFile
from elara_local.grounding.drugs import read_drugs
from elara_local.lab_values import name_values
from elara_local.text import WORD, words

SYNONYMS = Path(__file__).resolve().parent / "content" / "synonyms.toml"
KINDS = ("abbreviation", "lay", "brand")
SILENT = frozenset({"spelling", "name"})  # the same word: searched, not said to the reader
MOST = 8  # expansions of one question


@dataclass(frozen=True)
class Synonym:
    """One entry. `said` is one form of it as listed, `near` the company it needs, if any."""

    id: str
    kind: str
    said: str
    means: str
    case: bool = False
    near: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Expansion:
    """What was found in a question: `said` as typed, `means` what is searched as well."""

    id: str
    kind: str
    said: str
    means: str


Table = Mapping[str, Sequence[tuple[tuple[str, ...], Synonym]]]


def expand(text: str) -> list[Expansion]:
    """Return the expansions of a question in the order of its words, at most MOST."""
    found = list(WORD.finditer(text))
    typed = [match.group() for match in found]
    folded = [word.casefold().replace("’", "'") for word in typed]
    expansions = {id: Expansion(id, "value", said, means) for id, said, means in name_values(text)}
    start = 0
    while start < len(folded) and len(expansions) < MOST:
        length, synonym = _longest(folded, typed, start, text.isupper())
        if synonym is not None:
            said = text[found[start].start() : found[start + length - 1].end()]
            expansions.setdefault(
                synonym.id, Expansion(synonym.id, synonym.kind, said, synonym.means)
            )
        start += length
    return list(expansions.values())


def annotate(text: str, expansions: Sequence[Expansion]) -> str:
    """Return a text with what each expansion means in brackets behind what was said."""
    for expansion in expansions:
        if expansion.kind not in SILENT:
            said = f"{expansion.said} ({expansion.means})"
            text = text.replace(expansion.said, said, 1)
    return text


def _longest(
    folded: Sequence[str], typed: Sequence[str], start: int, shouted: bool
) -> tuple[int, Synonym | None]:
    """Return how many words the longest entry at `start` takes, and the entry that fits."""
    here = _read_table().get(folded[start], ())
    for parts, _ in here:
        length = len(parts)
        if tuple(folded[start : start + length]) != parts:
            continue
        written = typed[start : start + length]
        rest = {*folded[:start], *folded[start + length :]}
        fitting = {
            synonym.means: synonym
            for other, synonym in here
            if other == parts and _fits(synonym, written, rest, shouted)
        }
        if len(fitting) == 1:
            return length, next(iter(fitting.values()))
    return 1, None


def _fits(synonym: Synonym, written: Sequence[str], rest: set[str], shouted: bool) -> bool:
    if synonym.near and not synonym.near & rest:
        return False
    if not synonym.case:
        return True
    exact = list(written) == [match.group() for match in WORD.finditer(synonym.said)]
    return exact and (bool(synonym.near) or not shouted)


@cache
def _read_table() -> Table:
    table: dict[str, list[tuple[tuple[str, ...], Synonym]]] = {}
    for synonym in (*read_synonyms(), *_other_names()):
        parts = tuple(words(synonym.said))
        table.setdefault(parts[0], []).append((parts, synonym))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


@cache
def read_synonyms(path: Path = SYNONYMS) -> tuple[Synonym, ...]:
    """Read every form of every entry.

    Raises:
        WrongFile: the file can't be read, an id is there twice, or an entry says nothing.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = [(kind, entry) for kind in KINDS for entry in data[kind]]
        pairs = [pair.split() for pair in data["spelling"]["pairs"].split(";")]
        ids = [*(entry["id"] for _, entry in entries), *(f"spelling-{pair[0]}" for pair in pairs)]
        synonyms = [s for kind, entry in entries for s in _forms(kind, entry)]
        synonyms += [s for left, right in pairs for s in _spellings(left, right)]
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise WrongFile(f"{path.name} can't be read: {error}.", _HINT) from error
    if len(set(ids)) != len(ids) or not all(words(s.said) and words(s.means) for s in synonyms):
        raise WrongFile(f"{path.name} has an id twice or an entry without words.", _HINT)
    return tuple(synonyms)


def _forms(kind: str, entry: Mapping[str, Any]) -> Iterator[Synonym]:
    near = frozenset(str(entry.get("near", "")).split())
    for said in entry["said"].split(";"):
        yield Synonym(
            entry["id"], kind, said.strip(), entry["means"], bool(entry.get("case")), near
        )


def _spellings(left: str, right: str) -> Iterator[Synonym]:
    for said, means in ((left, right), (right, left)):
        yield Synonym(f"spelling-{left}", "spelling", said, means)


def _other_names() -> Iterator[Synonym]:
    """The other one-word names of each medicine: paracetamol, acetaminophen."""
    names: dict[str, list[str]] = {}
    for name, drug in read_drugs().items():
        if len(words(name)) == 1:
            names.setdefault(drug, []).append(name)
    for drug, same in names.items():
        for name in same:
            if others := [other for other in same if other != name]:
                yield Synonym(f"name-{drug}", "name", name, " ".join(others))


_HINT = "Put back the one that came with Elara."
