"""Whether the passages found name the medicines whose dose is asked for.

Sentences on the same disease are no answer to "which statin dose after a stroke", nor is the
statin of a heart attack: where no sentence that may be quoted names the medicine, by any of its
names or as a member of the class asked for, and stands in a passage that holds about as much of
the rest of the question as others do, the dose isn't in the sources.
What is covered: names, brands and abbreviations of content/drugs.toml and content/synonyms.toml,
classes, near spellings of rare words; every medicine asked for must be named. Left out are
medicines told as background ("on warfarin", "allergic to penicillin", "paracetamol overdose").
What is not covered: whether the sentence gives a dose; what it is for, where it stands in the
document found first or on the medicine, or where no source has the question's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from elara_local.classes import plain_words, read_classes, spaced
from elara_local.grounding.drugs import read_drugs
from elara_local.intent import read_intent, read_intents
from elara_local.medicines import MEASURED, medicines_in, names_of
from elara_local.spelling import is_ordinary
from elara_local.synonyms import annotate, expand, read_synonyms

# Words before and after a medicine that is told, not asked for. "of", "to" and the like between.
BEFORE = frozenset(
    "on taking takes took taken after received receiving no not without instead allergic allergy "
    "despite failed already stopped response responding unresponsive intolerant resistant "
    "sous sans pas apres malgre allergique prend sin tras despues toma tomando alergico alergica "
    "sem nao apos alergia bila baada".split()
)
AFTER = frozenset(
    "allergy allergic overdose poisoning toxicity level levels deficiency resistant resistance "
    "intolerance intolerant withdrawal induced related unavailable failed fails antidote reversal "
    "reaction resist not missing absent absente indisponible ausente indisponivel".split()
)
BEING = frozenset("is was are were est es e".split())
LINKS = frozenset("a an any the of to d de du des la le les l al el o da do das dos".split())
HELD = 0.5  # share of the matter from which the sources are taken to hold it at all
NEARLY = 0.5  # share of the best sentence's share that a sentence on the same matter has
CLAUSE = re.compile(r"[,;:.?!](?:\s|$)")
REACH = 3  # links between a medicine and the word that makes it background


@dataclass(frozen=True)
class Wanted:
    """One medicine or class that a question names; any of the names in `ways` is it."""

    said: str
    ways: frozenset[str]


@dataclass(frozen=True)
class Told:
    """A sentence that may be quoted, with its headings, in the order of the passages found.

    `title` is that of its document; `share`, in [0, 1], is how much of the matter its passage
    holds.
    """

    title: str
    text: str
    share: float


@dataclass(frozen=True)
class Word:
    """A plain word of a question and the bracket it stands in, 0 for none."""

    text: str
    bracket: int


def read_asked(question: str, read: str) -> list[Wanted]:
    """Return the medicines whose dose is asked for; none where no dose is asked for.

    Args:
        question: as asked, in English where it was translated.
        read: the same with its misspellings mended and its abbreviations explained in brackets.
    """
    asked = annotate(question, expand(question))
    if not any("dose" in read_intent(text).kinds for text in (asked, read)):
        return []
    return list({w.ways: w for text in (asked, read) for w in read_wanted(text)}.values())


def read_matter(question: str) -> str:
    """Return the words of a question but its medicines: what a dose is for."""
    said = _words_of(question)
    taken = {i for start, end, _ in _named(said) for i in range(start, end)}
    return " ".join(w.text for i, w in enumerate(said) if w.text and i not in taken)


def find_absent(wanted: Sequence[Wanted], told: Sequence[Told]) -> list[str]:
    """Return, as they were said, the medicines that nothing which may be quoted answers.

    The document found first is taken to be on the matter, whatever words it has for it.
    """
    best = max((t.share for t in told), default=0.0)
    least = NEARLY * best if best >= HELD else 0.0
    near = [t for t in told if t.title == told[0].title or t.share >= least]
    return [
        w.said
        for w in wanted
        if not any(_is_held(w, f"{t.title}. {t.text}") for t in near)
        and not any(_is_held(w, t.title) for t in told)
    ]


def read_wanted(question: str) -> list[Wanted]:
    """Return the medicines that a question is about, in their order.

    The medicines of one bracket, and one right before it, are one: "RHZE (rifampicin isoniazid)".
    """
    said = _words_of(question)
    wanted: list[tuple[int, int, Wanted]] = []  # bracket, end, medicine
    for start, end, found in _named(said):
        if _is_background(said, start, end):
            continue
        bracket = said[start].bracket
        if bracket and wanted and _joins(wanted[-1], said, start):
            _, _, before = wanted.pop()
            found = Wanted(before.said, before.ways | found.ways)
        wanted.append((bracket, end, found))
    medicines = [found for *_, found in wanted]
    return [w for w in medicines if not w.ways & MEASURED] or medicines


def _joins(last: tuple[int, int, Wanted], said: Sequence[Word], start: int) -> bool:
    """True for a medicine in the same bracket as the last, or in the one right behind it."""
    bracket, end, _ = last
    opened = next(i for i, word in enumerate(said) if word.bracket == said[start].bracket)
    return bracket == said[start].bracket or end + 1 == opened  # a clause ends between


def _is_held(wanted: Wanted, text: str) -> bool:
    held = spaced(text)
    if any(f" {way} " in held or f" {way}s " in held for way in wanted.ways):
        return True
    return not wanted.ways.isdisjoint(medicines_in(held.split()))  # in another spelling


def _words_of(question: str) -> list[Word]:
    """Cut a question into words, "" where a clause ends; a bracket in a bracket is part of it."""
    said: list[Word] = []
    depth = bracket = 0
    piece = ""
    for character in [*question, ")"]:
        if character not in "()":
            piece += character
            continue
        for clause in CLAUSE.split(piece):
            said += [Word(text, bracket if depth else 0) for text in (*plain_words(clause), "")]
        piece = ""
        bracket += character == "(" and depth == 0
        depth = depth + 1 if character == "(" else max(0, depth - 1)
    return said


def _named(said: Sequence[Word]) -> Iterator[tuple[int, int, Wanted]]:
    """Yield where each medicine or class stands, the longest name at each place."""
    texts = [word.text for word in said]
    start = 0
    while start < len(texts):
        parts, ways = next(
            (
                (parts, ways)
                for parts, ways in _by_first_word().get(texts[start], ())
                if tuple(texts[start : start + len(parts)]) == parts
            ),
            ((texts[start],), _near(texts[start])),
        )
        if ways:
            yield start, start + len(parts), Wanted(" ".join(parts), ways)
        start += len(parts)


def _near(word: str) -> frozenset[str]:
    """Return the names of the medicine that a rare word is near to, if there is one."""
    found = [] if is_ordinary(word) else medicines_in([word])
    return frozenset(way for name in found for way in _table()[name])


def _is_background(said: Sequence[Word], start: int, end: int) -> bool:
    """True for a medicine that was taken, is missing or did the harm; never for "dose of X"."""
    dose = read_intents()["dose"].words
    after = next((w.text for w in said[end:] if w.text not in BEING), "")
    before = [word.text for word in said[max(0, start - REACH) : start]]
    while before and before[-1] in LINKS:
        before.pop()
    last = before[-1] if before else ""
    if dose.fullmatch(after) or dose.fullmatch(last):
        return False
    return after in AFTER or last in BEFORE


@cache
def _by_first_word() -> Mapping[str, list[tuple[tuple[str, ...], frozenset[str]]]]:
    table: dict[str, list[tuple[tuple[str, ...], frozenset[str]]]] = {}
    for name, ways in _table().items():
        parts = tuple(name.split())
        table.setdefault(parts[0], []).append((parts, ways))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


@cache
def _table() -> Mapping[str, frozenset[str]]:
    """Map each name of a medicine or class to every name that stands for it, in plain words."""
    known = read_drugs()
    brands: dict[str, list[str]] = {}
    for synonym in read_synonyms():
        if synonym.means.casefold() in known and not synonym.case and not synonym.near:
            brands.setdefault(known[synonym.means.casefold()], []).append(synonym.said)
    table = {
        _plain(name): frozenset(map(_plain, (*names_of(name), *brands.get(drug, ()))))
        for name, drug in known.items()
    }
    for one in read_classes():
        ways = frozenset((*one.said, *_all_names(one.members, table)))
        for form in one.said:
            table[form] = table.get(form, frozenset()) | ways
    return table


def _all_names(members: Iterable[str], table: Mapping[str, frozenset[str]]) -> Iterator[str]:
    return (way for member in members for way in table[_plain(member)])


def _plain(name: str) -> str:
    return " ".join(plain_words(name))
