"""The data of the fetchers: queries, countries, diseases, tags and licences, from TOML.

It asks nothing; a file that is not what it should be is refused before anything is fetched.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elara_local.errors import WrongFile, WrongUse

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Query:
    """A named query in PubMed's syntax; `most` records at most, 0 for all."""

    name: str
    term: str
    most: int


@dataclass(frozen=True)
class Subject:
    """A country or a disease: its query and the words by which a text is about it."""

    name: str
    term: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Pairs:
    """Countries and diseases; each pair is a query of `most` records, narrowed by `filter`."""

    countries: tuple[Subject, ...]
    diseases: tuple[Subject, ...]
    most: int
    filter: str


@dataclass(frozen=True)
class Licences:
    """Licence codes of PMC as its records spell them; two filters for its search."""

    admitted: tuple[str, ...]
    restricted: tuple[str, ...]
    filter: str
    open: str
    most: int


def read_specialties(name: str = "pubmed.toml") -> list[Query]:
    """Return the specialties and conditions of PubMed.

    Raises:
        WrongFile: the file is damaged.
    """
    with _reading(name) as found:
        most, filter = int(found["most"]), str(found["filter"])
        return [
            Query(
                str(entry["name"]),
                f"({entry['term']}) AND {filter}",
                int(entry.get("most", most)),
            )
            for entry in found["query"]
        ]


def read_africa(name: str = "africa.toml") -> Pairs:
    """Return the countries and diseases of the African collection.

    Raises:
        WrongFile: the file is damaged.
    """
    with _reading(name) as found:
        return Pairs(
            tuple(_read_subject(entry) for entry in found["country"]),
            tuple(_read_subject(entry) for entry in found["disease"]),
            int(found["most"]),
            str(found["filter"]),
        )


def read_licences(name: str = "pmc.toml") -> Licences:
    """Return the licences that PMC articles may have.

    Raises:
        WrongFile: the file is damaged.
    """
    with _reading(name) as found:
        return Licences(
            tuple(map(str, found["admitted"])),
            tuple(map(str, found["restricted"])),
            str(found["filter"]),
            str(found["open"]),
            int(found["most"]),
        )


def read_table(name: str) -> Mapping[str, Any]:
    """Return a small file of plain settings.

    Raises:
        WrongFile: the file is damaged.
    """
    return _read(name)


def select_queries(queries: Sequence[Query], only: Sequence[str]) -> list[Query]:
    """Return the queries of these names; all when none is named.

    Raises:
        WrongUse: a name is not there.
    """
    known = {query.name for query in queries}
    if unknown := [name for name in only if name not in known]:
        raise WrongUse(
            f"'{unknown[0]}' is no query of this source.", "Its names are in index/fetch/*.toml."
        )
    return [query for query in queries if not only or query.name in only]


def _read_subject(entry: Mapping[str, Any]) -> Subject:
    name, words = str(entry["name"]), tuple(str(word).casefold() for word in entry["words"])
    headings = [f'"{heading}"[mh]' for heading in entry.get("mesh", [name])]
    return Subject(name, " OR ".join(headings + [f'"{word}"[tiab]' for word in words]), words)


@contextmanager
def _reading(name: str) -> Iterator[dict[str, Any]]:
    """Hand out what a file holds; what is missing in it or odd makes it a damaged one."""
    found = _read(name)
    try:
        yield found
    except (KeyError, TypeError, ValueError) as error:
        raise _wrong(name, error) from error


def _read(name: str) -> dict[str, Any]:
    try:
        return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(name, error) from error


def _wrong(name: str, error: Exception) -> WrongFile:
    return WrongFile(f"{FOLDER / name} can't be used: {error}.", "Restore the file.")
