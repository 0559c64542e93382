"""Emergency rules on the words of a question, before any model runs.

What is covered: the rules of content/emergency/rules.toml by their words in five languages and by
vital signs for age; negation, history, other people and questions about a topic (`assertion`),
slips of spelling (`phrases`), disguised letters (`disguises`). What is not covered: dangers told
without any listed word or number, other languages (unless translated first), images, a course
over time. It fails closed: an error inside gives level "urgent" with the rule "screen-failed",
never silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from elara_local.records import LEVELS, Emergency, FiredRule
from elara_local.screening.assertion import Reading
from elara_local.screening.disguises import drop_heaped, unmask
from elara_local.screening.emergency_rules import (
    HARMLESS,
    EmergencyRules,
    Rule,
    read_emergency_rules,
)
from elara_local.screening.function_words import likely_languages
from elara_local.screening.phrases import Match, Token, tokens
from elara_local.text import clean_text
from elara_local.vitals import Vital, mentions_weight, read_age, read_vitals

MOST_WORDS = 5  # matched words shown per rule
CHILD_MONTHS = 60
NEWBORN_MONTHS = 2
ASSUMED_MONTHS = {"newborn": 0.5, "child": 30.0}  # where no age is given; else an adult
ADULT_MONTHS = 360.0
GROUPS_OF_PEOPLE = ("pregnant", "postpartum", "child", "newborn")
# Weeks of a pregnancy: "34/40", "woman 34 weeks", "G2P1 at 34 wks".
_GESTATION = re.compile(
    r"(?<![\d/])(?:[12]\d|3\d|4[0-2])\s?/\s?40\b"
    r"|\b(?:wom[ae]n|lady|mother|primip\w*|primigravida|multip\w*|gravida|g\d\s?p\d\S*),?"
    r"(?: \d\d ?(?:y|yo|yrs?|years?)(?: old)?,?)?(?: at)? (?:2\d|3\d|4[0-2])\s?(?:weeks?|wks?)\b",
    re.IGNORECASE,
)
_UNIT_LETTERS = re.compile(r"(?<=[\d/])\s?[A-Za-z]\b(?!['’])")  # "mmol/L" is no French "l"
Fired = tuple[Rule, list[tuple[int, int]]]  # a rule and where its words stand
TOPIC = (
    "Read as a question on a subject ({words}), not about a patient: no alarm is raised. For a "
    "patient in front of you, say so, with age and signs."
)
FAILED = Emergency(
    "urgent",
    (
        FiredRule(
            "screen-failed",
            (),
            "The emergency check could not run: judge by the patient, not by this answer. "
            "If in doubt, treat as an emergency. / Contrôle d'urgence en panne : jugez par le "
            "patient. / El control de urgencias falló: guíese por el paciente. / A verificação de "
            "emergência falhou: guie-se pelo doente. / Ukaguzi wa dharura umeshindwa: mwangalie "
            "mgonjwa.",
        ),
    ),
)


@dataclass(frozen=True)
class _Text:
    """One question, read once: all that the rules look at."""

    words: list[Token]
    reading: Reading
    findings: dict[tuple[str, str], list[Match]]  # (rule id, "always" | "if"), (who, group)
    vitals: list[Vital]
    months: float
    people: frozenset[str]
    languages: frozenset[str]


def screen(text: str) -> Emergency:
    """Return the highest level and every rule that the text fires, gravest first.

    Never raises: an error inside gives level "urgent" and the rule "screen-failed".
    """
    try:
        return _screen(_clean(text), read_emergency_rules())
    except Exception:  # noqa: BLE001 - fails closed: whatever broke, the clinician is told
        return FAILED


def judge_subject(text: str) -> str:
    """Say what the screening takes the text for: "patient" or "topic" (a general question).

    Whatever fires a rule is taken to be about a patient.
    """
    if screen(text).level != "none":
        return "patient"
    return _read(_clean(text), read_emergency_rules()).reading.subject


def say_topic(text: str, found: Emergency) -> list[str]:
    """Return the note that a text names an emergency and was read as a question on a subject.

    Nothing where an alarm is raised, or where no rule's words stand in the text.
    """
    if found.level != "none":
        return []
    text = _clean(text)
    rules = read_emergency_rules()
    read = _read(text, rules)
    if read.reading.subject != "topic":
        return []
    quiet = [
        unmask(text)[read.words[match.start].start : read.words[match.end - 1].end]
        for (name, part), matches in read.findings.items()
        for match in matches
        if part in ("always", "if") and name != "who" and read.reading.stands(match, True)
    ]
    named = ", ".join(dict.fromkeys(quiet[:MOST_WORDS]))
    return [TOPIC.format(words=named)] if named else []


def rules_version() -> str:
    """Return the version of the rules in use.

    Raises:
        WrongFile: the rule files are absent or broken.
    """
    return read_emergency_rules().version


def _clean(text: str) -> str:
    return drop_heaped(clean_text(text, len(text)))


def _screen(text: str, rules: EmergencyRules) -> Emergency:
    read = _read(text, rules)
    language = min(read.languages, key=rules.languages.index)
    fired = [(rule, places) for rule in rules.rules if (places := list(_fire(rule, read)))]
    fired = [one for one in fired if not any(_repeats(one, other) for other in fired)]
    fired.sort(key=lambda pair: -LEVELS.index(pair[0].level))
    shown = []
    for rule, places in fired:
        words = list(dict.fromkeys(text[start:end].strip() for start, end in places))
        shown.append(FiredRule(rule.id, tuple(words[:MOST_WORDS]), rule.action[language]))
    return Emergency(fired[0][0].level if fired else "none", tuple(shown))


def _repeats(one: Fired, other: Fired) -> bool:
    """True when an urgent rule only says again what a graver one of its group says."""
    (rule, places), (graver, covering) = one, other
    if rule.group != graver.group or rule.level != "urgent" or graver.level == "urgent":
        return False
    return all(any(a <= start and end <= b for a, b in covering) for start, end in places)


def _read(text: str, rules: EmergencyRules) -> _Text:
    text = unmask(text)
    words = tokens(text)
    vitals = read_vitals(text)
    age = read_age(text)
    measured = age is not None or any(not v.comparator for v in vitals) or mentions_weight(text)
    languages = likely_languages(_UNIT_LETTERS.sub(" ", text))
    heads = _heads(text, words)
    reading = Reading(words, rules.cues.find(words), languages, measured, heads)
    findings: dict[tuple[str, str], list[Match]] = {}
    for match in rules.lexicon.find(words):
        findings.setdefault(match.key, []).append(match)
    people = frozenset(_people(findings, reading, age))
    if _GESTATION.search(text):
        people |= {"pregnant"}
    young = next((group for group in ("newborn", "child") if group in people), "")
    months = age if age is not None else ASSUMED_MONTHS.get(young, ADULT_MONTHS)
    return _Text(words, reading, findings, vitals, months, people, languages)


def _heads(text: str, words: list[Token]) -> frozenset[int]:
    """The clauses of a text that end in a colon: "Stroke: which signs?" has the head "Stroke"."""
    pairs = zip(words, words[1:], strict=False)
    return frozenset(a.clause for a, b in pairs if ":" in text[a.end : b.start])


def _people(
    findings: dict[tuple[str, str], list[Match]], reading: Reading, age: float | None
) -> Iterator[str]:
    """Name the groups of people that the text speaks of."""
    for group in GROUPS_OF_PEOPLE:
        said = any(not reading.negated(match) for match in findings.get(("who", group), ()))
        if group == "newborn":
            said = age < NEWBORN_MONTHS if age is not None else said
        if group == "child":
            said = age < CHILD_MONTHS if age is not None else said
        if said:
            yield group


def _fire(rule: Rule, read: _Text) -> Iterator[tuple[int, int]]:
    """Yield where the words and vital signs that fire the rule stand in the text."""
    member = not rule.condition or rule.condition in read.people
    found = list(read.findings.get((rule.id, "always"), ()))
    found += read.findings.get((rule.id, "if"), ()) if member else ()
    names = read.findings.get(("who", HARMLESS), ())
    for match in sorted(found, key=lambda match: match.start):
        if any(name.start <= match.start and match.end <= name.end for name in names):
            continue
        if read.reading.stands(match, rule.even_as_topic):
            yield read.words[match.start].start, read.words[match.end - 1].end
    if read.reading.subject == "patient":
        for vital in read.vitals:
            if any(limit.fires(vital, read.months, member) for limit in rule.vitals):
                yield vital.start, vital.end
