"""The whole journey of a question, on one page.

clean → detect language → translate → screen (both) → refuse or alarm → search → excerpts
at once → gate → draft → check each sentence as it is completed → show it only then →
stamp. Each step may fail and has a next best; what was found so far is never lost. It
knows ports, not engines, and keeps nothing once the last event is out.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator as Generating
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from elara_local.briefing import brief
from elara_local.classes import classes_in
from elara_local.confidence import judge
from elara_local.differences import find_differences
from elara_local.drafts import examine, say_dropped
from elara_local.emergency import say_topic, screen
from elara_local.emergency_likeness import look_again
from elara_local.engines.chat.candidates import read_candidates
from elara_local.errors import ElaraError, Stopped, WrongUse
from elara_local.events import Event, Excerpts, Finished, Stage
from elara_local.grounding.citations import Assembler, Draft
from elara_local.grounding.meaning import RULES_ALONE, Meaning
from elara_local.language import detect
from elara_local.patient import read_patient
from elara_local.ports import Generator, Limits, Translator
from elara_local.presence import Told, find_absent, read_asked, read_matter
from elara_local.prompts import messages
from elara_local.reckoning import find_words, supply, surround, warn
from elara_local.records import (
    Answer,
    Evidence,
    Listing,
    Passage,
    Provenance,
    Question,
    Status,
    Timings,
)
from elara_local.retrieve import Retriever
from elara_local.roles import Role
from elara_local.sources import evidence_of, sources_of
from elara_local.sums import calculate_asked
from elara_local.synonyms import annotate
from elara_local.text import clean_text
from elara_local.titles import read_names
from elara_local.turn import Turn, say_words

log = logging.getLogger(__name__)

LONGEST = 2_000  # characters of a question that are searched; a note says when it was cut
LONGEST_SCREENED = 100_000  # characters that the emergency and refusal rules read
QUOTING = "quoting"
EVIDENCE = 12  # passages that sentences may be picked from; those cited are always shown
WIDE = 20  # ... of a question on a class of medicines: each passage may name another member
TOKENS_PER_SENTENCE = 45


@dataclass(frozen=True)
class Assistant:
    """Answers questions from one index with the engines it was given.

    `generators` maps names to engines and always holds "quoting"; `default_generator` is
    used when a question names none. `translator` is None when no translation is installed.
    `adapters` names what the chat model answers a role with, beside its own file.
    """

    retriever: Retriever
    generators: Mapping[str, Generator]
    default_generator: str
    roles: Mapping[str, Role]
    provenance: Provenance
    translator: Translator | None = None
    meaning: Meaning = RULES_ALONE
    adapters: Mapping[str, str] = field(default_factory=dict)

    def answer(self, question: Question, stop: threading.Event | None = None) -> Iterator[Event]:
        """Yield Stage, Excerpts, Shown and, last and always, Finished.

        Raises:
            WrongUse: the question is empty, or names a role or generator that is not there.
        """
        turn = self._begin(question)
        stop = stop or threading.Event()
        status: Status
        yield Stage("received")
        try:
            self._understand(turn)
            yield Stage("screened", emergency=turn.emergency, refusal=turn.refusal)
            if turn.refusal or is_alone(turn):
                status = "refused" if turn.refusal else "escalated"
                yield Finished(self._finish(turn, status))
                return
            if calculated := calculate_asked(turn):
                yield from turn.tell(calculated)
                yield Finished(self._finish(turn, "answered"))
                return
            yield Stage("searching")
            about = self._search(turn)
            yield Excerpts(turn.sources[: question.top])
            if not about:
                yield Finished(self._finish(turn, self._without_answer(turn)))
                return
            status = yield from self._write(turn, stop)
        except Stopped:
            turn.notes.append("Stopped before the answer was complete.")
            status = "answered" if turn.sentences else "quoted"
        except ElaraError as error:
            turn.notes.append(str(error))
            status = "quoted" if turn.sentences else self._without_answer(turn)
        except Exception as error:  # noqa: BLE001 - no traceback may reach a clinician
            log.error("A stage failed: %s", type(error).__name__)
            turn.notes.append(f"A stage failed inside Elara ({type(error).__name__}).")
            status = "quoted" if turn.sentences else self._without_answer(turn)
        yield Finished(self._finish(turn, status))

    def find(self, text: str, top: int) -> Listing:
        """Return the passages nearest to some words; no model writes, no rule screens.

        Raises:
            WrongUse: there are no words.
        """
        asked = _read(text, "There are no words to search for.")
        found = self.retriever.search(asked, top)
        timings = Timings(embed=found.embed_ms, search=found.search_ms)
        return Listing(
            asked,
            found.about,
            sources_of(found.hits, asked),
            tuple(say_words(found.corrected, found.unknown)),
            timings,
            self.provenance,
        )

    def _begin(self, question: Question) -> Turn:
        asked = _read(question.text, "The question is empty.")
        for kind, name, known in (
            ("role", question.role, self.roles),
            ("generator", question.generator or QUOTING, self.generators),
        ):
            if name not in known:
                raise WrongUse(f"There is no {kind} '{name}'.", f"Choose from: {', '.join(known)}.")
        said = clean_text(question.text, LONGEST_SCREENED)
        turn = Turn(question, self.roles[question.role], self.provenance, said=said, asked=asked)
        if len(said) > len(asked):
            turn.notes.append(
                f"Only the first {LONGEST} characters of the question were searched; the "
                f"emergency rules read {len(said)}."
            )
        return turn

    def _understand(self, turn: Turn) -> None:
        """Language, translation, emergency and refusal: all before any model writes."""
        with turn.timing("screen"):
            turn.emergency = screen(turn.said)
            chosen = turn.question.language
            turn.language = detect(turn.asked) if chosen == "auto" else chosen
        with turn.timing("translate"):
            turn.english = self._to_english(turn)
            turn.patient = read_patient(turn.english)
        with turn.timing("screen"):
            if turn.english != turn.asked:
                turn.emergency |= screen(turn.english)
            turn.emergency, turn.refusal, notes = look_again(
                turn.said, turn.english, turn.role.id, turn.emergency, self.retriever.embedder
            )
            turn.notes += [*notes, *say_topic(turn.said, turn.emergency)]

    def _to_english(self, turn: Turn) -> str:
        if turn.language in ("en", "unknown"):
            return turn.asked
        if self.translator is None:
            turn.notes.append(
                f"No translation is installed for '{turn.language}': the question was searched "
                "in its own words and the sources are shown in English."
            )
            return turn.asked
        return self.translator.translate([turn.asked], turn.language, "en")[0]

    def _search(self, turn: Turn) -> bool:
        evidence = WIDE if classes_in(turn.english) else EVIDENCE
        found = self.retriever.search(turn.english, max(turn.question.top, evidence))
        turn.timings["embed"], turn.timings["search"] = found.embed_ms, found.search_ms
        turn.hits, turn.coverage, turn.read = found.hits, found.coverage, found.read
        turn.sources = sources_of(turn.hits, turn.english)
        asked = read_asked(turn.english, turn.read)
        names = read_names(turn.english, self.retriever.words_of(turn.hits) if asked else [])
        turn.read = annotate(turn.read, names)
        turn.notes += say_words(
            {**found.corrected, **{n.said: n.means for n in names}}, found.unknown
        )
        return found.about and bool(turn.hits) and self._is_named(turn)

    def _is_named(self, turn: Turn) -> bool:
        """True when what may be quoted names each medicine whose dose is asked for, if any is."""
        wanted = read_asked(turn.english, turn.read)
        if not wanted:
            return True
        shares = self.retriever.hold(read_matter(turn.read), turn.hits)
        quotable = read_candidates(evidence_of(turn.hits), turn.read)
        told = [Told(c.evidence.title, c.named, shares[c.place[0]]) for c in quotable]
        absent = find_absent(wanted, told)
        if absent:
            turn.notes.append(f"Nothing found for this question names {', '.join(absent)}.")
        return not absent

    def _write(self, turn: Turn, stop: threading.Event) -> Generating[Event, None, Status]:
        """Draft, check and show; fall back to quoting when too little is left."""
        name = turn.question.generator or self.default_generator
        evidence = evidence_of(turn.hits)
        yield from turn.tell(warn(turn, self._find))
        warned = len(turn.sentences)
        if name != QUOTING:
            yield Stage("drafting", name)
            yield from self._draft(turn, self.generators[name], evidence, stop)
            turn.notes += say_dropped(turn.sentences, turn.dropped)
            if len(turn.drafted) > len(turn.dropped):
                yield from turn.tell(supply(turn, self._find))
                return "answered"
        written = len(turn.sentences) > warned
        yield Stage("drafting", QUOTING)
        yield from self._draft(turn, self.generators[QUOTING], evidence, stop)
        yield from turn.tell(supply(turn, self._find))
        if not turn.sentences:
            return self._without_answer(turn)
        return "answered" if written else "quoted"

    def _draft(
        self,
        turn: Turn,
        generator: Generator,
        evidence: list[Evidence],
        stop: threading.Event,
    ) -> Iterator[Event]:
        role, given = turn.role, evidence
        if generator is not self.generators[QUOTING]:
            given = brief(evidence, turn.read, role.depth)
            turn.provenance = replace(turn.provenance, adapter=self.adapters.get(role.id, ""))
        most = role.max_sentences
        limits = Limits(TOKENS_PER_SENTENCE * most, most, role=role.id, stop=stop)
        assembler = Assembler([item.id for item in given])
        began, checked = turn.elapsed(), turn.timings.get("check", 0.0)
        try:
            for token in generator.generate(messages(role, turn.read, given), limits):
                for draft in assembler.feed(token.text):
                    yield from self._check(turn, draft, evidence)
            for draft in assembler.close():
                yield from self._check(turn, draft, evidence)
        except Stopped:
            raise
        except ElaraError as error:
            turn.notes.append(str(error))
        finally:
            checking = turn.timings.get("check", 0.0) - checked
            spent = turn.elapsed() - began - checking
            turn.timings["generate"] = turn.timings.get("generate", 0.0) + spent

    def _check(self, turn: Turn, draft: Draft, evidence: list[Evidence]) -> Iterator[Event]:
        """Show a completed sentence if its sources support it, else remember why not."""
        with turn.timing("check"):
            sentence = examine(draft, evidence, turn.patient, self.meaning)
        if sentence.support == "unsupported":
            turn.dropped.append(sentence)
        elif not any(shown.text in sentence.text for shown in turn.sentences):
            yield from turn.tell(surround(turn, sentence, self._find))

    def _find(self, document: str, words: str) -> Passage | None:
        """Return the passage of a document that holds these words, word for word."""
        hits = self.retriever.search(words, 3).hits
        return find_words([hit.passage for hit in hits], document, words)

    def _without_answer(self, turn: Turn) -> Status:
        return "escalated" if turn.emergency.level != "none" else "not_in_sources"

    def _finish(self, turn: Turn, status: Status) -> Answer:
        if turn.sentences:
            turn.discords = find_differences(turn)
            turn.notes += [discord.line for discord in turn.discords]
        differ = bool(turn.discords)
        found = turn.drafted, turn.sources, turn.coverage, turn.read
        judged = judge(status, *found, differ, turn.lacks)
        return turn.finish(status, turn.confidence or judged)


def is_alone(turn: Turn) -> bool:
    """True when a person in crisis asks for themselves: the route to help is the answer."""
    return turn.emergency.level == "crisis" and turn.role.id == "patient"


def _read(text: str, complaint: str) -> str:
    """Return the text cleaned and cut; a text without a letter or digit is refused."""
    asked = clean_text(text, LONGEST)
    if not any(character.isalnum() for character in asked):
        raise WrongUse(complaint, "Type or say what you want to know.")
    return asked
