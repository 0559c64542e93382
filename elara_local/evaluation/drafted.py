"""The figures of one draft beside the response that was expected of its writer.

Every figure is of the sentences as drafted, before anything is dropped, except "rougeL shown"
and "any passed", which are of those that the check lets a reader see. None of them says whether
the expected response is the best one: another sentence of the passages may answer as well, and
counts as a miss in ROUGE-L alone. It knows no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from elara_local.common_words import topic_words
from elara_local.drafts import examine
from elara_local.evaluation.answers import rouge
from elara_local.grounding.citations import Assembler, Draft
from elara_local.grounding.equality import same_quantity
from elara_local.grounding.quantities import Quantity
from elara_local.grounding.sentences import parse
from elara_local.medicines import AMOUNT
from elara_local.patient import read_patient
from elara_local.prompts import is_silence
from elara_local.records import Evidence
from elara_local.text import words

HOLDS = 0.8  # share of a sentence's topic words from which a passage holds its words
SILENT = "not in the sources"


@dataclass(frozen=True)
class Prompted:
    """One held-out question with its passages; `file` is where it comes from."""

    id: str
    role: str
    kind: str
    file: str
    question: str
    evidence: tuple[Evidence, ...]
    response: str

    @property
    def wants_silence(self) -> bool:
        """True where the passages do not answer."""
        return self.kind == SILENT


def measure(asked: Prompted, draft: str) -> dict[str, float]:
    """Return the figures of a draft; a figure that does not apply is left out.

    Where the passages do not answer: "silence said" (that sentence and no other, or nothing at
    all) and "shows nothing" (no sentence passes the check). Else: "spoke", "any passed",
    "rougeL", "rougeL shown"; of a draft with sentences "passed" and "marks valid"; of one with
    amounts "amounts copied"; of a question whose response holds a dose "dose right".
    """
    drafts = read_drafts(draft, asked.evidence)
    told = [d for d in drafts if not is_silence(d.text)]
    patient = read_patient(asked.question)
    seen = [examine(d, asked.evidence, patient) for d in told]
    passing = [s.text for s in seen if s.support != "unsupported"]
    if asked.wants_silence:
        return {"silence said": float(not told), "shows nothing": float(not passing)}
    expected = " ".join(d.text for d in read_drafts(asked.response, asked.evidence))
    values = {
        "spoke": float(bool(told)),
        "any passed": float(bool(passing)),
        "rougeL": rouge(" ".join(d.text for d in told), [expected])["rougeL"],
        "rougeL shown": rouge(" ".join(passing), [expected])["rougeL"],
    }
    if told:
        values["passed"] = len(passing) / len(told)
        values["marks valid"] = share_valid(told, asked.evidence)
    return values | _measure_amounts(told, expected, asked.evidence)


def read_drafts(text: str, evidence: Sequence[Evidence]) -> list[Draft]:
    """Return the sentences of a draft with their marks, as the program reads them."""
    assembler = Assembler([item.id for item in evidence])
    return [*assembler.feed(text), *assembler.close()]


def share_valid(drafts: Sequence[Draft], evidence: Sequence[Evidence]) -> float:
    """Return the share of marks that exist and whose passage holds the sentence's words.

    A sentence without any mark counts as one that is not valid.
    """
    given = {item.id: item for item in evidence}
    judged = [
        holds(given[mark], draft.text) if mark in given else False
        for draft in drafts
        for mark in (*draft.citations, *draft.unknown, *([""] * (not has_mark(draft))))
    ]
    return sum(judged) / len(judged) if judged else 0.0


def has_mark(draft: Draft) -> bool:
    """True when a sentence cites anything, be it there or not."""
    return bool(draft.citations or draft.unknown)


def holds(passage: Evidence, sentence: str) -> bool:
    """True when a passage, or its title, has HOLDS of the words that a sentence is about."""
    wanted = set(topic_words(sentence))
    held = set(words(f"{passage.title} {passage.text}"))
    return len(wanted & held) >= HOLDS * len(wanted)


def amounts_in(text: str) -> list[Quantity]:
    """Return every number with a unit."""
    found = [item.value for item in parse(text).items]
    return [value for value in found if isinstance(value, Quantity) and value.dimension]


def _measure_amounts(
    told: Sequence[Draft], expected: str, evidence: Sequence[Evidence]
) -> dict[str, float]:
    copied, said = True, False
    for draft in told:
        sources = [a for e in evidence if e.id in draft.citations for a in amounts_in(e.text)]
        amounts = amounts_in(draft.text)
        said = said or bool(amounts)
        copied = copied and all(_is_among(amount, sources) for amount in amounts)
    values = {"amounts copied": float(copied)} if said else {}
    if AMOUNT.search(expected.casefold()):
        drafted = [amount for draft in told for amount in amounts_in(draft.text)]
        there = all(_is_among(amount, drafted) for amount in amounts_in(expected))
        values["dose right"] = float(there and copied)
    return values


def _is_among(amount: Quantity, others: Sequence[Quantity]) -> bool:
    return any(same_quantity(amount, other, frequent=True) for other in others)
