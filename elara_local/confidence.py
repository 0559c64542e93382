"""How far the evidence of an answer carries, in words, with the reasons.

It judges the evidence, never the fluency of a model: how many passages and whether they agree,
whether reviewed and of what age, whether every topic word of the question is covered and how
many the first sentence holds, whether a sentence names the patient and the medicine that were
asked about, whether the sentences are of one topic. Any doubt makes it low. "high" says that the
installed sources carry the answer, at the bar that was set on the dev half of the golden
questions (docs/decisions.md); it never says that the sources are right, which only a clinician's
review can. What it can't see: guidance that was replaced since its edition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from elara_local.classes import spaced
from elara_local.common_words import topic_words
from elara_local.intent import read_intent
from elara_local.medicines import is_named, medicines_in, routes_in, states_dose
from elara_local.patient import GROWN, YOUNG, Patient, names, read_patient
from elara_local.records import Confidence, Sentence, Source, Status
from elara_local.text import words

FULL_COVERAGE = 0.85
HELD_FIRST = 0.8  # share of the topic words that the first sentence and its title hold
HELD_FIRST_OF_MEDICINE = 0.5  # the same where the question names a medicine
PASSAGES = 2  # that carry an answer together
NEAR = 0.7  # search score of the first sentence's passage, where the sources are unreviewed
FEW = 2  # documents that are no scatter
LEAST_ASKED = 2  # topic words of a question that names no medicine
OLD_YEARS = 5  # guidelines are revised about every five years (WHO handbook, 2014)
SPECIAL = (YOUNG | GROWN) - {"adult", "older adult"}  # whose doses are not those of most adults
STEP = re.compile(r"\b(?:loading|maintenance|plan [abc])\b")
# An amount that is given; a strength, a vial and a tablet are none.
COUNTED = re.compile(
    r"\d ?(mg|g|mcg|micrograms?|units?)\b(?! ?(?:/|per |in \d|amp|vial|tab|cap|bottle))"
)
MOTHERS = {"pregnancy": "pregnan", "breastfeeding": "breastfe"}
FOR_THE_PATIENT = ("Children", "Pregnancy")  # headings that name the patient for their sentences


def judge(
    status: Status,
    sentences: Sequence[Sentence],
    sources: Sequence[Source],
    coverage: float,
    question: str = "",
    differ: bool = False,
    lacks: bool = False,
) -> Confidence:
    """Return the confidence of an answer with these sentences to this question, in English.

    `differ` says that two sources were found to state different doses, `lacks` that a dose was
    asked for one person and a fact is missing that would choose it.
    """
    if status in ("not_in_sources", "refused", "escalated") or not sentences:
        return Confidence("none", ("No sentence of the installed sources was shown.",))
    ids = {c for s in sentences for c in s.citations}
    cited = [source for source in sources if source.id in ids]
    reviewed = all(source.review.startswith("reviewed") for source in cited)
    documents = len({source.document for source in cited})
    reasons = (
        f"{len(cited)} passage{'s' if len(cited) > 1 else ''} from {documents} "
        f"document{'s' if documents > 1 else ''}.",
        "Clinically reviewed." if reviewed else "Not clinically reviewed.",
    )
    doubts = tuple(_doubts(sentences, cited, coverage, question))
    if differ:
        doubts += ("The sources differ on a dose.",)
    if doubts:
        return Confidence("low", reasons + doubts)
    lacking = tuple(_say_lacking(sentences, cited, question, reviewed))
    lacking += tuple(_say_beside(sentences[0], cited, question))
    lacking += ("A fact is missing that would choose the dose.",) if lacks else ()
    if lacking:
        return Confidence("moderate", reasons + lacking)
    return Confidence("high", (*reasons, "The first sentence holds what was asked about."))


def _say_lacking(
    sentences: Sequence[Sentence], cited: Sequence[Source], question: str, reviewed: bool
) -> Iterator[str]:
    """Yield what stands between an answer without a doubt and one that the sources carry."""
    if len(cited) < PASSAGES:
        yield "No second passage bears it out."
    old = sorted({year for source in cited if (year := _year(source.edition)) and _is_old(year)})
    if old:
        yield f"An edition is of {old[0]}."
    asked = set(topic_words(question))
    first = next((s for s in cited if sentences[0].citations[:1] == (s.id,)), None)
    held = set(words(f"{first.title if first else ''} {sentences[0].text}"))
    medicine = bool(medicines_in(topic_words(question)))
    least = HELD_FIRST_OF_MEDICINE if medicine else HELD_FIRST
    if len(asked) < LEAST_ASKED and not medicine:
        yield "The question says little of what is meant."
    elif len(asked & held) < least * len(asked):
        yield "The first sentence holds only a part of what was asked about."
    if not reviewed and first and first.score < NEAR:
        yield "The passage is not very near to the question."


def _say_beside(first: Sentence, cited: Sequence[Source], question: str) -> Iterator[str]:
    """Yield in what the first sentence is beside what was asked: route, dose, step, medicine."""
    routes = routes_in(question)
    if routes and (given := routes_in(first.text)) and not routes & given:
        yield "What comes first is given by another route."
    medicines = medicines_in(topic_words(question))
    patient = read_patient(question)
    dose = "dose" in read_intent(question).kinds or patient.weight_kg is not None
    if (
        medicines
        and dose
        and not any(states_dose(first.text, [medicine]) for medicine in medicines)
    ):
        yield "What comes first gives no dose."
    steps, told = (set(STEP.findall(text.casefold())) for text in (question, first.text))
    if steps and told and not steps & told:
        yield "What comes first is another step of the treatment."
    counted, given_in = (_counts(text) for text in (question, first.text))
    if medicines and counted and given_in and not counted & given_in:
        yield "The question counts in another unit than the source: check the amount."
    title = next((s.title for s in cited if first.citations[:1] == (s.id,)), "").casefold()
    name = title.partition(":")[0]
    asked = set(medicines) & set(name.split("-"))
    if "-" in name and asked and spaced(name) not in spaced(question):
        yield "What comes first is of a combination with another medicine."


def _counts(text: str) -> set[str]:
    """Return in what a text counts amounts: mass in mg or more, micrograms, or units."""
    found = COUNTED.findall(text.casefold())
    return {"mg" if unit == "g" else "micrograms" if unit[:2] in ("mi", "mc") else unit[:4]
            for unit in found}  # fmt: skip


def _year(edition: str) -> int | None:
    found = re.search(r"\b(?:19|20)\d{2}\b", edition)
    return int(found[0]) if found else None


def _is_old(year: int) -> bool:
    return date.today().year - year > OLD_YEARS


def _doubts(
    sentences: Sequence[Sentence], cited: Sequence[Source], coverage: float, question: str
) -> Iterator[str]:
    if coverage < FULL_COVERAGE:
        yield "Some words of the question are not in these passages."
    texts = [sentence.text for sentence in sentences]
    for medicine in medicines_in(topic_words(question)):
        if not any(is_named(text, [medicine]) for text in texts):
            yield f"No sentence names {medicine}."
        elif "dose" in read_intent(question).kinds and not any(
            states_dose(text, [medicine]) for text in texts
        ):
            yield f"No sentence gives a dose of {medicine}."
    yield from _unnamed(texts, cited, read_patient(question))
    first = next((s for s in cited if sentences[0].citations[:1] == (s.id,)), None)
    if first and read_intent(question).fit(first.section) < 0:
        yield f"What comes first stands under '{first.section}', not under what was asked for."
    if is_scattered(sentences, cited):
        yield "The sentences come from several topics."


def _unnamed(texts: Sequence[str], cited: Sequence[Source], patient: Patient) -> Iterator[str]:
    """Yield whom of the patient's groups no sentence names, or its heading for it."""
    if any(source.section in FOR_THE_PATIENT for source in cited):
        return
    if patient.groups & SPECIAL and not any(names(patient, text) for text in texts):
        yield f"No sentence names this patient ({', '.join(sorted(patient.groups))})."
        return
    for group in sorted(patient.groups & MOTHERS.keys()):
        if not any(MOTHERS[group] in text.casefold() for text in texts):
            yield f"No sentence names this patient ({group})."


def is_scattered(sentences: Sequence[Sentence], cited: Sequence[Source]) -> bool:
    """True when three documents or more are cited, and the first for fewer than half.

    A topic and its medicine card are two documents about one thing.
    """
    document = {source.id: source.document for source in cited}
    found = [
        document[s.citations[0]] for s in sentences if s.citations and s.citations[0] in document
    ]
    return len(set(found)) > FEW and found.count(found[0]) * 2 < len(found)
