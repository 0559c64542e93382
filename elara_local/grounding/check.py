"""The grounding check: may this sentence be shown as what the cited passages say?

"quoted": it is a whole sentence of a cited passage, or whole clauses, word for word.
"supported": one sentence of a cited passage (with title and heading for subject and group)
holds all it says, with the same numbers, units, basis, frequency, duration, route, range,
comparator, drug, group, negation, modality and conditions.
"unsupported": anything else, with the reasons; also when in doubt, and when the check fails.

What is covered: one claim against the passages it cites, in English; words in quotation marks
stand so in a cited passage. A reason begins with the class that failed (grounding/naming.py).
What is not covered: whether the source is right; meaning beyond the words (a paraphrase in
new words is refused); claims that need two sentences with numbers, or arithmetic; what stands
in another sentence of the source (a maximum, an exception); a clause left out after ";" or
"because"; "should" left out of an order; a medicine named once where the source names it twice;
addresses, which are never shown; other languages (translate first, check the English). An
embedder may only refuse what the rules let pass; what an entailment model may do besides is
said in grounding/meaning.py.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence

from elara_local.grounding.alignment import context_of, share_found, support_faults
from elara_local.grounding.alone import may_be_repeated
from elara_local.grounding.citations import Assembler
from elara_local.grounding.intrusion import intrusion_in, strange_sign
from elara_local.grounding.meaning import Meaning
from elara_local.grounding.naming import ordered
from elara_local.grounding.quotation import is_quoted, misquotation_in
from elara_local.grounding.rewording import reworded
from elara_local.grounding.sentences import Parsed, parse, without_numbers
from elara_local.grounding.source import Unit, plain, units_of
from elara_local.ports import Embedder, Entailment
from elara_local.records import Evidence, Support, Verdict
from elara_local.text import clean_text, sentence_spans, words

LONGEST_CLAIM = 1500  # characters; longer than any sentence a clinician should be shown
LONGEST_QUOTATION = 20_000  # characters; a table without line breaks, word for word
FOUND_LEAST = 0.5  # share of words and facts below which a sentence is not compared in full
FOUND_ENOUGH = 0.6  # share of words and facts below which the passage is about something else
NOT_ABOUT = "citation: no cited sentence is about this"
NEAREST_UNITS = 6  # source sentences that are read in full, by shared words
UNFINISHED = re.compile(
    r"\b(?:and|or|but|then|give|with|without|of|the|an?|than|if|unless|until|per|not|avoid)\W*\Z",
    re.I,
)
CONTINUES = frozenset("it its this these they then the repeat maximum continue".split())

log = logging.getLogger(__name__)


def check_sentence(
    claim: str,
    cited: Sequence[Evidence],
    embedder: Embedder | None = None,
    entailment: Entailment | None = None,
) -> Verdict:
    """Check one drafted sentence, without its citation marks, against the passages it cites.

    The models, where they are given, work as grounding/meaning.py says.
    Never raises: an error inside counts as a fail.
    """
    try:
        return _check(claim, cited, Meaning(embedder, entailment))
    except Exception as error:  # noqa: BLE001  a check that fails must fail closed
        log.warning("The grounding check failed: %s.", type(error).__name__)
        return _refused("the check failed")


def check(claim: str, source: str) -> Verdict:
    """Check a claim against the text of one source; the claim may carry the mark [1]."""
    try:
        assembler = Assembler(["s1"])
        drafts = [*assembler.feed(claim), *assembler.close()]
    except Exception as error:  # noqa: BLE001  as above
        log.warning("The grounding check failed: %s.", type(error).__name__)
        return _refused("the check failed")
    if any(mark not in source for draft in drafts for mark in draft.unknown):
        return _refused("citation: it points at a passage that does not exist")
    evidence = [Evidence("s1", source)]
    return _worst(check_sentence(draft.text, evidence) for draft in drafts)


def _check(claim: str, cited: Sequence[Evidence], meaning: Meaning) -> Verdict:
    text = clean_text(claim, LONGEST_QUOTATION + 1)
    if not words(text):
        return _refused("content: the sentence is empty")
    if len(text) > LONGEST_QUOTATION:
        return _refused("content: the sentence is too long to check")
    if intrusion := intrusion_in(claim):
        return _refused(f"content: it holds {intrusion}")
    if not cited:
        return _refused("citation: it cites no passage")
    if altered := misquotation_in(text, cited):
        return _refused(f"quotation: '{altered}' does not stand so in the cited passage")
    spans = sentence_spans(text)
    return _worst(_check_one(text[start:end], cited, meaning) for start, end in spans)


def _check_one(sentence: str, cited: Sequence[Evidence], meaning: Meaning) -> Verdict:
    units = [unit for evidence in cited for unit in units_of(evidence)]
    same = [unit for unit in units if is_quoted(sentence, unit)]
    if any(not unit.fault or may_be_repeated(unit.text, unit.fault) for unit in same):
        return Verdict("quoted")
    if same:
        return _refused(f"content: the cited sentence can't be read alone: {same[0].fault}")
    if UNFINISHED.search(sentence):
        return _refused("content: the sentence is not finished")
    if len(sentence) > LONGEST_CLAIM:
        return _refused("content: the sentence is too long to check")
    claim = parse(reworded(plain(sentence)))
    if claim.unread:
        return _refused("number: a number in it can't be read")
    return _check_against(sentence, claim, cited, meaning)


def _check_against(
    sentence: str, claim: Parsed, cited: Sequence[Evidence], meaning: Meaning
) -> Verdict:
    """The verdict on a sentence in its own words: the first that lets it pass, or the nearest."""
    near = [
        (share_found(claim, source, context), unit, source, context)
        for evidence in cited
        for context in [context_of(evidence)]
        for unit, source in _candidates(sentence, evidence)
    ]
    if not near:
        return _refused(NOT_ABOUT)
    near.sort(key=lambda one: (-one[0], one[1].whole))
    found: list[tuple[float, list[str]]] = []
    far = ""
    for n, (share, unit, source, context) in enumerate(near):
        if n and share < FOUND_LEAST:
            break  # what lacks so many words can't support it; the first names what is missing
        faults = support_faults(claim, source, context)
        if strange := strange_sign(without_numbers(claim), unit.whole):
            faults = [*faults, f"content: '{strange}' is not in the source sentence"]
        if not faults or meaning.forgives(faults, sentence, unit.whole):
            far = meaning.fault(sentence, unit.whole)
            if not far:
                return Verdict("supported")
        found.append((-share, faults))
    if far:
        return _refused(far)
    share, faults = min(found, key=lambda one: (one[0], len(one[1])))
    beside = [NOT_ABOUT] if -share < FOUND_ENOUGH else []
    return _refused(*ordered([*beside, *faults]))


def _candidates(sentence: str, evidence: Evidence) -> list[tuple[Unit, Parsed]]:
    """The source sentences nearest to the claim, and pairs of which the second goes on."""
    units = units_of(evidence)
    wanted = set(words(sentence))
    shared = [len(wanted & set(words(unit.whole))) for unit in units]
    nearest = sorted(range(len(units)), key=lambda n: (-shared[n], n))[:NEAREST_UNITS]
    nearest = [n for n in nearest if not units[n].fault]
    found = [(units[n], parse(reworded(units[n].whole))) for n in nearest if shared[n]]
    for n in sorted(nearest):
        after = units[n + 1 : n + 2]
        if after and not after[0].fault and _goes_on(units[n], after[0]):
            pair = Unit(f"{units[n].text} {units[n + 1].text}", units[n].lead)
            found.append((pair, parse(reworded(pair.whole))))
    return found


def _goes_on(first: Unit, second: Unit) -> bool:
    """True for two adjacent sentences that may be read as one: all numbers in one of them."""
    opening = words(second.text)[:1]
    if first.lead != second.lead or not opening or opening[0] not in CONTINUES:
        return False
    one, two = parse(first.text).whole, parse(second.text).whole
    numbers = [
        any(i.kind in ("quantity", "frequency", "schedule") for i in c.items) for c in (one, two)
    ]
    drugs = one.values("drug") | two.values("drug")
    return not all(numbers) and len(drugs) <= 1


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on several sentences: the weakest of them."""
    order: tuple[Support, ...] = ("unsupported", "supported", "quoted")
    found = list(verdicts) or [_refused("content: the sentence is empty")]
    return min(found, key=lambda verdict: order.index(verdict.support))


def _refused(*reasons: str) -> Verdict:
    return Verdict("unsupported", reasons)
