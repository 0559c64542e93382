"""What of a medicine card answers a question that is not for a dose: its section, and no more.

What is covered: interactions, kidney, liver, pregnancy, breastfeeding, antidote, forms, unwanted
effects and contraindications of a medicine that the question names; sentences of other documents
that name the medicine and speak of the same. What is not covered: classes of medicines ("NSAIDs
with warfarin"). Where nothing answers, nothing is left out. It knows sentences, not their scores.
"""

from __future__ import annotations

from collections.abc import Sequence

from elara_local.aspects import DOSES, HEALTHY, Aspect, drop_aspects, read_aspects
from elara_local.cards import CARD
from elara_local.common_words import topic_words
from elara_local.engines.chat.candidates import Candidate
from elara_local.engines.chat.indications import read_matter
from elara_local.intent import read_intent
from elara_local.medicines import is_named, medicines_in, names_of, states_dose

PAIR = "interactions"
HARM, OVERDOSE = "antidote", "Overdose and antidote"
SHARED = frozenset({"kidney", "liver", "pregnancy", "breastfeeding"})  # two to a section


def keep_asked_part(candidates: Sequence[Candidate], question: str) -> list[Candidate]:
    """Return the sentences on what is asked of a medicine, all where none is or nothing else is.

    For the antidote the doses of what did the harm go, and nothing else.
    """
    medicines, aspects = read_named(question), read_aspects(question)
    if not medicines or not aspects:
        return list(candidates)
    if any(a.id == HARM for a in aspects):
        return [c for c in candidates if not is_beside(c, medicines)]
    kept = [c for c in candidates if any(is_on(c, a, medicines) for a in aspects)]
    if "dose" in read_intent(question).kinds and not any(
        states_dose(c.text, medicines) for c in kept
    ):
        return list(candidates)
    own = [c for c in kept if is_own(c, medicines)]
    if own and not read_matter(drop_aspects(question)):
        kept = own
    return kept or [c for c in candidates if not _is_dose(c)] or list(candidates)


def is_beside(candidate: Candidate, medicines: Sequence[str]) -> bool:
    """True for a dose of what did the harm, and for what another medicine's overdose needs."""
    if is_own(candidate, medicines):
        return _is_dose(candidate)
    return candidate.is_card and candidate.evidence.section == OVERDOSE


def read_named(question: str) -> list[str]:
    """Return the medicines that a question names, each by one of its names."""
    return list({names_of(m): m for m in medicines_in(topic_words(question))}.values())


def is_on(candidate: Candidate, aspect: Aspect, medicines: Sequence[str]) -> bool:
    """True for a sentence that says what the aspect asks of these medicines.

    Of two medicines that are asked about together both must be named.
    """
    text = HEALTHY.sub(" ", candidate.told.casefold())
    named = sum(is_named(candidate.told, [m]) for m in medicines)
    if aspect.id == PAIR and len(medicines) > 1:
        return named > 1
    if is_own(candidate, medicines) and candidate.evidence.section == aspect.section:
        return aspect.id not in SHARED or aspect.on.search(text) is not None
    around = f"{candidate.evidence.title}. {candidate.evidence.section}. {text}".casefold()
    return named > 0 and aspect.on.search(around if not candidate.is_card else text) is not None


def is_own(candidate: Candidate, medicines: Sequence[str]) -> bool:
    """True for a sentence on the card of one of these medicines."""
    title = candidate.evidence.title.removesuffix(CARD).casefold()
    return candidate.is_card and any(title in names_of(m) for m in medicines)


def _is_dose(candidate: Candidate) -> bool:
    return candidate.is_card and candidate.evidence.section in DOSES
