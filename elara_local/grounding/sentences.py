"""One sentence, read: its facts, words and cues in order, and the clauses they stand in.

What is covered: a sentence is cut into clauses at ";", "but", "while" and the like, and where
"and", "then" or a comma is followed by the verb of a new order ("..., and refer"). A leading
condition ("In shock, ...") belongs to every clause after it.
What is not covered: clauses joined by "and" with a new subject and verb; those are one clause,
which makes the check stricter. This module does not compare anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from elara_local.grounding.drugs import take_drugs
from elara_local.grounding.items import FACTS, Item, Page
from elara_local.grounding.negation import EITHER, Cue, take_cues
from elara_local.grounding.populations import take_populations
from elara_local.grounding.quantities import Quantity, take_quantities
from elara_local.grounding.routes import take_routes
from elara_local.grounding.schedules import take_frequencies
from elara_local.grounding.wording import WORD, plain_form, read_wording

BREAK = re.compile(
    r"[,;:()./!?]|\b(?:and|or|but|because|then|plus|however|although|though|whereas|while)\b"
)
CUTS = frozenset("; . ! ? but because however although though whereas while then".split())
JOINS = frozenset(", and".split())
LEADS = re.compile(
    r"\W*(?:in|for|during|with|after|before|if|when|whenever|on|once|as|from|under|over|above|below"
    r"|at|by|to|until|unless|while|where|since|without|among|between|beyond|despite|outside|within"
    r"|because|although|though|even|provided|failing|pending)\b"
)
FINITE = re.compile(r"\b(?:is|are|was|has|have|do|does|can|may|must|should|needs?|not)\b")
# What is whole before a colon: "Aspirin causes bleeding: avoid", not "For bleeding, adult: 1 g".
TELLS = re.compile(
    r"\b(?:is|are|can|may|has|have|causes?|lowers?|raises?|reduces?|increases?|blocks?|weakens?"
    r"|strengthens?|makes?|slows?|works?|harms?|stops|accumulates?|inactivates?|prolongs?|gives|treats"
    r"|prevents?|suggests?|shows?|follows?|occurs?|starts|ends|protects?|relieves?|passes|needs)\b"
)
LOOSE_NUMBER = re.compile(r"\d")
GIVE = frozenset({"give", "recommend", "advise", "indicate"})


@dataclass(frozen=True)
class Clause:
    """A run of items that one subject and one verb hold together."""

    items: tuple[Item, ...]

    @cached_property
    def facts(self) -> tuple[Item, ...]:
        """Drugs, populations, routes, quantities, frequencies and schedules, in order."""
        return tuple(item for item in self.items if item.kind in FACTS)

    @cached_property
    def words(self) -> frozenset[str]:
        """The plain form of every word that carries meaning."""
        neutral = read_wording().neutral
        return frozenset(
            str(i.value) for i in self.items if i.kind == "word" and i.value not in neutral
        )

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """Its cues, with a negated order ("do not give") read as a prohibition."""
        return tuple(cue for cue, _ in self.cues_with_heads)

    @cached_property
    def cues_with_heads(self) -> tuple[tuple[Cue, object], ...]:
        """Every cue with the key of the first fact or word that it falls on."""
        found: list[tuple[Cue, object]] = []
        for index, item in enumerate(self.items):
            if isinstance(item.value, Cue):
                found.append(_read_cue(self.items, index, item.value))
        return tuple(found)

    def values(self, kind: str) -> frozenset[object]:
        """What its items of a kind say."""
        return frozenset(item.value for item in self.items if item.kind == kind)

    @property
    def quantities(self) -> list[Quantity]:
        """Its quantities, in order."""
        return [i.value for i in self.items if isinstance(i.value, Quantity)]


@dataclass(frozen=True)
class Parsed:
    """A sentence and what was read from it. `unread` holds digits that no reader took."""

    text: str
    items: tuple[Item, ...]
    clauses: tuple[Clause, ...]
    lead: Clause  # the leading condition, empty where there is none
    unread: bool

    @cached_property
    def whole(self) -> Clause:
        """All of it as one clause."""
        return Clause(self.items)


@lru_cache(maxsize=2048)
def parse(text: str) -> Parsed:
    """Read one sentence."""
    page = Page(text)
    take_drugs(page)
    take_frequencies(page)
    take_quantities(page)
    take_routes(page)
    take_populations(page)
    take_cues(page)
    for found in BREAK.finditer(page.text):
        page.take("break", found.group(), *found.span())
    for found in WORD.finditer(page.text):
        page.take("word", plain_form(found.group()), *found.span())
    items = tuple(sorted(page.items, key=lambda item: item.start))
    clauses = tuple(Clause(run) for run in _cut(items) if any(i.kind != "break" for i in run))
    unread = LOOSE_NUMBER.search(page.text) is not None
    return Parsed(text, items, clauses, _lead(text, items), unread)


def without_numbers(sentence: Parsed) -> str:
    """Its text with NUL in place of every quantity."""
    text = sentence.text
    for item in sentence.items:
        if item.kind == "quantity":
            text = text[: item.start] + "\x00" * (item.end - item.start) + text[item.end :]
    return text


def _cut(items: tuple[Item, ...]) -> list[tuple[Item, ...]]:
    runs: list[tuple[Item, ...]] = []
    start = 0
    for index, item in enumerate(items):
        if item.kind == "break" and (
            item.value in CUTS
            or (item.value == ":" and _is_told(items, start, index))
            or (_opens_order(items, index) and not (start and _is_condition(items[start:index])))
        ):
            runs.append(items[start:index])
            start = index
    return [*runs, items[start:]]


def _is_told(items: tuple[Item, ...], start: int, colon: int) -> bool:
    """True for a colon between two statements, of which the first can stand alone."""
    after = next((i for i in items[colon + 1 :] if i.kind != "break"), None)
    if after is None or after.kind in ("quantity", "schedule") or after.text in ("then", "first"):
        return False
    return any(TELLS.fullmatch(i.text.casefold()) for i in items[start:colon])


def _is_condition(run: tuple[Item, ...]) -> bool:
    """True for "; if urine does not increase", which belongs to the order after it."""
    first = next((i.value for i in run if i.kind != "break"), None)
    return isinstance(first, Cue) and first.family == "condition"


def _opens_order(items: tuple[Item, ...], index: int) -> bool:
    """True when a new order begins after the comma or "and" at `index`."""
    if items[index].value not in JOINS:
        return False
    following = [i for i in items[index + 1 : index + 4] if i.kind != "break"]
    if not following:
        return False
    first = following[0]
    if isinstance(first.value, Cue):
        opens = first.value.family in ("prohibition", "modality")
        return opens or first.value.label in ("do not", "not")
    return first.kind == "word" and first.value in read_wording().orders and _is_verb(first)


def _is_verb(item: Item) -> bool:
    return not item.text.casefold().endswith(("ed", "ing", "tion", "ment", "en"))


def _lead(text: str, items: tuple[Item, ...]) -> Clause:
    """The words before the first comma or colon of a sentence that opens with a condition."""
    if not LEADS.match(text.lower()):
        return _opening(text, items) or _subject(items)
    for index, item in enumerate(items):
        if item.kind == "break" and item.value in (",", ":"):
            return Clause(items[:index])
    return Clause(())


def _opening(text: str, items: tuple[Item, ...]) -> Clause | None:
    """The words before ", give" that are no sentence themselves: "Having excluded pregnancy"."""
    first = next((n for n, i in enumerate(items) if i.kind == "break"), len(items))
    words = [i.value for i in items[:first] if i.kind != "break"]
    if first == len(items) or items[first].value != "," or not _opens_order(items, first):
        return None
    finite = FINITE.search(text[: items[first].start].lower())
    return (
        None if finite or not words or words[0] in read_wording().orders else Clause(items[:first])
    )


def _subject(items: tuple[Item, ...]) -> Clause:
    """The words before the only colon, where no other clause ends before it."""
    stops = [n for n, i in enumerate(items) if i.kind == "break" and i.value in (":", *CUTS)]
    colons = [n for n in stops if items[n].value == ":"]
    return Clause(items[: stops[0]] if len(colons) == 1 and stops[0] == colons[0] else ())


def _read_cue(items: tuple[Item, ...], index: int, cue: Cue) -> tuple[Cue, object]:
    following = [i for i in items[index + 1 :] if i.kind in FACTS or i.kind == "word"]
    neutral = read_wording().neutral - {"give"}
    heads = [i for i in following if not (i.kind == "word" and i.value in neutral)]
    head = heads[0] if heads else None
    if cue.family != "negation" or cue.label not in ("do not", "not"):
        return cue, _head_key(heads)
    before = [i for i in items[:index] if i.kind != "break"]
    orders = cue.label == "do not" and (
        not before or isinstance(items[index - 1].value, str) and items[index - 1].kind == "break"
    )
    if orders or (head is not None and head.kind == "word" and head.value in GIVE):
        return Cue("prohibition", "do not", EITHER), None
    return cue, _head_key(heads)


def _head_key(heads: list[Item]) -> object:
    kept = [i for i in heads if i.value != "give"]
    return kept[0].key if kept else None
