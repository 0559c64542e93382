"""When two texts that look alike say the same, so that one of them may go.

Two texts are laid side by side, token by token: every number, sign, unit and word. They say
the same only where each difference is harmless by itself: white space, capitals, a comma
between ordinary words, a copyright line at the end, an article, another form of the same word
(shows, showed; oedema, edema), or one word of content/plain_words.toml for another.
Any other difference keeps both: a number written another way, a unit, a medicine, a germ, a
group of people, a route, a side, a negation, and every word that no list knows.

What is covered: English. What is not covered: equal amounts in other units (1 g, 1000 mg) and
names that mean the same (paracetamol, acetaminophen): such texts are both kept. So are texts
that differ in an everyday word outside the lists, for "heart" and "liver", "village" and "town"
are everyday words too. The price is paid in duplicates: of planted copies that differ in forms,
plain words, spellings, commas or a copyright line 99 % are found, of copies with 2 % of their
words swapped for any other everyday word none (benchmarks/corpus.py; 600 copies tried).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz.distance import Indel

from elara_local.errors import WrongFile
from elara_local.grounding.drugs import read_drugs
from elara_local.grounding.units import UNITS
from elara_local.spelling import is_ordinary
from elara_local.text import clean_text

WORDS_FILE = Path(__file__).resolve().parent / "content" / "plain_words.toml"
NO_LIMIT = 1 << 40
SAME = dict(zip("‐‑‒–—−’‘“”μ\u00a0", "------''\"\"µ ", strict=True))
ODD = re.compile(f"[{''.join(SAME)}]")
# "10³" is two tokens and "103" one; a minus before a number is no dash (see SIGN).
TOKEN = re.compile(r"(?:(?<![\w)])\.)?\d+(?:[.,·]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|\S")
SIGN = re.compile(r"(?:^|(?<=[\s(]))-(?=[\d.])")
MARKS = frozenset(",;:.()[]\"'!?•-")
STOPS = frozenset(".!?:")
NOTICE = re.compile(
    r"\s*(?:[^.\n]*(?:copyright|©|all rights reserved)[^.\n]*"
    r"|\(c\)\s*(?:19|20)\d\d[^.\n]*[^\W\d_][^.\n]*"
    r"|published by (?:elsevier|wiley|springer|bmj|oxford|lippincott|wolters|taylor|sage|karger)"
    r"[^.\n]*)\.?\s*\Z",
    re.I,
)
LETTERS = re.compile(r"(\d?)[\s-]*([^\W\d_]+)")  # a word, and the digit right before it
NOTICED = re.compile(r"copyright|©|all rights reserved|\(c\)|published by", re.I)
LONGEST_NOTICE = 160
CONTEXT = 3  # words on either side of a difference that are read with it
YEAR = re.compile(r"\b(?:19|20)\d\d(?:-\d{4})?\b")
ENDS = re.compile(r"(?<=[.\n])\s+(?=\S)")
ROOT = 3  # letters of the shortest word that has other forms
# A short verb that doubles its last letter (scar, scarred): "scared" is a form of scare.
DOUBLES = re.compile(r"[^aeiou]*[aeiou][^aeiouwxy]")
SPELLINGS = (("ae", "e"), ("oe", "e"), ("our", "or"), ("isa", "iza"), ("ise", "ize"),
             ("isi", "izi"), ("yse", "yze"), ("ysi", "yzi"), ("lled", "led"), ("lling", "ling"),
             ("tre", "ter"))  # fmt: skip


@dataclass(frozen=True)
class Words:
    """The lists of content/plain_words.toml."""

    fillers: frozenset[str]
    connectives: frozenset[str]
    determiners: frozenset[str]
    plain: frozenset[str]
    turning: frozenset[str]
    fixed: frozenset[str]
    capitals: frozenset[str]
    units: frozenset[str]
    notice: frozenset[str]


@cache
def read_words(path: Path = WORDS_FILE) -> Words:
    """Read the word lists.

    Raises:
        WrongFile: the file is missing or is not valid.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        lists = Words(*(frozenset(data[name].split()) for name in Words.__dataclass_fields__))
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise WrongFile(
            f"The word lists, {path.name}, can't be read: {error}.",
            "Restore the file from the release; until then no article can be merged.",
        ) from error
    return replace(lists, fillers=lists.fillers | lists.connectives)


@dataclass(frozen=True)
class Reading:
    """A text as tokens, and the same in small letters."""

    tokens: tuple[str, ...]
    small: tuple[str, ...]


def find_difference(one: str, other: str) -> str:
    """The first difference that matters, as "this | that"; "" where the two say the same."""
    a, b = cut(one), cut(other)
    for start, end, their_start, their_end in _windows(a, b):
        mine, theirs = read(" ".join(a[start:end])), read(" ".join(b[their_start:their_end]))
        if difference := _compare(mine, theirs):
            return difference
    return ""


@lru_cache(maxsize=256)
def cut(text: str) -> tuple[str, ...]:
    """A text between its spaces, without the copyright line at its end."""
    folded = without_notice(clean_text(text, NO_LIMIT))
    if not folded.isascii():
        folded = ODD.sub(lambda found: SAME[found.group()], folded)
    return tuple(folded.split())


def read(text: str) -> Reading:
    """Cut a text into tokens."""
    tokens = tuple(TOKEN.findall(SIGN.sub(" \u2212", text)))
    return Reading(tokens, tuple(map(str.lower, tokens)))


def _windows(a: Sequence[str], b: Sequence[str]) -> list[list[int]]:
    """Where two texts differ, with the CONTEXT around: [start, end) in the one and the other."""
    found: list[list[int]] = []
    for code in Indel.opcodes(a, b):
        if code.tag == "equal":
            continue
        start, their_start = max(0, code.src_start - CONTEXT), max(0, code.dest_start - CONTEXT)
        ends = [min(len(a), code.src_end + CONTEXT), min(len(b), code.dest_end + CONTEXT)]
        if found and (start <= found[-1][1] or their_start <= found[-1][3]):
            found[-1][1], found[-1][3] = ends
        else:
            found.append([start, ends[0], their_start, ends[1]])
    return found


def _compare(a: Reading, b: Reading) -> str:
    """The first difference of two readings that matters, or ""."""
    at_a = at_b = 0
    for code in (*Indel.opcodes(a.small, b.small), None):
        if code is not None and code.tag != "equal":
            continue
        end_a, end_b = (code.src_start, code.dest_start) if code else (len(a.small), len(b.small))
        if not _is_harmless(a, b, (at_a, end_a), (at_b, end_b)):
            return f"{' '.join(a.tokens[at_a:end_a])} | {' '.join(b.tokens[at_b:end_b])}"
        if code:
            at_a, at_b = code.src_end, code.dest_end
            for x, y in zip(range(end_a, at_a), range(end_b, at_b), strict=True):
                if a.tokens[x] != b.tokens[y] and not _is_same_in_case(a, b, x, y):
                    return f"{a.tokens[x]} | {b.tokens[y]}"
    return ""


def without_notice(text: str) -> str:
    """The text without the sentences at its end that only say whose it is."""
    while NOTICED.search(text, max(0, len(text) - LONGEST_NOTICE)):
        tail = max(0, len(text) - 2 * LONGEST_NOTICE)
        starts = [found.end() for found in ENDS.finditer(text, tail)]
        last = text[starts[-1] :] if starts else ""
        digits = any(char.isdigit() for char in YEAR.sub("", last))
        if not last or len(last) > LONGEST_NOTICE or digits or not NOTICE.match(last):
            break
        if not _says_whose(last):
            break
        text = text[: starts[-1]].rstrip()
    return text


def _says_whose(sentence: str) -> bool:
    """True when a sentence names no more than a year and a holder: no dose, no finding."""
    lists, drugs = read_words(), read_drugs()
    for digit, word in LETTERS.findall(sentence):
        small = word.casefold()
        if small in lists.turning or small in drugs or (digit and small in UNITS):
            return False
        if word == small and word not in lists.notice:
            return False
    return True


def _is_harmless(a: Reading, b: Reading, at_a: tuple[int, int], at_b: tuple[int, int]) -> bool:
    """True when what stands between two equal stretches says the same in both."""
    left, right = _weighty(a, *at_a), _weighty(b, *at_b)
    articles = {"a", "an"}
    for mine, theirs, span in ((left, b, at_b), (right, a, at_a)):
        if articles & set(mine) and read_words().determiners & set(theirs.small[slice(*span)]):
            mine[:] = [word for word in mine if word not in articles]
    if len(left) == len(right) and all(map(_is_form, left, right)):
        return True
    return all(_is_plain(word) for word in (*left, *right))


def _weighty(text: Reading, start: int, end: int) -> list[str]:
    """The tokens of a stretch that are neither fillers nor marks of no meaning."""
    return [text.small[n] for n in range(start, end) if not _is_light(text, n)]


def _is_light(text: Reading, n: int) -> bool:
    token = text.tokens[n]
    if token in MARKS:
        last = n + 1 == len(text.small)
        if last and token == ".":
            return True
        around = (text.small[n - 1] if n else "", "" if last else text.small[n + 1])
        if token == "," and not read_words().connectives.isdisjoint(around):
            return True
        return all(_is_quiet(word) for word in around)
    before, after = text.small[max(0, n - 1)], text.small[min(n + 1, len(text.small) - 1)]
    between = before[-1].isdigit() and after[0].isdigit()  # "2 of 100" is not "2 100"
    listed = text.small[n] in read_words().fillers and not between
    return listed and not (token.isupper() and len(token) > 1)


@lru_cache(maxsize=20_000)
def _is_quiet(word: str) -> bool:
    """True for an ordinary word or mark, beside which a comma means little."""
    if not word or word in MARKS:
        return True
    lists = read_words()
    if word in lists.fillers or word in lists.plain or word in lists.determiners:
        return True
    known = word in read_drugs() or word in UNITS or word in lists.turning or word in lists.fixed
    return len(word) > 1 and word.isalpha() and not known and is_ordinary(word)


def _is_same_in_case(a: Reading, b: Reading, x: int, y: int) -> bool:
    """True when two tokens that differ in capitals alone mean the same."""
    small, forms = a.small[x], (a.tokens[x], b.tokens[y])
    lists = read_words()
    if small in lists.capitals:
        first = (x == 0 or a.tokens[x - 1] in STOPS) or (y == 0 or b.tokens[y - 1] in STOPS)
        return all(form in (small, small.capitalize()) for form in forms) and (
            len(small) > 1 or first
        )
    if (x and a.tokens[x - 1][-1].isdigit()) or small in UNITS:
        return small in lists.units and not any(f != small and f != small.upper() for f in forms)
    return len(small) > 1


@lru_cache(maxsize=20_000)
def _is_plain(word: str) -> bool:
    plain = read_words().plain
    return word in plain or any(_is_form(word, known) for known in plain if known[:3] == word[:3])


@lru_cache(maxsize=20_000)
def _is_form(one: str, other: str) -> bool:
    """True for two forms or spellings of one ordinary word, and for two plain words."""
    lists = read_words()
    if one == other:
        return True
    if {one, other} & (lists.turning | lists.fixed) or not (one + other).isalpha():
        return False
    if one in lists.plain and other in lists.plain:
        return True
    if one in read_drugs() or other in read_drugs():
        return False
    return bool(_roots(one) & _roots(other)) or _american(one) == _american(other)


def _american(word: str) -> str:
    """The word as Americans spell it, if it is long enough to be told."""
    if len(word) > 5:
        for british, american in SPELLINGS:
            word = word.replace(british, american)
    return word


def _roots(word: str) -> frozenset[str]:
    """The word without a plural or verb ending: the words it may be a form of."""
    found = {word}
    if word.endswith(("ies", "ied")):
        found.add(word[:-3] + "y")
    elif word.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
        found |= {word[:-2], word[:-1]}
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        found.add(word[:-1])
    for ending in ("ed", "ing"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= ROOT and any(c in "aeiouy" for c in stem):
            found |= {stem + "e"} if DOUBLES.fullmatch(stem) else {stem, stem + "e"}
            found |= {stem[:-1]} if stem[-1] == stem[-2] else set()
    return frozenset(root for root in found if len(root) >= ROOT)
