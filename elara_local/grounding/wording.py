"""Words: their plain form, which ones mean the same, which may be left out, which may not.

What is covered: plural and verb endings, the groups in content/wording.toml.
What is not covered: any other synonym; an unknown word must be in the source as it is, so a
fair paraphrase may be refused (a false alarm), never the other way round.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from elara_local.errors import WrongFile

WORDING_FILE = Path(__file__).resolve().parent.parent / "content" / "wording.toml"
WORD = re.compile(r"[^\W\d_](?:[^\W_]|(?<=\w)[-'](?=\w))*")
DOUBLED = re.compile(r"([bdgmnprt])\1$")


@dataclass(frozen=True)
class Wording:
    """The word lists of content/wording.toml, in plain form."""

    groups: dict[str, str]
    neutral: frozenset[str]
    narrowing: frozenset[str]
    qualifiers: frozenset[str]
    orders: frozenset[str]
    turning: frozenset[str]


@lru_cache(maxsize=1)
def read_wording() -> Wording:
    """Read the word lists.

    Raises:
        WrongFile: the file is missing or is not valid.
    """
    try:
        lists: dict[str, str] = tomllib.loads(WORDING_FILE.read_text(encoding="utf-8"))
        groups = {
            word: line.split()[0]
            for line in lists["groups"].strip().splitlines()
            for word in line.split()
        }
        plain = {_stem(word): _stem(first) for word, first in groups.items()} | {
            word: _stem(first) for word, first in groups.items()
        }
        named = [
            frozenset(plain.get(w, plain.get(_stem(w), _stem(w))) for w in lists[name].split())
            for name in ("neutral", "narrowing", "qualifiers", "orders", "turning")
        ]
    except (OSError, ValueError, KeyError) as error:
        raise WrongFile(
            f"The word lists, {WORDING_FILE.name}, can't be read: {error}.",
            "Restore the file from the release; until then no sentence can be checked.",
        ) from error
    return Wording(plain, *named)


@lru_cache(maxsize=20_000)
def plain_form(word: str) -> str:
    """The form by which two words are compared: "administered" and "given" are both "give"."""
    groups = read_wording().groups
    word = IRREGULAR.get(word, word).removesuffix("'s")
    return groups.get(word, groups.get(_stem(word), _stem(word)))


IRREGULAR = {
    "given": "give",
    "gave": "give",
    "giving": "give",
    "taken": "take",
    "taking": "take",
    "began": "begin",
    "begun": "begin",
    "bled": "bleed",
    "feet": "foot",
    "teeth": "tooth",
    "kept": "keep",
    "done": "do",
    "used": "use",
    "using": "use",
    "lies": "lie",
    "dying": "die",
    "died": "die",
    "dies": "die",
    "fits": "fit",
    "got": "get",
    "rising": "rise",
    "rose": "rise",
    "found": "find",
    "felt": "feel",
    "led": "lead",
    "lost": "lose",
    "worse": "worsen",
}


def _stem(word: str) -> str:
    """Take plural and verb endings off; never from short words, never two different endings."""
    if len(word) <= 4 or word.endswith(("ss", "us", "is")):
        return word[:-1] if len(word) == 4 and word.endswith("s") and word[2] not in "sui" else word
    for ending, put in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")):
        if word.endswith(ending):
            return word[: -len(ending)] + put
    if word.endswith("s"):
        word = word[:-1]
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= 3 and any(c in "aeiouy" for c in root):
            return DOUBLED.sub(r"\1", root).removesuffix("e")
    return word.removesuffix("e") if len(word) > 4 else word
