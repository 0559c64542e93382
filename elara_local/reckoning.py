"""From a question and what was found for it to lines that code has worked out.

The one place where a dose sentence that is shown meets its medicine card and the patient. What
is covered: a dose of a card by weight, what it is of a real formulation, a card's own sentence
before the dose of somebody to whom it is forbidden, and the one fact that is missing. A worked
line cites the passage that holds the dose sentence of the card word for word; where none does,
there is no line. Only the sentences of cards are worked from: a topic's "3 mg/kg" is quoted and
no more. A weight is never guessed from an age. Calculators come in by sums.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from elara_local.aspects import drop_aspects
from elara_local.cards import (
    LEAFLET,
    Card,
    Dose,
    dose_sentence,
    form_sentence,
    is_stored,
    read_stored,
)
from elara_local.clinical.choosing import Choice, age_in_days, choose, step_in
from elara_local.clinical.dosing import Body, Unworked, Worked, work_out
from elara_local.clinical.formulations import measure, pump_rate, stated_concentration
from elara_local.clinical.needs import find_forbidding, say_implausible, say_lack
from elara_local.clinical.renal_dosing import NORMAL, adjustment_of, band_of, read_clearance
from elara_local.clinical.rounding import say_range
from elara_local.engines.chat.cautions import find_allergy, find_cautions
from elara_local.engines.chat.indications import count_apart, read_purpose
from elara_local.errors import ElaraError
from elara_local.medicines import is_named, routes_in
from elara_local.patient import fits, weights_in
from elara_local.presence import Wanted, read_asked, read_wanted
from elara_local.records import WORKED, Passage, Sentence, Source
from elara_local.turn import Turn

SUPPLIED = 3  # dose sentences put in where a draft quotes none that can be worked from
CHECK = "check it with a health worker before anything is given"

Find = Callable[[str, str], Passage | None]  # document, words -> the passage that holds them


@dataclass(frozen=True)
class Basis:
    """A dose of a card, and the source that holds its sentence."""

    card: Card
    dose: Dose
    source: str


def warn(turn: Turn, find: Find) -> Iterator[Sentence]:
    """Yield what the cards of the medicines asked for warn of that the question states.

    Where such a warning keeps the medicine from the person, no dose is worked out.
    """
    try:
        for card in _cards_named(turn):
            for caution in find_cautions(card, turn.read, turn.patient):
                yield from _quote(turn, card, caution.text, find)
                if caution.bars and card.id not in turn.barred:
                    turn.barred.add(card.id)
                    _note(turn, f"No dose of {card.name} was worked out. {caution.text}")
            if told := find_allergy(card, turn.read):
                turn.barred.add(card.id)
                _note(turn, f"An allergy to {told} is told, and {card.name} is of it.")
    except ElaraError as error:
        _give_up(turn, error)


def surround(turn: Turn, sentence: Sentence, find: Find) -> Iterator[Sentence]:
    """Yield a sentence that may be shown, with what must stand before it and right after it.

    A card that can't be read is told in a note; the sentence is shown all the same.
    """
    basis: Basis | None = None
    told = ""
    try:
        basis = _basis_of(turn, sentence)
        if basis is not None:
            body = _body_of(turn)
            told = find_forbidding(basis.card, basis.dose, turn.patient, body) or ""
        if basis is not None and told:
            _note(turn, f"No dose of {basis.card.name} was worked out. {told}")
            yield from _quote(turn, basis.card, told, find)
    except ElaraError as error:
        basis = None
        _give_up(turn, error)
    yield sentence
    try:
        if basis is not None and not told:
            yield from _follow(turn, basis, find)
    except ElaraError as error:
        _give_up(turn, error)


def _give_up(turn: Turn, error: ElaraError) -> None:
    _note(turn, f"Nothing was worked out: {error}")


def supply(turn: Turn, find: Find) -> Iterator[Sentence]:
    """Yield the dose sentences of the cards found, of the medicines asked for, with their lines.

    Only where the weight is known and no line was worked out for that card yet: a draft in other
    words, or one that quotes a topic. Says which fact is missing, or that no dose is for such a
    person.
    """
    body = _body_of(turn)
    shown = {sentence.text for sentence in turn.sentences}
    for card in _cards_asked(turn):
        if card.id in turn.worked or card.id in turn.barred or say_implausible(turn.patient, body):
            continue
        choice = _choose(turn, card, body)
        if not choice.fitting:
            if body.weight is not None or turn.patient.groups:
                turn.lacks = True
                _note(turn, f"The medicine card of {card.name} gives no dose for this person.")
            continue
        if choice.lacks:
            _note_lack(turn, card, choice)
        for dose in choice.doses[:SUPPLIED]:
            text = dose_sentence(card, dose)
            source = _holder(turn, card, text) if text not in shown else ""
            if source and isinstance(work_out(dose, body), Worked):
                yield from surround(turn, Sentence(text, (source,), "quoted"), find)


def _basis_of(turn: Turn, sentence: Sentence) -> Basis | None:
    """Return the dose whose sentence this is, word for word, in a source that holds it."""
    if sentence.support != "quoted":
        return None
    for source in turn.sources:
        if source.id in sentence.citations and _is_card(source):
            card = read_stored(source.document)
            said = " ".join(sentence.text.split())
            dose = next((d for d in card.doses if dose_sentence(card, d) == said), None)
            if dose is not None and said in _plain(source):
                return Basis(card, dose, source.id)
            if source.section.startswith("Dose for") and _body_of(turn).weight is not None:
                _note(
                    turn,
                    f"A dose of {card.name} is not word for word on its medicine card: it was "
                    "not worked out.",
                )
    return None


def _follow(turn: Turn, basis: Basis, find: Find) -> Iterator[Sentence]:
    """Yield what is worked out from a dose, in the order in which it is read.

    Nothing of a medicine that its card keeps from the person, or beside the medicine asked for.
    """
    if basis.card.id in turn.barred or (_wanted(turn) and not _is_asked(turn, basis.card)):
        return
    body = _body_of(turn)
    if implausible := say_implausible(turn.patient, body):
        _note(turn, implausible)
        return
    choice = _choose(turn, basis.card, body)
    if basis.dose not in choice.doses:
        if choice.lacks and _is_asked(turn, basis.card):
            _note_lack(turn, basis.card, choice)
        return
    worked = work_out(basis.dose, body)
    if isinstance(worked, Unworked):
        if worked.lacks and _is_asked(turn, basis.card):
            _note(turn, say_lack(worked.lacks, basis.card.name, turn.read, ()))
        return
    turn.worked.append(basis.card.id)
    kidney = list(_say_kidney(turn, basis, body))
    end = [*worked.remarks, *kidney, *([CHECK] if turn.role.id == "patient" else [])]
    yield _line("; ".join([f"{worked.line}, by code", *end]), basis.source)
    yield from _measured(turn, basis, worked, find)
    statement = adjustment_of(basis.card)
    if statement and body.clearance is not None and body.clearance < NORMAL:
        yield from _quote(turn, basis.card, statement.text, find)


def _measured(turn: Turn, basis: Basis, worked: Worked, find: Find) -> Iterator[Sentence]:
    """Yield the dose as millilitres or tablets of forms that the index holds, and as a rate."""
    amount = f"{say_range(worked.low, worked.high)} {worked.unit}"
    strength = stated_concentration(turn.read)
    for made in measure(basis.card, worked, strength):
        told = form_sentence(basis.card, made.form)
        source = _holder(turn, basis.card, told) or _fetch(turn, basis.card, told, find)
        if source:
            joint = " " if made.text.startswith("=") else ": "
            yield _line(f"{amount}{joint}{made.text}, by code", basis.source, source)
    if strength and (rate := pump_rate(worked, strength)):
        yield _line(f"{amount} per {worked.per} = {rate}, as stated, by code", basis.source)


def _say_kidney(turn: Turn, basis: Basis, body: Body) -> Iterator[str]:
    statement = adjustment_of(basis.card)
    if band_of(basis.dose) is not None and body.clearance is not None:
        yield f"for a clearance of {say_range(body.clearance, body.clearance)} mL/min"
    elif statement is None or not fits(turn.patient, statement.text):
        return
    elif body.clearance is None:
        yield "kidney function not given: the card lists an adjustment"
    elif body.clearance < NORMAL:
        yield "before the change for the kidney that the card lists"


def _choose(turn: Turn, card: Card, body: Body) -> Choice:
    asked = read_purpose(drop_aspects(turn.read), (card.name, *card.other_names))
    how = routes_in(turn.read), lambda d: count_apart(asked, d.indication), step_in(turn.read)
    return choose(card, turn.patient, body, *how)


def _body_of(turn: Turn) -> Body:
    """Return what the question says of the body; no weight where it says several."""
    stated = weights_in(turn.english)
    if len(set(stated)) > 1:
        _note(turn, "The question gives several weights: ask about one person at a time.")
    weight = Fraction(str(stated[0])) if len(set(stated)) == 1 else None
    age = age_in_days(turn.patient.age_months)
    return Body(weight, age, turn.patient.groups, read_clearance(turn.english))


def _cards_asked(turn: Turn) -> Iterator[Card]:
    """Yield the card of each medicine asked for that a passage found is of."""
    documents = dict.fromkeys(s.document for s in turn.sources if _is_card(s))
    yield from (card for card in map(read_stored, documents) if _is_asked(turn, card))


def _cards_named(turn: Turn) -> list[Card]:
    """Return the cards of the medicines asked for, found or not."""
    ways = {way.replace(" ", "-") for wanted in _wanted(turn) for way in wanted.ways}
    cards = [read_stored(LEAFLET + way) for way in sorted(ways) if is_stored(way)]
    return [card for card in cards if _is_asked(turn, card)]


def _is_asked(turn: Turn, card: Card) -> bool:
    names = {name.casefold() for name in (card.name, *card.other_names)}
    wanted = any(names & wanted.ways for wanted in _wanted(turn))
    names |= {name.casefold() for told in card.names.values() for name in told}
    return wanted and is_named(turn.read, sorted(names))


def _wanted(turn: Turn) -> list[Wanted]:
    """Return the medicines whose dose is asked for; a medicine and a weight ask for one too."""
    asked = read_asked(turn.english, turn.read)
    return asked or (read_wanted(turn.read) if weights_in(turn.english) else [])


def _quote(turn: Turn, card: Card, told: str, find: Find) -> list[Sentence]:
    """Return a sentence of a card as a quote, none where it is shown or the index lacks it."""
    if any(sentence.text == told for sentence in turn.sentences):
        return []
    source = _holder(turn, card, told) or _fetch(turn, card, told, find)
    return [Sentence(told, (source,), "quoted")] if source else []


def _holder(turn: Turn, card: Card, told: str) -> str:
    """Return the source of a card that holds a sentence, "" where none does."""
    mine = (s for s in turn.sources if s.document == LEAFLET + card.id and _is_card(s))
    return next((s.id for s in mine if told in _plain(s)), "")


def _fetch(turn: Turn, card: Card, told: str, find: Find) -> str:
    """Take the passage of the index that holds a card's sentence among the sources."""
    passage = find(LEAFLET + card.id, told)
    return turn.cite(passage, told) if passage is not None else ""


def _is_card(source: Source) -> bool:
    return source.document.startswith(LEAFLET) and source.shelf in ("", "handbook")


def _plain(source: Source) -> str:
    return " ".join(source.context.split())


def _line(text: str, *sources: str) -> Sentence:
    return Sentence(f"{text}.", tuple(dict.fromkeys(sources)), "supported", (WORKED,))


def _note_lack(turn: Turn, card: Card, choice: Choice) -> None:
    turn.lacks = turn.lacks or turn.patient.weight_kg is not None
    if any(isinstance(work_out(d, Body(Fraction(1))), Worked) for d in choice.rivals):
        _note(turn, say_lack(choice.lacks, card.name, turn.read, choice.among))


def _note(turn: Turn, text: str) -> None:
    if text not in turn.notes:
        turn.notes.append(text)


def find_words(passages: Sequence[Passage], document: str, words: str) -> Passage | None:
    """Return the passage of a document that holds these words, whatever the white space."""
    mine = (p for p in passages if p.document == document and p.shelf in ("", "handbook"))
    return next((p for p in mine if words in " ".join(p.text.split())), None)
