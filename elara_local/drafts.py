"""From a drafted sentence to one that may be shown, or to the reason why not.

The check decides; here its verdict is joined with the patient whom the question states, the
title that small models copy in front of a sentence is taken off, and a sentence that
stands word for word in a passage given to the writer gets that passage's mark when the
writer forgot it. A sentence in other words without a mark is never shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from elara_local.grounding.alone import needed_headings
from elara_local.grounding.check import check_sentence
from elara_local.grounding.citations import Draft
from elara_local.grounding.meaning import RULES_ALONE, Meaning
from elara_local.patient import Patient, fits, fits_headings
from elara_local.prompts import is_silence
from elara_local.records import Evidence, Sentence

ANOTHER_PATIENT = "population: the sentence is for another patient than the question's"


def examine(
    draft: Draft, evidence: Sequence[Evidence], patient: Patient, meaning: Meaning = RULES_ALONE
) -> Sentence:
    """Return the sentence with its sources and what the check says of it."""
    text = _without_title(draft.text, evidence)
    cited = [item for item in evidence if item.id in draft.citations]
    if not cited and not draft.unknown:
        cited = [item for item in evidence if _is_quote(text, item)][:1]
    verdict = check_sentence(text, cited, meaning.embedder, meaning.entailment)
    citations = tuple(item.id for item in cited)
    fit = fits(patient, text) and all(fits_headings(patient, item) for item in cited)
    if verdict.passed and not fit:
        return Sentence(text, citations, "unsupported", (ANOTHER_PATIENT,))
    if verdict.support == "quoted":
        text = _with_headings(text, cited)
    return Sentence(text, citations, verdict.support, verdict.reasons)


def _is_quote(text: str, item: Evidence) -> bool:
    return check_sentence(text, [item]).support == "quoted"


def _with_headings(text: str, cited: Sequence[Evidence]) -> str:
    """Put the headings in front that the quote needs in the first passage that holds it."""
    home = next((item for item in cited if _is_quote(text, item)), cited[0])
    headings = needed_headings(home, text)
    return f"{headings}: {text}" if headings else text


def _without_title(text: str, evidence: Sequence[Evidence]) -> str:
    """Take "Severe malaria: " off, where that is the title of a passage given."""
    head, colon, rest = text.partition(": ")
    titles = {item.title.casefold() for item in evidence}
    return rest if colon and head.casefold() in titles else text


def say_dropped(shown: Sequence[Sentence], dropped: Sequence[Sentence]) -> list[str]:
    """Say in one note what of a draft was left out and why, and what stands in its place."""
    if len(shown) > len(dropped) == 0:
        return []
    if dropped and all(is_silence(sentence.text) for sentence in dropped):
        return ["The chat model found no answer in its passages: the sources are quoted instead."]
    kinds = dict.fromkeys(reason.partition(":")[0] for s in dropped for reason in s.reasons)
    count = f"{len(dropped)} drafted sentence{'s' if len(dropped) > 1 else ''} left out"
    note = f"{count}: {', '.join(kinds)} not as in the cited passage."
    if not dropped:
        note = "The model wrote nothing that could be checked."
    if len(shown) > len(dropped):
        return [note]
    place = "also quoted" if shown else "quoted instead"
    return [note, f"Too little of the draft passed its check: the sources are {place}."]
