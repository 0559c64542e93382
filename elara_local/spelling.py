"""Misspelt words of a question, and which words are no misspellings.

What is covered: the name of one medicine cut short ("phenobarb"); one slip in a word of five
letters or more, two from eight letters on, mended to the commonest of the nearest words of the
index, medicines before others. A slip is a letter left out, doubled or swapped with the next, a
vowel for another, a consonant for one that sounds like it or lies beside it on the keyboard; two
slips must leave the sound as it was, so that "praziquandol", which is no medicine, is not read as
praziquantel. Never mended: a word whose stem the index holds, a word of everyday language or of
the emergency rules, the name of a medicine. What is not covered: short words, a slip in the first
letter, slips that make another real word; a made-up name that is one slip from a real one is
read as that, and the answer says so.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from functools import cache
from pathlib import Path
from unicodedata import normalize

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein, Levenshtein

from elara_local.common_words import topic_words
from elara_local.grounding.drugs import read_drugs
from elara_local.screening.emergency_rules import read_emergency_rules
from elara_local.screening.function_words import likely_languages

SHORTEST = 5  # letters of a word that is mended
CUT_SHORT = 7  # letters of a medicine's name that is cut short
TWO_SLIPS = 8  # letters from which two slips are mended
EVERYDAY = 3.0  # Zipf frequency: base-10 logarithm of occurrences in a billion words
REAL = 2.0  # Zipf frequency: below it a word may be a misspelling
ORDINARY_LANGUAGES = ("en", "fr", "es", "pt")
SWAHILI = re.compile(
    r"[mn]?(?:(?:ng'|[mn]?(?:ch|dh|gh|kh|ny|sh|th|[bdfghjklmnprstvwyz])?)[wy]?[aeiou])+"
)
HEARD = (
    ("tio", "sio"),
    ("cio", "sio"),
    ("ph", "f"),
    ("th", "t"),
    ("x", "ks"),
    ("c", "k"),
    ("q", "k"),
    ("z", "s"),
    ("j", "g"),
)
ALIKE = ("aeiouy", "bp", "csz", "ckqx", "dt", "fv", "gj", "lr", "mn", "sx", "vw")
BESIDE = [row[i : i + 2] for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for i in range(10)]
STEMS = Path(__file__).resolve().parent / "content" / "drug_stems.toml"


class Spelling:
    """Mends words by an index's own; `is_held` says that it holds another form of a word."""

    def __init__(self, words: Mapping[str, int], is_held: Callable[[str], bool]) -> None:
        self._words = words
        self._is_held = is_held
        self._long_words: dict[str, list[str]] = {}
        for word in words:
            if len(word) >= SHORTEST:
                self._long_words.setdefault(word[0], []).append(word)

    def correct(self, text: str) -> dict[str, str]:
        """Map each misspelt word of a text to the word it most likely means, if there is one."""
        corrected = {}
        spoken = likely_languages(text)
        for word in topic_words(text):
            if word in self._words or len(word) < SHORTEST or self._is_a_word(word):
                continue
            if short := self._lengthen(word):
                corrected[word] = short
                continue
            near = process.extract(
                word,
                self._long_words.get(word[0], ()),
                scorer=DamerauLevenshtein.distance,
                score_cutoff=1 if len(word) < TWO_SLIPS else 2,
            )
            near = [found for found in near if is_slip(word, found[0])]
            if near and not is_attested(word, spoken):
                corrected[word] = min(near, key=lambda n: self._rank(n[0], n[1]))[0]
        return corrected

    def _lengthen(self, word: str) -> str:
        """Return the one medicine of the index whose name is cut short: "phenobarb"."""
        known = read_drugs()
        drugs = {known[name] for name in known if name.startswith(word) and " " not in name}
        drug = drugs.pop() if len(drugs) == 1 and len(word) >= CUT_SHORT else ""
        return drug if drug in self._words else ""

    def _rank(self, known: str, slips: float) -> tuple[float, bool, int]:
        """A medicine's name goes before a word one slip nearer: an index holds misspellings too."""
        other = known not in read_drugs()
        return slips + other, other, -self._words[known]

    def _is_a_word(self, word: str) -> bool:
        return word in read_drugs() or is_listed(word) or is_ordinary(word) or self._is_held(word)


def is_slip(typed: str, meant: str) -> bool:
    """True when a word may have been typed for another: see this module's first lines."""
    if sound(typed) == sound(meant) or DamerauLevenshtein.distance(typed, meant) > 1:
        return sound(typed) == sound(meant)
    for step in Levenshtein.editops(typed, meant):
        pair = {typed[step.src_pos : step.src_pos + 1], meant[step.dest_pos : step.dest_pos + 1]}
        if step.tag == "replace" and len(typed) == len(meant) and not _are_alike(pair):
            return sorted(typed) == sorted(meant)  # two letters swapped
    return True


@cache
def sound(word: str) -> str:
    """Return the consonants of a word as they are heard: "phenitoin" is "fntn"."""
    bare = normalize("NFKD", word).encode("ascii", "ignore").decode()
    for letters, heard in HEARD:
        bare = bare.replace(letters, heard)
    return re.sub(r"(.)\1+", r"\1", re.sub("[aeiouyh]", "", bare))


def _are_alike(letters: set[str]) -> bool:
    plain = {normalize("NFKD", letter)[:1] for letter in letters}
    return any(plain <= set(group) for group in (*ALIKE, *BESIDE))


def substitute(text: str, corrected: Mapping[str, str]) -> str:
    """Return a text with its misspelt words mended."""
    if not corrected:
        return text
    return " ".join(corrected.get(word.casefold().strip("?.,!;:"), word) for word in text.split())


def is_medicine(word: str) -> bool:
    """True for a known name of a medicine and for a word that ends as such names do."""
    return word in read_drugs() or word.endswith(_read_stems())


def is_ordinary(word: str, languages: Collection[str] = ()) -> bool:
    """True for a word of everyday English, French, Spanish or Portuguese.

    Where only Swahili is among the `languages` of the question, which has no list and builds
    its verbs, a word of open Swahili syllables is as good.

    Everyday is once in a million words or more (Zipf frequency 3, van Heuven et al. 2014,
    from the small word lists of wordfreq). Names that are made up are not.
    """
    from wordfreq import zipf_frequency

    if "sw" in languages and "en" not in languages and SWAHILI.fullmatch(word):
        return True
    return any(zipf_frequency(word, code, "small") >= EVERYDAY for code in ORDINARY_LANGUAGES)


def is_attested(word: str, languages: Collection[str]) -> bool:
    """True for a rare but real word of these languages: endometriosis is not endometritis.

    At least a tenth as common as an everyday word (the large word lists of wordfreq, which are read
    when a misspelling is met first); a misspelling is seldom written so often.
    """
    from wordfreq import zipf_frequency

    listed = [code for code in ORDINARY_LANGUAGES if code in languages]
    return any(zipf_frequency(word, code, "large") >= REAL for code in listed)


def is_listed(word: str) -> bool:
    """True for a word of the emergency rules, such as dystocia: real, though no source holds it."""
    return read_emergency_rules().lexicon.holds(word)


@cache
def _read_stems(path: Path = STEMS) -> tuple[str, ...]:
    return tuple(tomllib.loads(path.read_text(encoding="utf-8"))["stems"].split())
