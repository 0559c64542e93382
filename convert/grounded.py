"""Grounded training examples, made by script from the handbook's topics and medicine cards.

A question, one to five numbered passages as run time would bring them, and an answer that copies
the right sentences with their marks; or "not in the sources", where what stands near is about
something else; or both sides where guidelines differ. Each passes the check of a drafted answer
or is left out and counted. Held out are whole documents: what answers a held-out example is never
trained on, nor stands as a distractor beside a trained one. What is not covered: questions
that need two documents joined, reasoning, other languages than English, a question that a second
passage answers in quite other words. It knows no tokenizer and no model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from random import Random

from convert.dialogues import MOST_PASSAGES, Example, find_faults, is_held_out, read_passages
from convert.questions import (
    Wish,
    phrase,
    read_conflicts,
    read_dose_wishes,
    read_heading_wishes,
    read_topic_wishes,
    read_untold,
    sentences_of,
)
from convert.shelf import Shelf, open_shelf
from elara_local.briefing import brief
from elara_local.cards import LEAFLET, read_cards
from elara_local.prompts import silence
from elara_local.records import Evidence, Passage
from elara_local.roles import ROLE_IDS, read_roles
from index.leaflets import MEDICINES

FILE = "grounded"
SILENT, DIFFER = "not in the sources", "conflict"
# How often each kind is drawn, in hundredths; "silence" asks for something of the others.
SHARES = {"form": 31, "heading": 14, "dose": 26, "card": 7, "silence": 17, "differ": 5}
SILENCES = {"dose": 35, "form": 30, "heading": 8, "card": 7, "untold": 20}
OTHERS = (0, 1, 2, 2, 3, 3, 4)  # passages beside those that answer
ALONE = (1, 2, 2, 3, 4, 4)  # passages where none answers
JOINS = ("And: ", "Also, ", "And also: ", "Second question: ", "")
ROOM = (100, 140, 160, 180)  # words of all passages; run time gives at most briefing.BUDGET
NEAREST, DRAWN = 30, 12  # passages that are looked at, and those that are drawn from
SAME = 0.7  # a passage with this share of an answer's words says the same: no distractor
KIN = 0.5  # ... and may say it where the sources are to be silent
ANSWERS = 0.7  # share of a question's words from which a sentence may answer it
PAIRED = 0.15  # of the questions on single sentences ask two things at once
TRIES = 60  # wishes for one example


@dataclass(frozen=True)
class Made:
    """The examples, and how many were left out for which reason."""

    examples: tuple[Example, ...]
    left_out: Counter[str]


def make_examples(handbook: Path, seed: int, count: int) -> list[Example]:
    """Return `count` examples, the roles in turn; the same arguments give the same examples."""
    return list(make(handbook, seed, count).examples)


def make(handbook: Path, seed: int, count: int) -> Made:
    """Make `count` examples. The first n are the same for every count of n or more.

    Raises:
        Missing, WrongFile: the handbook or the committed index is not there or not whole.
    """
    made: list[Example] = []
    left_out: Counter[str] = Counter()
    asked: set[tuple[str, str]] = set()
    with open_shelf(read_passages(handbook)) as shelf:
        pools = read_pools(handbook, shelf)
        for number in range(count):
            role, chance = ROLE_IDS[number % len(ROLE_IDS)], Random(f"{seed} {number}")
            kind = draw(SHARES, chance)
            for _ in range(TRIES):
                found = _attempt(kind, role, pools, shelf, chance)
                if isinstance(found, Example) and (found.question.casefold(), role) not in asked:
                    asked.add((found.question.casefold(), role))
                    made.append(found)
                    break
                left_out[found if isinstance(found, str) else "it was asked already"] += 1
    return Made(tuple(made), left_out)


Pools = dict[str, dict[str, list[Wish]]]


def read_pools(handbook: Path, shelf: Shelf) -> Pools:
    """Return every wish of a handbook by kind and frame."""
    cards = {LEAFLET + card.id: card for card in read_cards(handbook / MEDICINES)}
    pools: Pools = {kind: {} for kind in {**SHARES, **SILENCES} if kind != "silence"}
    for document, passages in shelf.passages.items():
        found = [("heading", w) for w in read_heading_wishes(passages)]
        found += [("untold", w) for w in read_untold(passages)]
        if document in cards:
            found = [("card" if kind == "heading" else kind, w) for kind, w in found]
            found += [("dose", w) for w in read_dose_wishes(cards[document], passages)]
        else:
            found += [("form", w) for w in read_topic_wishes(passages)]
            found += [("differ", w) for w in read_conflicts(passages)]
        for kind, wish in found:
            pools[kind].setdefault(wish.frame, []).append(wish)
    return pools


def draw(shares: dict[str, int], chance: Random) -> str:
    """Draw a kind by its share."""
    return chance.choices(list(shares), list(shares.values()))[0]


def _attempt(kind: str, role: str, pools: Pools, shelf: Shelf, chance: Random) -> Example | str:
    """Return an example, or why this wish gives none."""
    silent = kind == "silence"
    frames = pools[draw(SILENCES, chance) if silent else kind]
    if not frames:
        return "the handbook holds nothing of the kind"
    wish = chance.choice(frames[chance.choice(list(frames))])
    question = phrase(wish, role, chance)
    if kind == "form" and chance.random() < PAIRED:
        wish, question = _pair(wish, question, frames, role, chance)
    most = min(read_roles()[role].depth, MOST_PASSAGES)
    near = list(_near(wish, question, shelf, silent))[:DRAWN]
    homes = [] if silent else list(wish.homes)
    wanted = min(chance.choice(ALONE if silent else OTHERS), most - len(homes))
    if len(homes) > most or (silent and not near):
        return "its passages are too many" if homes else "nothing near is about something else"
    others = chance.sample(near, min(wanted, len(near)))
    evidence = _arrange(homes, others, question, most, chance)
    if silent:
        said: str | None = silence()
    elif _is_rivalled(wish, question, evidence, shelf):
        return "another sentence answers as well"
    else:
        said = _copy(wish.answers, evidence)
    if said is None:
        return "the answer is not for this patient or was cut off"
    name = SILENT if silent else DIFFER if kind == "differ" else "answer"
    example = Example(FILE, wish.document, role, name, question, tuple(evidence), said)
    fault = next(find_faults(example), "")
    return "it fails the check of a drafted answer" if fault else example


def _pair(
    wish: Wish, question: str, frames: dict[str, list[Wish]], role: str, chance: Random
) -> tuple[Wish, str]:
    """Ask for something else of the same topic as well, where another passage tells it."""
    beside = [
        other
        for wishes in frames.values()
        for other in wishes
        if other.document == wish.document and other.homes != wish.homes
    ]
    if not beside:
        return wish, question
    other = chance.choice(beside)
    both = replace(wish, answers=(*wish.answers, *other.answers), homes=(*wish.homes, *other.homes))
    return both, f"{question} {chance.choice(JOINS)}{phrase(other, role, chance)}"


def _near(wish: Wish, question: str, shelf: Shelf, silent: bool) -> Iterator[Passage]:
    """Yield what a search finds beside the answer and what is none itself."""
    asked = shelf.terms(question)
    told = [shelf.terms(answer) for answer in wish.answers]
    places = {(home.document, home.section) for home in wish.homes}
    whole = wish.frame.startswith(("heading", "card"))
    for passage in shelf.near(f"{question} {' '.join(wish.gaps.values())}", NEAREST):
        if is_held_out(passage.document) and not is_held_out(wish.document):
            continue
        if whole and (passage.document, passage.section) in places:
            continue
        if passage in wish.homes and wish.frame != "untold":
            continue
        sentences = sentences_of(passage)
        alike = max((shelf.share(t, s) for t in told for s in sentences), default=0.0)
        held = max(shelf.share(asked, f"{passage.title}. {s}") for s in sentences)
        full = 1.0 if wish.frame == "untold" else ANSWERS
        if alike < (KIN if silent else SAME) and (not silent or held < full):
            yield passage


def _arrange(
    homes: Sequence[Passage],
    others: Sequence[Passage],
    question: str,
    most: int,
    chance: Random,
) -> list[Evidence]:
    """Return the passages in any order, cut as run time cuts them for a writer."""
    room = chance.choice(ROOM) - sum(len(home.text.split()) for home in homes)
    chosen = list(homes)
    for passage in others:
        room -= len(passage.text.split())
        if room >= 0 or not chosen:
            chosen.append(passage)
    chance.shuffle(chosen)
    given = [
        Evidence(f"s{n}", p.text, p.title, p.section, p.populations, p.start)
        for n, p in enumerate(chosen, 1)
    ]
    return brief(given, question, most)


def _is_rivalled(wish: Wish, question: str, evidence: Sequence[Evidence], shelf: Shelf) -> bool:
    """True when a sentence that is no answer holds as much of the question as the best one."""
    if wish.frame.startswith(("heading", "card", "differ")):
        return False
    asked = shelf.terms(question)
    told = [(item.title, line) for item in evidence for line in _lines(item)]
    best = max((shelf.share(asked, f"{t}. {s}") for t, s in told if s in wish.answers), default=0)
    return any(shelf.share(asked, f"{t}. {s}") >= best for t, s in told if s not in wish.answers)


def _copy(answers: Sequence[str], evidence: Sequence[Evidence]) -> str | None:
    """Return the answers with their marks; None where a passage no longer holds one."""
    said = []
    for answer in answers:
        place = next((n for n, item in enumerate(evidence, 1) if answer in item.text), None)
        if place is None:
            return None
        said.append(f"{answer} [{place}]")
    return " ".join(said)


@lru_cache(maxsize=4096)
def _lines(item: Evidence) -> tuple[str, ...]:
    return tuple(line for line in item.text.split("\n") if line)
