"""What a question asks of one medicine other than its dose: interactions, kidney, pregnancy.

What is covered: the aspects of content/aspects.toml, by words in five languages, and the section
of a medicine card that holds each. What is not covered: an aspect told without its word ("is
warfarin all right with it"). Whether a medicine is asked about at all is for the caller: "renal"
is also the matter of a disease. It knows words and headings only.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from elara_local.intent import Intent, read_intent, word_pattern

ASPECTS = Path(__file__).resolve().parent / "content" / "aspects.toml"
DOSES = ("Dose for adults", "Dose for children")
NOT_DOSES = -0.6  # fit of a section of doses where something else is asked, as "Recognise" for them

# Said of a patient to whom an aspect does not apply.
HEALTHY = re.compile(
    r"\b(?:normal|healthy|good|no|without|not|non)[ -](?:a )?(?:kidneys?|renal|liver|hepatic"
    r"|creatinine|egfr|pregnan\w*|breastfeeding|lactating)(?: (?:function|failure|disease))?"
    r"|\b(?:kidneys?|renal function|liver|creatinine|egfr) (?:is |are )?(?:normal|healthy|good|ok)"
)
# Words that stand beside those of an aspect and name no other matter.
BESIDE = re.compile(
    r"\b(?:failure|disease|impairment|insufficiency|problems?|overdose|poisoning|toxicity|safe"
    r"|safely|allowed|insuffisance|insuficiencia|insuficiência|surdosage|sobredosis|available)\b"
)


@dataclass(frozen=True)
class Aspect:
    """One thing to ask of a medicine; `on` finds sentences about it, `section` is a card's."""

    id: str
    words: re.Pattern[str]
    on: re.Pattern[str]
    section: str
    dosed: bool


def read_aspects(question: str) -> tuple[Aspect, ...]:
    """Return the aspects that a question on a medicine asks for; none where its dose is asked.

    Beside the word "dose" only those count that change a dose or are asked for by name.
    """
    text = HEALTHY.sub(" ", question.casefold())
    dosed = "dose" in read_intent(question).kinds
    return tuple(a for a in _read() if a.words.search(text) and (a.dosed or not dosed))


def drop_aspects(question: str) -> str:
    """Return a question on a medicine without the words that ask for its aspects."""
    aspects = read_aspects(question)
    text = HEALTHY.sub(" ", question.casefold())
    for aspect in aspects:
        text = aspect.words.sub(" ", text)
    return BESIDE.sub(" ", text) if aspects else text


def aspects_intent(question: str, intent: Intent) -> Intent:
    """Return the intent of a question on a medicine: sections of its aspects fit best."""
    aspects = read_aspects(question)
    sections = {**intent.sections, **{a.section: 1.0 for a in aspects}}
    if aspects and "dose" not in intent.kinds:
        sections |= dict.fromkeys(DOSES, NOT_DOSES)
    return Intent(intent.id, intent.words, sections, intent.kinds)


@cache
def _read(path: Path = ASPECTS) -> tuple[Aspect, ...]:
    return tuple(
        Aspect(
            entry["id"],
            word_pattern(entry["words"]),
            word_pattern(entry["on"]),
            entry["section"],
            bool(entry.get("dosed")),
        )
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["aspect"]
    )
