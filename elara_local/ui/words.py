"""The words of the window in five languages, read from content/words/<language>.toml.

A clinician corrects them there. Keys are "section.name"; {braces} are filled in by `say`.
This module knows no answer, no page and no library of windows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from elara_local.errors import WrongFile
from elara_local.roles import LANGUAGES

FOLDER = Path(__file__).resolve().parent.parent / "content" / "words"
FALLBACK = "en"


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    language: str
    name: str  # what the language calls itself
    texts: Mapping[str, str]

    def say(self, key: str, **values: object) -> str:
        """Return the text of `key` with its {braces} filled in.

        Raises:
            WrongFile: the file has no such key, or its braces are not the ones given.
        """
        try:
            return self.texts[key].format(**values) if values else self.texts[key]
        except (KeyError, IndexError, ValueError) as error:
            raise WrongFile(
                f"The words of '{self.language}' lack or misuse '{key}'.",
                f"Correct {self.language}.toml.",
            ) from error


@cache
def read_words(language: str) -> Words:
    """Return the words of a language; English for a language that has none.

    Raises:
        WrongFile: the file can't be read or holds something other than tables of texts.
    """
    code = language if language in LANGUAGES else FALLBACK
    path = FOLDER / f"{code}.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongFile(f"{path.name} can't be read: {error}.", "Correct or restore it.") from error
    texts = {
        f"{section}.{name}": text
        for section, table in data.items()
        if isinstance(table, dict)
        for name, text in table.items()
        if isinstance(text, str)
    }
    return Words(code, str(data.get("language", code)), MappingProxyType(texts))


def all_words() -> tuple[Words, ...]:
    """Return the words of every language, in the order the window offers them."""
    return tuple(read_words(code) for code in LANGUAGES)
