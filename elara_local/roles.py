"""The roles: who reads an answer, and what that changes. The words live in content/roles.toml.

A role changes the length, the depth, the guidance in the prompt and the disclaimer; it never
changes the sources, the emergency rules or the grounding check. Standard library only. This
module knows the file's shape and nothing of prompts, answers or windows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from elara_local.errors import WrongFile

ROLES_FILE = Path(__file__).resolve().parent / "content" / "roles.toml"
ROLE_IDS = ("professional", "patient", "student", "researcher", "emergency")
LANGUAGES = ("en", "fr", "es", "pt", "sw")
MOST_SENTENCES = 20
MOST_PASSAGES = 20
_HINT = "Mend the file or put back the one that came with Elara."


@dataclass(frozen=True)
class Role:
    """One role.

    `max_sentences` bounds the answer and `depth` the passages given to the writer. `style` is
    guidance for the prompt, in English; `reading` says which words the reader knows. `names`
    and `disclaimer` map a language code (LANGUAGES) to text.
    """

    id: str
    names: Mapping[str, str]
    max_sentences: int
    depth: int
    style: str
    reading: str
    disclaimer: Mapping[str, str]

    def name_in(self, language: str) -> str:
        """The role's name in `language`, in English where that language has none."""
        return self.names.get(language, self.names["en"])

    def disclaimer_in(self, language: str) -> str:
        """The disclaimer in `language`, in English where that language has none."""
        return self.disclaimer.get(language, self.disclaimer["en"])


def read_roles(path: Path = ROLES_FILE) -> dict[str, Role]:
    """Return the roles by id, in the order of the file.

    Raises:
        WrongFile: the file is absent, is not TOML, or a role lacks something or has it wrong.
    """
    return dict(_read_roles(path))


@cache
def _read_roles(path: Path) -> Mapping[str, Role]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongFile(f"The roles in {path.name} can't be read: {error}.", _HINT) from error
    for name in ("version", "source"):
        _text(data, name, path.name)
    entries = data.get("role")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _wrong(path.name, "has no list of roles ([[role]])")
    roles = {role.id: role for role in (_role(entry, path.name) for entry in entries)}
    if sorted(roles) != sorted(ROLE_IDS) or len(entries) != len(ROLE_IDS):
        raise _wrong(path.name, f"must hold each of {', '.join(ROLE_IDS)} once")
    return MappingProxyType(roles)


def _role(entry: Mapping[str, Any], where: str) -> Role:
    name = _text(entry, "id", where)
    where = f"{where}, role '{name}',"
    return Role(
        id=name,
        names=_by_language(entry, "names", where),
        max_sentences=_count(entry, "max_sentences", MOST_SENTENCES, where),
        depth=_count(entry, "depth", MOST_PASSAGES, where),
        style=_text(entry, "style", where),
        reading=_text(entry, "reading", where),
        disclaimer=_by_language(entry, "disclaimer", where),
    )


def _text(entry: Mapping[str, Any], name: str, where: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(where, f"has no text for '{name}'")
    return value.strip()


def _count(entry: Mapping[str, Any], name: str, most: int, where: str) -> int:
    value = entry.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise _wrong(where, f"needs a whole number from 1 to {most} for '{name}', not {value!r}")
    return value


def _by_language(entry: Mapping[str, Any], name: str, where: str) -> Mapping[str, str]:
    value = entry.get(name)
    if not isinstance(value, dict):
        raise _wrong(where, f"has no table '{name}'")
    return MappingProxyType({code: _text(value, code, f"{where} '{name}'") for code in LANGUAGES})


def _wrong(where: str, what: str) -> WrongFile:
    return WrongFile(f"{where} {what}.", _HINT)
