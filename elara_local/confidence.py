"""How far the evidence of an answer carries, in words, with the reasons.

It judges the evidence, never the fluency of a model: how many passages, whether reviewed,
whether every topic word of the question is covered, whether a sentence names the patient and
the medicine that were asked about, whether the sentences are of one topic. Any doubt makes it
low. What it can't see: whether the guidance itself is right or has been replaced since its
edition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from elara_local.common_words import topic_words
from elara_local.intent import read_intent
from elara_local.medicines import is_named, medicines_in, states_dose
from elara_local.patient import GROWN, YOUNG, names, read_patient
from elara_local.records import Confidence, Sentence, Source, Status

FULL_COVERAGE = 0.85
SPECIAL = (YOUNG | GROWN) - {"adult", "older adult"}  # whose doses are not those of most adults
FOR_THE_PATIENT = ("Children", "Pregnancy")  # headings that name the patient for their sentences


def judge(
    status: Status,
    sentences: Sequence[Sentence],
    sources: Sequence[Source],
    coverage: float,
    question: str = "",
) -> Confidence:
    """Return the confidence of an answer with these sentences to this question, in English."""
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
    if doubts:
        return Confidence("low", reasons + doubts)
    return Confidence("high" if reviewed and len(cited) > 1 else "moderate", reasons)


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
    patient = read_patient(question)
    headed = any(source.section in FOR_THE_PATIENT for source in cited)
    if patient.groups & SPECIAL and not headed and not any(names(patient, t) for t in texts):
        yield f"No sentence names this patient ({', '.join(sorted(patient.groups))})."
    first = next((s for s in cited if sentences[0].citations[:1] == (s.id,)), None)
    if first and read_intent(question).fit(first.section) < 0:
        yield f"What comes first stands under '{first.section}', not under what was asked for."
    if is_scattered(sentences, cited):
        yield "The sentences come from several topics."


def is_scattered(sentences: Sequence[Sentence], cited: Sequence[Source]) -> bool:
    """True when fewer than half of the sentences are of the first one's document."""
    document = {source.id: source.document for source in cited}
    found = [
        document[s.citations[0]] for s in sentences if s.citations and s.citations[0] in document
    ]
    return bool(found) and found.count(found[0]) * 2 < len(found)
