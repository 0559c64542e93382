"""Whether the passages found are about the question: "not in the sources" is an answer.

What is covered: questions on other matters, made-up and absent medicines, diseases, tests and
scores, a medicine asked about for what no source gives it for, questions in another language
that no document is called by. What is not: a question whose words all occur while the
answer is absent, and absurd ones told in clinical words; the grounding check and the reader
stand behind it. It knows words and passages, not how they were searched.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from elara_local.classes import plain_words
from elara_local.common_words import topic_words
from elara_local.coverage import Unit, share_held
from elara_local.medicines import medicines_in
from elara_local.naming import is_foreign, is_of_animal, is_story, is_used_as_name, tells_of_person
from elara_local.records import Hit
from elara_local.screening.function_words import likely_languages
from elara_local.spelling import (
    is_attested,
    is_medicine,
    is_ordinary,
)
from elara_local.text import words

BEST = 5  # passages that must hold what is asked about
NEAREST = 12  # passages among which one document must hold what is asked
AGREEING = 4  # best passages that must stand in one document to agree
NAME_LETTERS = 5  # of a name that calls a document: "homa" alone is any fever


@dataclass(frozen=True)
class Gate:
    """When passages are about the question; set on the dev halves of golden questions and fakes.

    In English, any of three is enough: every topic word is covered; the coverage is at least what
    is asked for at the best cosine, for the nearer a passage is, the more may be told otherwise in
    the sources; or the pair of `agreed`, where the
    best passages all stand in one document (a story told at length). Whatever opens it, these
    close it: a word that no source holds and that is no ordinary word, or is used as a name; an
    animal that is ill; no passage as near as `far`; words scattered over documents; a medicine with
    matters that no document holds. In another language cosines say little: see `find_called`.
    """

    far: float = 0.34  # cosine that a passage must reach
    far_coverage: float = 0.75  # share of the topic words, rarity-weighted, that is asked for then
    cosine: float = 0.44
    coverage: float = 0.5  # ... from `cosine` on
    sure_cosine: float = 0.5
    sure_coverage: float = 0.34  # ... from `sure_cosine` on
    message_coverage: float = 0.2  # instead of that, of a long message: most of it is its story
    agreed_cosine: float = 0.36
    agreed_coverage: float = 0.32
    full_coverage: float = 0.95
    matter: float = 0.32  # of the words beside the medicine, that one document holds
    near_cosine: float = 0.75  # from which that is not asked for
    scattered: float = 0.55  # of the words, that one document holds where the cosine is below this
    scattered_cosine: float = 0.4
    called_coverage: float = 0.3  # of a question that calls a document by one ordinary word


@dataclass(frozen=True)
class Seen:
    """What the gate sees: the question as searched, its units, and the passages found.

    `terms` cuts a text into index terms; `listed` gives the further names of each document.
    """

    told: str
    units: Sequence[Unit]
    hits: Sequence[Hit]  # best first
    listed: Mapping[str, str]
    terms: Callable[[str], Collection[str]]
    weight: float = 1.0  # of the coverage: less where words were left out of a long message

    @property
    def unknown(self) -> list[str]:
        """Return the words that no passage of the index holds."""
        return [unit.word for unit in self.units if not unit.known]

    def held_by(self, hits: Sequence[Hit]) -> set[str]:
        """Return the index terms of passages and of the names of their documents."""
        parts = [f"{h.passage.title} {h.passage.section} {h.passage.text}" for h in hits]
        parts += [self.listed.get(d, "") for d in {h.passage.document for h in hits}]
        return set(self.terms(" ".join(parts)))

    def by_document(self, most: int) -> dict[str, list[Hit]]:
        """Return the `most` best passages by document, the best document first."""
        found: dict[str, list[Hit]] = {}
        for hit in self.hits[:most]:
            found.setdefault(hit.passage.document, []).append(hit)
        return found

    def agree(self) -> bool:
        """True when the best passages stand in one topic; of a story one of them need not."""
        documents = [hit.passage.document for hit in self.hits[:BEST]]
        if is_story(self.told):
            return len(set(documents[:AGREEING])) == 1
        told = not self.unknown or tells_of_person(self.told)
        return told and len(set(documents)) == 1 and not self.is_medicine()

    def is_medicine(self) -> bool:
        """True when a medicine is asked about: then its passages agree whatever it is for."""
        return any(medicines_in(words(f"{u.word} {u.meant}")) for u in self.units)

    def cover(self) -> float:
        """Return the share of what is asked about that the best passages hold together."""
        return share_held(self.units, self.held_by(self.hits[:BEST]))


@dataclass(frozen=True)
class Verdict:
    """Whether the gate opens, and the only documents that may be quoted; none names them all."""

    opens: bool
    documents: frozenset[str] = frozenset()


def judge(gate: Gate, seen: Seen) -> Verdict:
    """Return whether the passages are about the question."""
    spoken = likely_languages(seen.told)
    if not seen.hits or names_unknown(seen.told, seen.unknown, spoken):
        return Verdict(False)
    if seen.weight == 1 and is_of_animal(seen.told):
        return Verdict(False)
    if is_foreign(seen.told, spoken):
        return _judge_foreign(gate, seen)
    return Verdict(_is_about(gate, seen))


def _is_about(gate: Gate, seen: Seen) -> bool:
    """True when passages in the language of the question are about it."""
    best = seen.hits[:BEST]
    cosine = max(hit.cosine for hit in best)
    coverage = seen.cover() * seen.weight
    message = seen.weight < 1
    person = tells_of_person(seen.told)
    agreed = seen.agree() and cosine >= gate.agreed_cosine and coverage >= gate.agreed_coverage
    if message:
        return agreed or _reaches(gate, cosine, coverage, gate.message_coverage, person)
    if cosine < gate.far or (
        cosine < gate.scattered_cosine and hold_most(seen, seen.units) < gate.scattered
    ):
        return False
    if not seen.unknown and coverage >= gate.full_coverage:
        return True
    if cosine < gate.near_cosine and hold_matter(seen) < gate.matter:
        return False
    return agreed or _reaches(gate, cosine, coverage, gate.sure_coverage, person)


def _reaches(gate: Gate, cosine: float, coverage: float, least: float, person: bool) -> bool:
    """True when the coverage is what is asked for at this cosine: `least` where it is sure.

    Of a question that tells of a person less is asked: few words on other matters do.
    """
    if cosine >= gate.sure_cosine:
        return coverage >= least
    if person:
        return cosine >= gate.far and coverage >= gate.coverage
    slope = (gate.far_coverage - gate.coverage) / (gate.cosine - gate.far)
    asked = max(gate.coverage, gate.far_coverage - slope * (cosine - gate.far))
    return cosine >= gate.far and coverage >= asked


def names_unknown(told: str, unknown: Sequence[str], spoken: Collection[str]) -> bool:
    """True when a word that no source holds is a medicine, a made-up word or used as a name."""
    foreign = is_foreign(told, spoken)
    return any(
        is_medicine(word)
        or not (is_ordinary(word, spoken) or (foreign and is_attested(word, spoken)))
        or is_used_as_name(told, word)
        for word in unknown
    )


def hold_matter(seen: Seen) -> float:
    """Return how much of what a medicine is asked about one document holds; 1 where nothing is.

    Of two words or more beside the medicine: one alone may be said otherwise in the sources.
    """
    rest = [u for u in seen.units if not medicines_in(words(f"{u.word} {u.meant}"))]
    return 1.0 if len(rest) == len(seen.units) or len(rest) < 2 else hold_most(seen, rest)


def hold_most(seen: Seen, units: Sequence[Unit]) -> float:
    """Return the largest share of units that the nearest passages of one document hold."""
    own = seen.by_document(NEAREST).values()
    return max(share_held(units, seen.held_by(hits)) for hits in own)


def find_called(seen: Seen) -> dict[str, list[str]]:
    """Return the documents that the question calls by a name they list, each with the names."""
    asked = f" {' '.join(plain_words(seen.told))} "
    called: dict[str, list[str]] = {}
    for document in seen.by_document(len(seen.hits)):
        for name in seen.listed.get(document, "").split("; "):
            plain = " ".join(plain_words(name))
            if len(plain) >= NAME_LETTERS and topic_words(name) and f" {plain} " in asked:
                called.setdefault(document, []).append(name)
    return called


def _judge_foreign(gate: Gate, seen: Seen) -> Verdict:
    """Open for a document that is called by name, and let only such documents be quoted.

    A name of several words is enough. A medicine or a word of its own is where at most half
    of the topic words are in no source; an ordinary word ("diesel") only where its document holds
    enough of what is asked as well.
    """
    half_known = len(seen.unknown) * 2 <= len(seen.units)
    own = seen.by_document(len(seen.hits))
    calling = set()
    for document, names in find_called(seen).items():
        share = share_held(seen.units, seen.held_by(own[document]))
        if any(len(plain_words(name)) > 1 for name in names) or (
            half_known and (share >= gate.called_coverage or any(map(_is_rare, names)))
        ):
            calling.add(document)
    if calling:
        return Verdict(True, frozenset(calling))
    return Verdict(not seen.unknown and seen.cover() >= gate.full_coverage)


def _is_rare(name: str) -> bool:
    """True for a medicine and for a name that is no ordinary word."""
    said = plain_words(name)
    return bool(medicines_in(said)) or not any(map(is_ordinary, words(name)))
