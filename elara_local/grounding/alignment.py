"""Which sentence of a source a claim rests on, and what it says that the source does not.

What is covered: every word that carries meaning, every drug, group, route, number, frequency
and schedule of the claim must be in one source sentence (title and heading may supply the
subject and the group); the clauses it draws on must agree in negation, modality and
conditions; of these clauses nothing may be left out (loss.py), and their words stand
together as in the source (arrangement.py).
What is not covered: facts that need two sentences with numbers, or arithmetic, or inference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from elara_local.grounding.arrangement import arrangement_faults
from elara_local.grounding.attachment import attachment_faults
from elara_local.grounding.equality import same_quantity
from elara_local.grounding.items import Item
from elara_local.grounding.loss import loss_faults, repeat_faults, rest_faults
from elara_local.grounding.manner import manner_faults
from elara_local.grounding.naming import class_of_difference, class_of_item, class_of_word
from elara_local.grounding.order import order_faults
from elara_local.grounding.polarity import condition_faults, polarity_faults, statement_faults
from elara_local.grounding.populations import populations_in
from elara_local.grounding.quantities import Quantity
from elara_local.grounding.rewording import reworded
from elara_local.grounding.sentences import Clause, Parsed, parse
from elara_local.records import Evidence


@dataclass(frozen=True)
class Context:
    """What the title and headings of a passage supply: the subject and for whom."""

    words: frozenset[str]
    drugs: frozenset[object]
    populations: frozenset[object]  # of the nearest heading that names any
    limits: tuple[Quantity, ...]

    @property
    def names(self) -> frozenset[str]:
        """Its words and groups together."""
        return self.words | frozenset(map(str, self.populations))


def context_of(evidence: Evidence) -> Context:
    """Read the title and the heading path; the nearest heading wins for the group."""
    headings = [evidence.title, *(part.strip() for part in evidence.section.split("›"))]
    read = [parse(reworded(heading)) for heading in headings if heading]
    groups: frozenset[object] = frozenset()
    if len(evidence.populations) == 1:
        groups = frozenset(populations_in(evidence.populations[0]))
    for sentence in read:
        groups = sentence.whole.values("population") or groups
    limits = [q for sentence in read[-1:] for q in sentence.whole.quantities if q.is_limit]
    words = frozenset(word for sentence in read for word in sentence.whole.words)
    drugs = frozenset(drug for sentence in read for drug in sentence.whole.values("drug"))
    return Context(words, drugs, groups, tuple(limits))


def support_faults(claim: Parsed, source: Parsed, context: Context) -> list[str]:
    """Why the source sentence does not support the claim, in plain words; empty if it does."""
    faults: list[str] = []
    parts: list[list[Clause]] = []
    used: dict[int, Item] = {item.start: item for item in source.lead.items}
    for clause in claim.clauses:
        drawn, missing = _draw(clause, source, context)
        faults += [
            f"{class_of_word(word)}: '{word}' is not in the source sentence" for word in missing
        ]
        bare = not drawn and clause.cues  # "and should be used": of which clause is not said
        faults += polarity_faults(clause, source.clauses if bare else drawn)
        faults += _fact_faults(clause, _joined(drawn, source.lead), claim, source, context)
        parts.append(drawn)
        used |= {item.start: item for part in drawn for item in part.items}
    base = Clause(tuple(used[start] for start in sorted(used)))
    kept = [any(clause in part for part in parts) for clause in source.clauses]
    faults += rest_faults(claim.whole, base, source, kept)
    faults += condition_faults(claim.whole, base)
    faults += statement_faults(claim.text, source.text)
    faults += loss_faults(claim.whole, base, context.words)
    faults += repeat_faults(claim.whole, source.whole, context.names)
    faults += attachment_faults(claim, source)
    faults += order_faults(claim, source)
    faults += arrangement_faults(claim.whole, base)
    faults += manner_faults(claim.whole, base)
    return list(dict.fromkeys(faults))


def share_found(claim: Parsed, source: Parsed, context: Context) -> float:
    """The share in [0, 1] of the claim's words and facts that source or headings hold."""
    wanted = _keys(claim.whole)
    theirs = _keys(source.whole) | {("word", word) for word in context.words}
    theirs |= {("drug", drug) for drug in context.drugs}
    return _weight(wanted & theirs) / _weight(wanted) if wanted else 1.0


def _draw(clause: Clause, source: Parsed, context: Context) -> tuple[list[Clause], list[str]]:
    """The fewest source clauses that hold the claim's words and facts, and words not found."""
    wanted = _keys(clause)
    supplied = {("word", w) for w in context.words} | _keys(source.lead)
    drawn: list[Clause] = []
    left = set(wanted)
    for _ in source.clauses:
        best = max(source.clauses, key=lambda c: _fit(left, c), default=None)
        if best is None or not left & _keys(best) or best in drawn:
            break
        drawn.append(best)
        left -= _keys(best)
    return drawn, sorted(str(value) for kind, value in left - supplied if kind == "word")


def _fit(wanted: set[tuple[str, object]], clause: Clause) -> tuple[int, int]:
    """Most of what is wanted first, then least beside it."""
    keys = _keys(clause)
    return _weight(wanted & keys), -len(keys)


def _keys(clause: Clause) -> set[tuple[str, object]]:
    keys: set[tuple[str, object]] = {("word", word) for word in clause.words}
    for item in clause.facts:
        value = item.value
        exact = (value.low, value.high) if isinstance(value, Quantity) else value
        keys.add((item.kind, exact))
    return keys


def _weight(keys: set[tuple[str, object]]) -> int:
    return sum(1 if kind == "word" else 3 for kind, _ in keys)


def _joined(clauses: Sequence[Clause], lead: Clause) -> Clause:
    items = {item.start: item for clause in (lead, *clauses) for item in clause.items}
    return Clause(tuple(items[start] for start in sorted(items)))


def _fact_faults(
    clause: Clause, base: Clause, claim: Parsed, source: Parsed, context: Context
) -> list[str]:
    faults = _drug_faults(clause, base, claim, source, context)
    faults += _population_faults(clause, base, claim, source, context)
    for kind in ("route", "frequency", "schedule"):
        for item in clause.items:
            if item.kind == kind and item.value not in base.values(kind):
                faults.append(f"{class_of_item(item)}: '{item.text}' is not what the source says")
    frequent = _says_how_often(claim) and _says_how_often(source)
    for item in clause.items:
        quantity = item.value
        if not isinstance(quantity, Quantity):
            continue
        theirs = base.quantities
        if quantity.is_limit and not any(q.is_limit for q in source.whole.quantities):
            theirs = [*theirs, *context.limits]
        if not any(same_quantity(quantity, other, frequent=frequent) for other in theirs):
            differs = class_of_difference(item, base.items)
            faults.append(f"{differs}: '{item.text}' is not what the source says")
    return faults


def _says_how_often(sentence: Parsed) -> bool:
    return bool(sentence.whole.values("frequency") or sentence.whole.values("schedule"))


def _drug_faults(
    clause: Clause, base: Clause, claim: Parsed, source: Parsed, context: Context
) -> list[str]:
    ours, theirs = clause.values("drug"), base.values("drug")
    everywhere = source.whole.values("drug")
    if not theirs:
        theirs = everywhere if len(everywhere) == 1 else frozenset()
        theirs = theirs or (context.drugs if not everywhere else frozenset())
    faults = [
        f"drug: {drug} is not in the source sentence" for drug in sorted(map(str, ours - theirs))
    ]
    lost = base.values("drug") - claim.whole.values("drug")
    return faults + [f"drug: the source also names {drug}" for drug in sorted(map(str, lost))]


def _population_faults(
    clause: Clause, base: Clause, claim: Parsed, source: Parsed, context: Context
) -> list[str]:
    ours, theirs = clause.values("population"), base.values("population")
    if not source.whole.values("population"):
        theirs = context.populations
    faults = [
        f"population: {group} is not whom the source means"
        for group in sorted(map(str, ours - theirs))
    ]
    told = Counter(item.value for item in claim.items if item.kind == "population")
    lost = Counter(item.value for item in base.items if item.kind == "population") - told
    return faults + [f"population: the source says {group}" for group in sorted(map(str, lost))]
