"""The order of a course of doses: what is given first stands before what is given later.

Sentences are of one course when they give one medicine and stand in one document; in a document
on the medicine itself they must also hold the same words of the question. What is covered: a
sentence that speaks of maintenance, of going on or of giving again, of what is given before
referral or where the usual form is lacking, before it names its first amount, goes behind those
that don't, and brings one of them along where none was chosen. What is not covered: an order
that only times of day or several documents tell, later doses told without an amount ("double
it"). A question for the later dose, or for the antidote, is left as it is.
It knows sentences, not how they were scored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from elara_local.classes import plain_words
from elara_local.common_words import topic_words
from elara_local.engines.chat.candidates import Candidate
from elara_local.grounding.drugs import read_drugs, take_drugs
from elara_local.grounding.items import Page
from elara_local.medicines import AMOUNT, is_named, medicines_in, routes_in, states_dose
from elara_local.text import words

LATER = re.compile(
    r"\b(?:maintenance|maintain|then|thereafter|afterwards|subsequent\w*|further|repeat(?:ed|ing)?"
    r"|continue|continuing|recur\w*|(?:second|third|next|another|additional|later) dose\w*"
    r"|after (?:the |a |an )?(?:first|initial|loading|starting|bolus)(?: dose\w*)?"
    r"|before (?:referral|transfer)|refractory|(?:not |un)available|lacking"
    r"|days? (?:[2-9]|1\d)|omit|double|increase|raise|step up|taper|top up)\b"
)
LACKING = re.compile(r"^(?:if|when|where) ([^,;:]*?)\b(?:is|are) (?:not |un)available")
FIRST = re.compile(r"\b(?:load(?:ing)?|first|initial|start(?:ing)?|immediate\w*|at once|bolus)\b")
# A question with one of these is for the later dose, in five languages.
NO_COURSE = frozenset(
    "maintenance continue continuing repeat repeated second third next subsequent further after "
    "entretien deuxieme repeter mantenimiento repetir segunda manutencao rudia".split()
)
# With one of these it is for no dose of what did the harm.
HARM = frozenset(
    "toxicity overdose poisoning antidote intoxication surdosage antidoto sobredosis "
    "intoxicacion intoxicacao".split()
)


def is_later(text: str) -> bool:
    """True for a sentence that speaks of a later dose before it names an amount."""
    folded = text.casefold()
    amount = AMOUNT.search(folded)
    return LATER.search(folded[: amount.start()] if amount else folded) is not None


def put_start_first(
    chosen: Sequence[Candidate], ranked: Sequence[Candidate], question: str, count: int
) -> list[Candidate]:
    """Return the chosen sentences with the start of each course before what follows it.

    Args:
        chosen: the sentences to be quoted, in their order.
        ranked: every sentence that may be quoted, best first.
        question: as it was read.
        count: how many sentences may be quoted.
    """
    said = set(plain_words(question))
    asked = [m for m in medicines_in(topic_words(question)) if is_named(question, [m])]
    if NO_COURSE & said or (HARM & said and not asked):
        return list(chosen)
    ordered = sorted(chosen, key=lambda candidate: replaces(candidate.text, asked))
    for late in [c for c in chosen if is_later(c.text)]:
        _bring_start(ordered, late, ranked, question, count)
    for late in [c for c in ordered if is_later(c.text)]:
        place = ordered.index(late)
        behind = [c for c in ordered[place:] if _is_start(c, late, question)]
        ordered[place:] = [*behind, *(c for c in ordered[place:] if c not in behind)]
    return ordered


def replaces(text: str, asked: Sequence[str]) -> bool:
    """True for a sentence on what is given where a medicine that is asked for is lacking."""
    found = LACKING.search(text.casefold())
    return found is not None and is_named(found[1], asked)


def is_one_course(start: Candidate, late: Candidate, question: str) -> bool:
    """True for two sentences that give one medicine for one thing."""
    medicines = _given(start.text) & _given(late.text)
    if start.evidence.title != late.evidence.title or not medicines:
        return False
    if not medicines & _named(start.evidence.title):
        return True
    asked = set(topic_words(question))
    return asked & set(words(start.named)) == asked & set(words(late.named))


def _is_start(candidate: Candidate, late: Candidate, question: str) -> bool:
    """True for what is given before a later dose and is understood alone.

    Where the later one is by the route asked for, so must what goes before it be.
    """
    alone = candidate.lead is None and not is_later(candidate.text)
    wanted = routes_in(question) & routes_in(late.text)
    by_route = not wanted or bool(wanted & routes_in(candidate.text))
    return alone and by_route and is_one_course(candidate, late, question)


def _bring_start(
    ordered: list[Candidate],
    late: Candidate,
    ranked: Sequence[Candidate],
    question: str,
    count: int,
) -> None:
    """Put the start of a course in front of a later dose that stands there without one."""
    course = [c for c in ranked if _is_start(c, late, question)]
    if late not in ordered or not course or any(c in ordered for c in course) or count < 2:
        return
    start = min(course, key=lambda c: FIRST.search(c.text.casefold()) is None)
    ordered.insert(ordered.index(late), start)
    if len(ordered) > count:
        led = {id(c.lead) for c in ordered}
        spare = [c for c in ordered if c not in (start, late) and id(c) not in led]
        ordered.remove(spare[-1])


@lru_cache(maxsize=512)
def _given(text: str) -> frozenset[str]:
    """Return the medicines of which a sentence gives an amount."""
    return frozenset(drug for drug in _named(text) if states_dose(text, [drug]))


@lru_cache(maxsize=512)
def _named(text: str) -> frozenset[str]:
    """Return the medicines that a text names; "magnesium" is named by "magnesium sulfate"."""
    page, known = Page(text), read_drugs()
    take_drugs(page)
    found = {str(item.value) for item in page.items if item.kind == "drug"}
    return frozenset(found | {known[word] for word in words(text) if word in known})
