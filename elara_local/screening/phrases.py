"""Finding listed phrases in free text: words, accents, spelling slips, gaps. Language-blind.

A phrase is written as a clinician would read it, with six marks:

    chest pain|pressure    one of the words parted by "|"
    bleed*                 any word that begins so (three letters or more)
    vomit* .. blood        up to four other words between
    pills ... die          up to nine, none of them "no", "without" or the like
    foot ~ cold            either order, up to six words between, none of them "no" or the like
    =shock                 exactly so: no spelling slip allowed
    20+ tablets            a number, of at least so much

Words match without case, accents or hyphens. A listed word of six letters or more also matches
with one slip (a letter lost, added, changed or two swapped), one of ten or more with two, unless
the typed word is a real word of its own (`real_words`). Two long words that stand side by side
in a phrase also match written as one ("chestpain"). This module knows no rule, no language
and no meaning: negation and the like are `assertion`'s.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations, product

GAP = ".."
GAPS = {GAP: 4, "~": 6, "...": 9}  # words that a gap may skip
EITHER = "~"
MOST_PARTS = 3  # of a phrase with parts in either order
ONE_SLIP = 6  # letters from which one slip is forgiven
TWO_SLIPS = 10  # letters from which two are
SHORTEST_PREFIX = 3
SHORTEST_GLUED = 4  # letters of each of two words that may be written as one
_NUMBER = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,9})?")
_AT_LEAST = re.compile(r"\d+\+")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+(?:['’ʼ`´][^\W\d_]+)*", re.UNICODE)
_SENTENCE_END = re.compile(r"[!?;\n\r\u2028\u2029。؟]|\.(?!\d)")
_CLAUSE_END = re.compile(r"[,:()\[\]\"“”«»–—…]|\s-\s")
_SKIPS = {frozenset({gap}): skip for gap, skip in GAPS.items()}
_ELISION = re.compile(r"(l|d|n|j|m|t|s|c|qu|jusqu|lorsqu)['’ʼ`´](.+)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word, where it stands in the text, and its sentence and clause numbers."""

    word: str
    start: int
    end: int
    sentence: int
    clause: int


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase of `key` found at tokens [start, end)."""

    key: tuple[str, str]
    start: int
    end: int


def fold(word: str) -> str:
    """Return a word without case, accents and apostrophes."""
    flat = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in flat if letter.isalnum() or letter in ".,")


def tokens(text: str) -> list[Token]:
    """Cut a cleaned text (`text.clean_text`) into words and numbers, in order."""
    found: list[Token] = []
    sentence = clause = last = 0
    for hit in _TOKEN.finditer(text):
        between = text[last : hit.start()]
        if _SENTENCE_END.search(between):
            sentence, clause = sentence + 1, clause + 1
        elif _CLAUSE_END.search(between):
            clause += 1
        last = hit.end()
        for start, end in _parts(text, hit.start(), hit.end()):
            if word := fold(text[start:end]):
                found.append(Token(word, start, end, sentence, clause))
    return found


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Part a French elision (l'enfant), leave an English contraction (can't) whole."""
    elision = _ELISION.fullmatch(text, start, end)
    if elision and not fold(elision[2]) == "t":
        yield elision.span(1)
        yield elision.span(2)
    else:
        yield start, end


class Lexicon:
    """Phrases by key, compiled for one pass over the tokens of a text.

    Args:
        phrases: for each key the phrases as written in a content file.
        real_words: folded words that are never taken for a misspelling.
        forgive: False to allow no slip of spelling at all.
        barred: folded words (no, without) that the gap "..." never skips.

    Raises:
        ValueError: a phrase has no word, a gap at its edge, or too short a prefix.
    """

    def __init__(
        self,
        phrases: Mapping[tuple[str, str], Iterable[str]],
        real_words: Iterable[str] = (),
        forgive: bool = True,
        barred: Iterable[str] = (),
    ) -> None:
        self._barred = frozenset(fold(word) for word in barred)
        self._real = frozenset(fold(word) for word in real_words)
        self._starts: dict[str, list[tuple[tuple[str, str], tuple[frozenset[str], ...]]]] = {}
        self._atoms: set[str] = set()
        self._exact: set[str] = set()
        self._glued: set[str] = set()
        for key, entries in phrases.items():
            for entry in entries:
                for phrase in turn_about(entry):
                    self._add(key, phrase)
        self._prefix_lengths = sorted({len(a) - 1 for a in self._atoms if a.endswith("*")})
        self._numbers = [int(a[:-1]) for a in self._atoms if a.endswith("+")]
        self._slips = self._collect_slips() if forgive else {}

    def find(self, words: list[Token]) -> list[Match]:
        """Return every match, in the order of the text."""
        seen = {word: self._match(word) for word in {token.word for token in words}}
        atoms = [seen[token.word] for token in words]
        bars = [token.word in self._barred for token in words]
        found = []
        for index, here in enumerate(atoms):
            for atom in here:
                for key, terms in self._starts.get(atom, ()):
                    end = _follow(terms, 1, index + 1, words, atoms, bars)
                    if end:
                        found.append(Match(key, index, end))
        return found

    def holds(self, word: str) -> bool:
        """True when a word stands in a phrase, or is a real word, exactly so."""
        folded = fold(word)
        return folded in self._atoms or folded in self._real

    def _add(self, key: tuple[str, str], entry: str) -> None:
        terms = tuple(_term(part) for part in entry.split())
        if not terms or terms[0] in _SKIPS or terms[-1] in _SKIPS:
            raise ValueError(f"the phrase '{entry}' has no word, or a gap at its edge")
        for term, part in zip(terms, entry.split(), strict=True):
            self._atoms |= term
            if part.startswith("="):
                self._exact |= term
        for atom in terms[0]:
            self._starts.setdefault(atom, []).append((key, terms))
        if len(terms) == 2 and not any(part.startswith("=") for part in entry.split()):
            self._glue(key, terms)

    def _glue(self, key: tuple[str, str], terms: tuple[frozenset[str], ...]) -> None:
        """Let two long words side by side also match as one."""
        halves = [[a for a in t if a.isalpha() and len(a) >= SHORTEST_GLUED] for t in terms]
        for one, other in product(*halves):
            self._glued.add(one + other)
            term = (frozenset({one + other}),)
            self._starts.setdefault(one + other, []).append((key, term))

    def _collect_slips(self) -> dict[str, list[str]]:
        slips: dict[str, list[str]] = {}
        for atom in sorted(self._atoms - self._exact):
            if atom[-1] not in "*+" and len(atom) >= ONE_SLIP:
                for shorter in _deletions(atom):
                    slips.setdefault(shorter, []).append(atom)
        return slips

    def _match(self, word: str) -> frozenset[str]:
        found = {word} if word in self._atoms else set()
        if self._numbers and _NUMBER.fullmatch(word):
            value = float(word.replace(",", "."))
            return frozenset(found.union(f"{n}+" for n in self._numbers if n <= value))
        if word in self._glued and word not in self._real:
            found.add(word)
        for length in self._prefix_lengths:
            if length <= len(word) and word[:length] + "*" in self._atoms:
                found.add(word[:length] + "*")
        if not found and self._slips and len(word) >= ONE_SLIP - 1 and word not in self._real:
            near = {a for s in _deletions(word) for a in self._slips.get(s, ()) if a[0] == word[0]}
            found = {a for a in near if distance(a, word) <= allowed_slips(a)}
        return frozenset(found)


def turn_about(entry: str) -> list[str]:
    """Return a phrase in every order of its parts: "a ~ b" is also "b ~ a"."""
    parts = [part.strip() for part in entry.split(EITHER)]
    if len(parts) > MOST_PARTS:
        raise ValueError(f"the phrase '{entry}' has more than {MOST_PARTS} parts")
    return [f" {EITHER} ".join(order) for order in permutations(parts)]


def allowed_slips(word: str) -> int:
    """How many slips a listed word forgives."""
    return 0 if len(word) < ONE_SLIP else 1 if len(word) < TWO_SLIPS else 2


def distance(one: str, other: str) -> int:
    """Edits between two words; swapping two neighbours counts as one (Damerau 1964)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _deletions(word: str) -> set[str]:
    if len(word) > 24:
        return set()
    found = {word}
    for count in range(1, 1 + (2 if len(word) >= TWO_SLIPS - 2 else 1)):
        for gone in combinations(range(len(word)), count):
            found.add("".join(c for i, c in enumerate(word) if i not in gone))
    return found


def _term(part: str) -> frozenset[str]:
    if part in GAPS:
        return frozenset({part})
    atoms = set()
    for piece in part.removeprefix("=").split("|"):
        if _AT_LEAST.fullmatch(piece):
            atoms.add(piece)
            continue
        word = fold(piece.rstrip("*"))
        if not word or (piece.endswith("*") and len(word) < SHORTEST_PREFIX):
            raise ValueError(f"'{part}' is not a word, or its prefix is too short")
        atoms.add(word + "*" * piece.endswith("*"))
    return frozenset(atoms)


def _follow(
    terms: tuple[frozenset[str], ...],
    at: int,
    index: int,
    words: list[Token],
    atoms: list[frozenset[str]],
    bars: list[bool],
) -> int:
    """Return the end of the match from `index` on, or 0; a match stays in one sentence."""
    if at == len(terms):
        return index
    skip = _SKIPS.get(terms[at], 0)
    term = terms[at + 1] if skip else terms[at]
    for here in range(index, min(index + skip + 1, len(words))):
        if words[here].sentence != words[index - 1].sentence:
            break
        if atoms[here] & term:
            end = _follow(terms, at + (2 if skip else 1), here + 1, words, atoms, bars)
            if end:
                return end
        if bars[here] and GAP not in terms[at]:
            break
    return 0
