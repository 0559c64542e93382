"""The sentences of passages that may be quoted at all, each with what it is not understood without.

A sentence for another patient, one that can't be read alone, and one on another medicine are
no candidates. Which of them answer is the business of quoting.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from elara_local.cards import CARD
from elara_local.classes import members_in
from elara_local.common_words import topic_words
from elara_local.grounding.alone import needed_headings
from elara_local.grounding.source import plain, units_of
from elara_local.intent import read_intent
from elara_local.medicines import gives_another, is_named, medicines_in, names_another
from elara_local.patient import fits, fits_headings, names, read_patient
from elara_local.records import Evidence
from elara_local.text import sentence_spans, words

MIN_WORDS = 4


@dataclass(frozen=True)
class Candidate:
    """One sentence of the evidence; `place` is (passage number from 0, sentence number).

    `lead` opens the paragraph of a sentence that says nothing without it; `start` is the
    offset in the document; `headings` are those it is not understood without.
    """

    place: tuple[int, int]
    text: str
    evidence: Evidence
    start: int = 0
    lead: Candidate | None = None
    headings: str = ""

    @property
    def told(self) -> str:
        """The sentence with the headings it needs."""
        return f"{self.headings}: {self.text}" if self.headings else self.text

    @property
    def named(self) -> str:
        """The sentence with all headings above it: where a medicine may be named."""
        return f"{self.evidence.section}. {self.told}"

    @property
    def is_card(self) -> bool:
        """True for a sentence of a medicine card."""
        return self.evidence.title.endswith(CARD)


def read_candidates(evidence: Sequence[Evidence], question: str) -> list[Candidate]:
    """Return the sentences that may be quoted: long enough, for the patients asked about.

    A sentence that follows one for another patient in its paragraph is for that patient too,
    unless it names the one asked about.
    """
    candidates = []
    patient, medicines = read_patient(question), read_medicines(question, evidence)
    for n, item in enumerate(evidence):
        opening: Candidate | None = None
        last = 0
        for candidate, (start, end), whole in _read_sentences(n, item):
            text = candidate.text
            if opening is None or "\n" in item.text[last:start]:
                opening = candidate
            elif not fits(patient, opening.text) and not names(patient, text):
                last = end
                continue
            elif needs_lead(text, item.title, opening.text):
                candidate = replace(candidate, lead=opening)
            last = end
            alone = (
                whole and fits_headings(patient, item) and not is_of_another(candidate, medicines)
            )
            if alone and len(words(text)) >= MIN_WORDS and fits(patient, candidate.told):
                candidates.append(candidate)
    return candidates


def read_medicines(question: str, evidence: Sequence[Evidence]) -> list[str]:
    """Return the medicines asked about; for the dose of a class its members in the evidence.

    What did the harm ("magnesium toxicity: antidote and dose") is not what is to be given.
    """
    typed = topic_words(question)
    named = medicines_in(typed)
    if named:
        return [m for m in named if m not in typed or is_named(question, [m])]
    if "dose" not in read_intent(question).kinds:
        return []
    return members_in(question, " ".join(f"{e.title}. {e.section}. {e.text}" for e in evidence))


def _read_sentences(
    number: int, item: Evidence
) -> Iterator[tuple[Candidate, tuple[int, int], bool]]:
    """Yield each sentence, with the line that leads into it, its span, whether it is whole."""
    units = {unit.text: unit for unit in units_of(item)}
    for m, (start, end) in enumerate(sentence_spans(item.text)):
        text = " ".join(item.text[start:end].split())
        unit = units.get(plain(text))
        text = unit.whole if unit and unit.lead else text
        headings = needed_headings(item, text)
        candidate = Candidate((number, m), text, item, item.start + start, None, headings)
        yield candidate, (start, end), not (unit and unit.fault)


def is_of_another(candidate: Candidate, medicines: Sequence[str]) -> bool:
    """True for an amount under the heading of another medicine than those asked about."""
    return gives_another(candidate.told, medicines) and not gives_another(candidate.text, medicines)


def strays(candidate: Candidate, medicines: Sequence[str]) -> bool:
    """True for a sentence on other medicines than those asked about.

    The handbook's sentences are written to be read alone ("if X is not available, give Y"); in
    other documents such a sentence answers another question.
    """
    if candidate.evidence.shelf in ("", "handbook"):
        return False
    around = f"{candidate.evidence.title}. {candidate.evidence.section}. {candidate.told}"
    return names_another(candidate.text, medicines) and names_another(around, medicines)


def needs_lead(text: str, title: str, opening: str) -> bool:
    """True when a sentence names neither its document's subject nor what its paragraph opens on."""
    held = topic_words(text)
    return not set(held) & {*topic_words(title), *topic_words(opening)[:3]}
