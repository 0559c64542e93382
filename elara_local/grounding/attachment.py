"""Does every fact stand with the same neighbours in the claim as in the source?

"Children 15 mg/kg, adults 1 g" holds the same facts as "Adults 15 mg/kg, children 1 g".
For each kind of fact the sentence is cut into windows, one around each fact of that kind;
a fact of the claim must not take its neighbours from the window of another fact.
What is covered: swapped doses, frequencies, routes, durations, drugs and groups within one
sentence; "respectively" is always refused. What is not covered: facts of one kind that are
listed side by side share their neighbours ("adults and children: 5 mg").
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from elara_local.grounding.equality import same_quantity
from elara_local.grounding.items import FACTS, Item
from elara_local.grounding.naming import class_of_item
from elara_local.grounding.quantities import Quantity
from elara_local.grounding.sentences import Parsed
from elara_local.grounding.wording import read_wording

DELIMITERS = frozenset(", ; : ( ) and or but then plus".split())


@dataclass(frozen=True)
class Window:
    """The facts of one kind that stand together, and what stands around them."""

    facts: tuple[Item, ...]
    around: frozenset[tuple[str, Hashable]]  # (group, value)

    def of(self, group: str) -> frozenset[Hashable]:
        """The neighbours of one group."""
        return frozenset(value for name, value in self.around if name == group)


def attachment_faults(claim: Parsed, source: Parsed) -> list[str]:
    """Facts of the claim that stand with the wrong neighbours, in plain words."""
    if "respectiv" in {str(v) for v in source.whole.words} or "respective" in source.text.lower():
        return ["order: the source lists facts 'respectively'; read it there"]
    faults: list[str] = []
    for group in sorted({_group(item) for item in claim.items} - {""}):
        theirs = _windows(source, group)
        if len({fact.key for window in theirs for fact in window.facts}) < 2 or len(theirs) < 2:
            continue  # one fact of its kind can't be taken for another
        for window in _windows(claim, group):
            for fact in window.facts:
                if not _fits(fact, window, theirs):
                    name = class_of_item(fact, "order")
                    faults.append(f"{name}: '{fact.text}' belongs to something else there")
    return faults


def _group(item: Item) -> str:
    """Facts that can be mistaken for one another; "" for what is no fact."""
    value = item.value
    if item.kind == "word":
        return "degree" if value in read_wording().narrowing else ""
    if not isinstance(value, Quantity):
        return {"population": "for whom", "break": "", "cue": ""}.get(item.kind, item.kind)
    if value.is_limit:
        return "for whom"
    if value.is_dose:
        return "maximum" if value.is_maximum else "dose"
    return value.dimension or "number"


def _windows(sentence: Parsed, group: str) -> list[Window]:
    """Cut the sentence into one window for each fact of a group (neighbours in a list share)."""
    items = sentence.items
    places = [n for n, item in enumerate(items) if _group(item) == group]
    runs: list[list[int]] = []
    for place in places:
        if runs and _side_by_side(items, runs[-1][-1], place):
            runs[-1].append(place)
        else:
            runs.append([place])
    edges = [
        0,
        *(_edge(items, a[-1], b[0]) for a, b in zip(runs, runs[1:], strict=False)),
        len(items),
    ]
    return [
        Window(tuple(items[n] for n in run), _neighbours(items[edges[i] : edges[i + 1]], group))
        for i, run in enumerate(runs)
    ]


def _side_by_side(items: Sequence[Item], first: int, second: int) -> bool:
    between = items[first + 1 : second]
    neutral = read_wording().neutral
    return all(
        (i.kind == "break" and i.value not in (";", ".", ":")) or i.value in neutral
        for i in between
    )


def _edge(items: Sequence[Item], first: int, second: int) -> int:
    """Where the window of the fact at `first` ends and that of `second` begins."""
    places = range(first + 1, second)
    strong = [n for n in places if items[n].value in (";", ".")]
    if strong:
        return strong[-1]
    breaks = [n for n in places if items[n].kind == "break" and items[n].value in DELIMITERS]
    meaning = [n for n in places if items[n].kind not in ("break", "cue")]
    if breaks:
        last_words = [n for n in meaning if n > breaks[-1]]
        return breaks[-1] if last_words or not meaning or meaning[-1] < breaks[0] else breaks[0]
    named = [n for n in meaning if _group(items[n]) in ("drug", "for whom") and n >= second - 3]
    return named[0] if named else second


def _neighbours(items: Sequence[Item], group: str) -> frozenset[tuple[str, Hashable]]:
    neutral = read_wording().neutral
    found: set[tuple[str, Hashable]] = set()
    for item in items:
        if item.kind == "word" and item.value not in neutral and _group(item) != group:
            found.add(("word", item.value))
        elif item.kind in FACTS and _group(item) != group:
            found.add((_group(item), item.value))
    return frozenset(found)


def _fits(fact: Item, window: Window, theirs: list[Window]) -> bool:
    """True when some equal fact of the source has neighbours that allow those of the claim."""
    own = [n for n, w in enumerate(theirs) if any(_equal(fact, other) for other in w.facts)]
    return any(_allows(window, theirs, n) for n in own)


def _equal(ours: Item, theirs: Item) -> bool:
    if isinstance(ours.value, Quantity) and isinstance(theirs.value, Quantity):
        return same_quantity(ours.value, theirs.value, frequent=True)
    return ours.key == theirs.key


def _allows(ours: Window, theirs: list[Window], place: int) -> bool:
    own = theirs[place]
    groups = {name for name, _ in ours.around} - {"word"}
    return all(_group_allows(ours, theirs, place, group) for group in groups) and _words_allow(
        ours, own, [w for n, w in enumerate(theirs) if n != place]
    )


def _group_allows(ours: Window, theirs: list[Window], place: int, group: str) -> bool:
    """Neighbours must be its own, or those of the nearest earlier window where it has none."""
    own = theirs[place].of(group)
    if not own:
        earlier = [w.of(group) for w in reversed(theirs[:place]) if w.of(group)]
        own = earlier[0] if earlier else frozenset()
    everywhere = frozenset(value for w in theirs for value in w.of(group))
    return all(
        any(_same(value, mine) for mine in own) or not any(_same(value, v) for v in everywhere)
        for value in ours.of(group)
    )


def _same(ours: Hashable, theirs: Hashable) -> bool:
    if isinstance(ours, Quantity) and isinstance(theirs, Quantity):
        return same_quantity(ours, theirs, frequent=True)
    return ours == theirs


def _words_allow(ours: Window, own: Window, others: list[Window]) -> bool:
    """Words of another window may stand here only beside words that are this window's alone."""
    foreign = frozenset(v for w in others for v in w.of("word")) - own.of("word")
    particular = own.of("word") - frozenset(v for w in others for v in w.of("word"))
    words = ours.of("word")
    return not (words & foreign) or not particular or bool(words & particular)
