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
# "tightly" is "tight", "weakness" is "weak"; not "family", "likely", "apply" or "witness".
ADVERB = re.compile(r"(?<=[a-z]{4})(?<!p)(?<!mi)(?<!a)(?<!b)ly$|(?<=[a-z]{3}al)ly$")
STATE = re.compile(r"(?<=[a-z]{3})iness$|(?<=[a-z]{4})(?<!wit)ness$")
NO_ADVERB = frozenset("hardly family monthly weekly hourly yearly".split())
NAMED = ("neutral", "narrowing", "qualifiers", "orders", "turning")


@dataclass(frozen=True)
class Wording:
    """The word lists of content/wording.toml, in plain form; phrases as they are written."""

    groups: dict[str, str]
    neutral: frozenset[str]
    narrowing: frozenset[str]
    qualifiers: frozenset[str]
    orders: frozenset[str]
    turning: frozenset[str]
    phrases: dict[str, str]
    listed: frozenset[str]  # every word of the lists, as it is written


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
        named = {
            name: frozenset(
                plain.get(w, plain.get(_stem(w), _stem(w))) for w in lists[name].split()
            )
            for name in NAMED
        }
        listed = frozenset(w for name in NAMED for w in lists[name].split()) | groups.keys()
        told = [line.split(" | ") for line in lists["phrases"].strip().splitlines()]
        phrases = {other.strip(): first.strip() for first, *others in told for other in others}
    except (OSError, ValueError, KeyError) as error:
        raise WrongFile(
            f"The word lists, {WORDING_FILE.name}, can't be read: {error}.",
            "Restore the file from the release; until then no sentence can be checked.",
        ) from error
    return Wording(groups=plain, **named, phrases=phrases, listed=listed)


@lru_cache(maxsize=20_000)
def plain_form(word: str) -> str:
    """The form by which two words are compared: "administered" and "given" are both "give"."""
    groups = read_wording().groups
    word = _root(IRREGULAR.get(word, word).removesuffix("'s"))
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


def _root(word: str) -> str:
    """Take "-ly" and "-ness" off, where no list names the word as it is."""
    if word in read_wording().listed or word in NO_ADVERB:
        return word
    if STATE.search(word):
        return STATE.sub(lambda end: "y" if end.group().startswith("i") else "", word)
    return ADVERB.sub("", word)


def _stem(word: str) -> str:
    """Take plural and verb endings off; never from short words, never two different endings."""
    if len(word) <= 4 or word.endswith(("ss", "us", "is")):
        return word[:-1] if len(word) == 4 and word.endswith("s") and word[2] not in "sui" else word
    for ending, put in (
        ("ies", "y"),
        ("ied", "y"),
        ("sses", "ss"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("xes", "x"),
    ):
        if word.endswith(ending):
            return word[: -len(ending)] + put
    if word.endswith("s"):
        word = word[:-1]
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= 3 and any(c in "aeiouy" for c in root):
            return DOUBLED.sub(r"\1", root).removesuffix("e")
    return word.removesuffix("e") if len(word) > 4 else word
